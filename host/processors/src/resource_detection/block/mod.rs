//! The processor's block: keys and defaults are the Collector's.

mod detectors;
mod name;

use std::time::Duration;

use component::blocks::RetryOnFailure;
use config::schema::Rules;
use delivery::Retry;

use super::detector::Detector;
use super::settings::{Existing, Listed, Missing, Settings};
use detectors::{Ec2Keys, EcsKeys, EnvKeys, SystemKeys};
use name::Name;

config::block! {
    /// Where the host runs, as attributes of every resource. It is found out once, at the start.
    pub struct Keys {
        /// What looks: `env`, `ecs`, `ec2`, `system`. Where several find an attribute, the first of the list has the say.
        detectors: Vec<Name> = list_or(&["env"], parsed(Name::read, || Name::Env)),
        /// Whether what was found takes the place of what a sender says.
        #[key = "override"]
        replace: bool = boolean(true),
        /// Of the whole detection; of each attempt, where `retry.max_elapsed_time` bounds the whole.
        timeout: Duration = duration("5s"),
        /// How a detector that fails is asked again; while `max_elapsed_time` is 0, `timeout` bounds all of it.
        retry: RetryOnFailure = block_with(&[
            ("initial_interval", "1s"),
            ("multiplier", "2"),
            ("max_elapsed_time", "0s"),
        ]),
        /// Whether the host must run where the detectors `ecs` and `ec2` look.
        fail_on_missing_metadata: bool = boolean(false),
        /// How often to look again; this host looks once, which is 0.
        refresh_interval: Duration = duration("0s"),
        /// Variables of the environment.
        env: EnvKeys = block(),
        /// The task on Amazon ECS.
        ecs: EcsKeys = block(),
        /// The instance on Amazon EC2.
        ec2: Ec2Keys = block(),
        /// The operating system.
        system: SystemKeys = block(),
    }
    no_effect "metadata is read over plain HTTP, from addresses on the machine's own link" {
        tls, headers, compression, compression_params, read_buffer_size, write_buffer_size, max_conns_per_host,
        max_idle_conns, max_idle_conns_per_host, idle_conn_timeout, disable_keep_alives, proxy_url,
        http2_ping_timeout, http2_read_idle_timeout,
    }
    no_effect "this host does not have the detector" {
        aks, akamai, alibaba_ecs, azure, consul, digitalocean, docker, dynatrace, eks, elasticbeanstalk, gcp, heroku, hetzner,
        ibmcloud, k8snode, kubeadm, lambda, nova, openshift, openstack, oraclecloud, scaleway, tencent_cvm, upcloud, vultr,
    }
    refused "name them by detector: ecs: {resource_attributes: {cloud.region: {enabled: false}}}" { attributes }
    check Keys::check_keys;
}

impl Keys {
    fn check_keys(&self, rules: &mut Rules<'_>) {
        if !self.refresh_interval.is_zero() {
            let help = "remove it; streams keep the resource that they began with";
            rules.error("refresh_interval", "this host detects once, at the start", help);
        }
        let has_end = self.retry.enabled && !self.retry.max_elapsed_time.is_zero();
        if self.timeout.is_zero() && !has_end {
            let help = "write 5s, or bound all attempts by retry.max_elapsed_time";
            rules.error("timeout", "nothing else ends a detector that hears no answer", help);
        }
        if self.detectors.is_empty() {
            rules.warning("detectors", "without detectors nothing is detected", "write [env], or remove the processor");
        }
    }

    /// What the block means.
    #[must_use]
    pub fn settings(&self, id: &str) -> Settings {
        let RetryOnFailure {
            enabled,
            initial_interval,
            randomization_factor,
            multiplier,
            max_interval,
            max_elapsed_time,
        } = self.retry;
        let end = Some(max_elapsed_time).filter(|end| enabled && !end.is_zero());
        let attempt = Some(self.timeout).filter(|timeout| !timeout.is_zero());
        Settings {
            id: id.to_owned(),
            detectors: self.detectors.iter().map(|name| self.listed(*name)).collect(),
            existing: if self.replace { Existing::Replaced } else { Existing::Kept },
            retry: Retry {
                initial: Some(initial_interval).filter(|_| enabled),
                multiplier,
                jitter: randomization_factor,
                longest: max_interval,
                give_up: end,
            },
            attempt: attempt.or(end).unwrap_or_default(),
            whole: end.or(attempt).unwrap_or_default(),
        }
    }

    fn listed(&self, name: Name) -> Listed {
        let fails = match name {
            Name::Env | Name::System => false,
            Name::Ecs => self.fail_on_missing_metadata,
            Name::Ec2 => self.fail_on_missing_metadata || self.ec2.fail_on_missing_metadata,
        };
        Listed { detector: self.detector(name), missing: if fails { Missing::Error } else { Missing::Fine } }
    }

    fn detector(&self, name: Name) -> Detector {
        match name {
            Name::Env => Detector::Env(self.env.settings()),
            Name::Ecs => Detector::Ecs(self.ecs.resource_attributes.clone()),
            Name::Ec2 => Detector::Ec2(self.ec2.settings()),
            Name::System => Detector::System(self.system.settings()),
        }
    }
}
