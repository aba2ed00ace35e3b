//! The keys of `k8s`.

use std::time::Duration;

use config::schema::Rules;

use super::service::Service;

config::block! {
    /// Workers that are the endpoints of a Kubernetes service. The host must run in the cluster, and its service account must
    /// be allowed to list and watch EndpointSlices.
    pub struct Kubernetes {
        /// `name`, `name.namespace` or `name.namespace.svc.cluster.local`. The namespace is the host's own by default.
        service: Option<String> = required("write the service: service: workers.monitoring", text("")),
        /// Ports of each endpoint; 4317 where there are none. With several each is a worker of its own.
        ports: Vec<u64> = list(integer(1..=u64::from(u16::MAX), 4317)),
        /// How long the API server keeps a watch open before it begins anew.
        timeout: Duration = duration("1m"),
        /// Whether workers are named by host names, such as those of a StatefulSet, which stay when a pod moves, and not by
        /// addresses.
        return_hostnames: bool = boolean(false),
    }
    check Kubernetes::check_service;
}

impl Kubernetes {
    fn check_service(&self, rules: &mut Rules<'_>) {
        let Some(name) = &self.service else { return };
        if let Err(why) = Service::parse(name) {
            rules.error("service", why, "write name, name.namespace, or name.namespace.svc.cluster.local");
        }
    }
}
