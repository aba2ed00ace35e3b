//! Resolvers as meant.

use std::net::SocketAddr;
use std::time::Duration;

use clock::Clock;
use component::error::BuildError;
use component::variables::Variables;

use extensions::sigv4auth;
use extensions::sigv4auth::credentials::source::Chain;
use http::Uri;

use crate::block;
use crate::cloud_map::discover::{self, CloudMap};
use crate::dns::lookup::{Dns, Question};
use crate::fixed::Fixed;
use crate::http::Client;
use crate::kubernetes::access::Access;
use crate::kubernetes::service::Service;
use crate::kubernetes::watching::{self, Kubernetes};
use crate::polling::Polling;
use crate::resolver::Resolver;

pub use crate::kubernetes::watching::Names;

/// Settings of a resolver.
#[derive(Debug, Clone, PartialEq)]
pub enum Settings {
    /// A list.
    Static {
        /// Host names or addresses, with or without a port.
        hostnames: Vec<String>,
    },
    /// A name in the DNS.
    Dns {
        /// The name.
        hostname: String,
        /// The port of all workers.
        port: Option<u16>,
        /// Between two look-ups.
        interval: Duration,
        /// Of a look-up.
        timeout: Duration,
        /// Which records the name has.
        records: block::Records,
        /// Whom to ask; the system's servers if there are none.
        nameservers: Vec<SocketAddr>,
    },
    /// A Kubernetes service.
    Kubernetes {
        /// `name[.namespace[.svc.<domain>]]`.
        service: String,
        /// Ports of each endpoint.
        ports: Vec<u16>,
        /// How long a watch is open.
        timeout: Duration,
        /// What workers are named by.
        names: Names,
    },
    /// A service of AWS Cloud Map.
    CloudMap {
        /// The namespace's HTTP name.
        namespace: String,
        /// The service.
        service_name: String,
        /// Between two questions.
        interval: Duration,
        /// Of an answer.
        timeout: Duration,
        /// Which instances are wanted.
        health: block::Health,
        /// The port of all workers; none if each has its own.
        port: Option<u16>,
        /// The account that has shared the namespace.
        owner_account: Option<String>,
        /// The region; none if the environment says it.
        region: Option<String>,
        /// An address in place of that of the region.
        endpoint: Option<Uri>,
    },
}

/// The Collector takes its default for an interval or a timeout of 0.
fn or_default(time: Duration, default: Duration) -> Duration {
    if time.is_zero() { default } else { time }
}

impl block::Resolver {
    /// What the block means; none if it is not right, which its check has said.
    #[must_use]
    pub fn settings(&self) -> Option<Settings> {
        if let Some(block) = &self.fixed {
            return Some(Settings::Static { hostnames: block.hostnames.clone() });
        }
        if let Some(block) = &self.dns {
            return block.settings();
        }
        if let Some(block) = &self.k8s {
            return block.settings();
        }
        self.aws_cloud_map.as_ref()?.settings()
    }
}

impl block::Dns {
    fn settings(&self) -> Option<Settings> {
        let defaults = Self::default();
        Some(Settings::Dns {
            hostname: self.hostname.clone()?,
            port: self.port,
            interval: or_default(self.interval, defaults.interval),
            timeout: or_default(self.timeout, defaults.timeout),
            records: self.records,
            nameservers: self.nameservers.clone(),
        })
    }
}

impl block::Kubernetes {
    fn settings(&self) -> Option<Settings> {
        Some(Settings::Kubernetes {
            service: self.service.clone()?,
            ports: self.ports.iter().filter_map(|port| u16::try_from(*port).ok()).collect(),
            timeout: or_default(self.timeout, Self::default().timeout),
            names: if self.return_hostnames { Names::Hosts } else { Names::Addresses },
        })
    }
}

impl block::CloudMap {
    fn settings(&self) -> Option<Settings> {
        let defaults = Self::default();
        let written = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Some(Settings::CloudMap {
            namespace: self.namespace.clone()?,
            service_name: self.service_name.clone()?,
            interval: or_default(self.interval, defaults.interval),
            timeout: or_default(self.timeout, defaults.timeout),
            health: self.health_status,
            port: self.port.and_then(|port| u16::try_from(port).ok()),
            owner_account: written(&self.owner_account),
            region: written(&self.region),
            endpoint: self.endpoint.clone(),
        })
    }
}

impl Settings {
    /// Builds the resolver of the exporter `id`.
    ///
    /// # Errors
    /// If the system refuses something.
    pub fn build(&self, id: &str, clock: &Clock) -> Result<Box<dyn Resolver>, BuildError> {
        Ok(match self.clone() {
            Self::Static { hostnames } => Box::new(Fixed(hostnames)),
            Self::Dns { hostname, port, interval, timeout, records, nameservers } => {
                let question = Question { hostname, port, records };
                let lookup = Dns::new(question, &nameservers, timeout).map_err(|error| BuildError::System {
                    what: "cannot read which name servers the system has",
                    error: std::io::Error::other(error.to_string()),
                })?;
                Box::new(Polling { lookup, interval, timeout, clock: clock.clone() })
            }
            Self::Kubernetes { service, ports, timeout, names } => {
                let access = Access::of_the_pod(&Variables::of_the_process())
                    .map_err(|error| BuildError::System { what: "cannot reach the API server of Kubernetes", error })?;
                // The block's check has said what is wrong with another one.
                let Service { name, namespace } =
                    Service::parse(&service).unwrap_or(Service { name: service, namespace: None });
                let namespace = namespace.unwrap_or_else(|| access.namespace.clone());
                let question = watching::Question { service: name, namespace, ports, timeout, names };
                Box::new(Kubernetes { question, access, clock: clock.clone() })
            }
            Self::CloudMap {
                namespace,
                service_name,
                interval,
                timeout,
                health,
                port,
                owner_account,
                region,
                endpoint,
            } => {
                let certificates = |error| BuildError::System { what: "cannot read the system's certificates", error };
                let client = Client::of_the_system().map_err(certificates)?;
                let identity = sigv4auth::settings::Settings {
                    id: id.to_owned(),
                    region: region.clone(),
                    service: None,
                    role: None,
                };
                let source = Box::new(Chain::new(&identity).map_err(certificates)?);
                let (service, owner) = (service_name, owner_account);
                let question = discover::Question { namespace, service, health, owner, port, region, endpoint };
                let lookup = CloudMap::new(id, question, client, source, clock.clone());
                Box::new(Polling { lookup, interval, timeout, clock: clock.clone() })
            }
        })
    }
}
