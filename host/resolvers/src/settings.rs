//! Resolvers as meant.

use std::net::SocketAddr;
use std::time::Duration;

use clock::Clock;
use component::error::BuildError;

use crate::block;
use crate::dns::lookup::{Dns, Question};
use crate::fixed::Fixed;
use crate::polling::Polling;
use crate::resolver::Resolver;

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
        let (block, defaults) = (self.dns.as_ref()?, block::Dns::default());
        Some(Settings::Dns {
            hostname: block.hostname.clone()?,
            port: block.port,
            interval: or_default(block.interval, defaults.interval),
            timeout: or_default(block.timeout, defaults.timeout),
            records: block.records,
            nameservers: block.nameservers.clone(),
        })
    }
}

impl Settings {
    /// Builds the resolver of the exporter `id`.
    ///
    /// # Errors
    /// If the system refuses something.
    pub fn build(&self, _id: &str, clock: &Clock) -> Result<Box<dyn Resolver>, BuildError> {
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
        })
    }
}
