//! The keys of `aws_cloud_map`. `region` and `endpoint` are Alluvium's own.

use std::time::Duration;

use config::schema::Rules;
use http::Uri;

/// Which instances are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Those that are healthy.
    Healthy,
    /// Those that are not.
    Unhealthy,
    /// All.
    All,
    /// Those that are healthy; all if none is.
    HealthyOrElseAll,
}

/// The words for [`Health`].
const HEALTH: &[(&str, Health)] = &[
    ("HEALTHY", Health::Healthy),
    ("UNHEALTHY", Health::Unhealthy),
    ("ALL", Health::All),
    ("HEALTHY_OR_ELSE_ALL", Health::HealthyOrElseAll),
];

config::block! {
    /// Workers that are registered with AWS Cloud Map.
    pub struct CloudMap {
        /// The namespace's HTTP name; usually its name.
        namespace: Option<String> = required("write the namespace's name: namespace: example.internal", text("")),
        /// The service.
        service_name: Option<String> = required("write the service's name: service_name: workers", text("")),
        /// How often Cloud Map is asked.
        interval: Duration = duration("30s"),
        /// How long an answer may take.
        timeout: Duration = duration("5s"),
        /// Which instances are wanted: `HEALTHY`, `UNHEALTHY`, `ALL` or `HEALTHY_OR_ELSE_ALL`.
        health_status: Health = choice(HEALTH, Health::Healthy),
        /// The port of all workers. Without it that of the attribute AWS_INSTANCE_PORT; where there is none, 4317.
        port: Option<u64> = maybe(integer(0..=u64::from(u16::MAX), 4317)),
        /// The account that has shared the namespace.
        owner_account: String = text(""),
        /// The region; by default that of the environment, else of a profile, else us-east-1.
        region: String = text(""),
        /// An address in place of `https://data-servicediscovery.<region>.amazonaws.com`.
        endpoint: Option<Uri> = maybe(url()),
    }
    check CloudMap::check_names;
}

impl CloudMap {
    fn check_names(&self, rules: &mut Rules<'_>) {
        for (key, name) in [("namespace", &self.namespace), ("service_name", &self.service_name)] {
            if name.as_ref().is_some_and(String::is_empty) {
                rules.error(key, "no name is written", "write it as Cloud Map has it");
            }
        }
    }
}

impl Health {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        HEALTH.iter().find(|(_, health)| *health == self).map_or("HEALTHY", |(word, _)| word)
    }
}
