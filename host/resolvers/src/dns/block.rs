//! The keys of `dns`. `records` and `nameservers` are Alluvium's own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use config::scalar::Wrong;
use config::schema::Rules;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// `A` and `AAAA`.
    Addresses,
    /// `SRV`, and the addresses of its targets.
    Services,
}

/// The words for [`Records`].
const RECORDS: &[(&str, Records)] = &[("address", Records::Addresses), ("srv", Records::Services)];

/// Where name servers listen.
const NAME_PORT: u16 = 53;

config::block! {
    /// Workers that have a name in the DNS.
    pub struct Dns {
        /// The name.
        hostname: Option<String> = required("write the workers' name: hostname: workers.example.internal", text("")),
        /// The port of all of them; 4317 where it is empty. Records of type SRV have their own.
        port: Option<u16> = parsed(port, || None),
        /// How often the name is looked up. When an answer says that it holds for a shorter time it is looked up then.
        interval: Duration = duration("5s"),
        /// How long a look-up may take.
        timeout: Duration = duration("1s"),
        /// Which records the name has: `address` (A and AAAA) or `srv`.
        records: Records = choice(RECORDS, Records::Addresses),
        /// Name servers to ask in place of those of the system, such as `10.0.0.2` or `127.0.0.1:5353`.
        nameservers: Vec<SocketAddr> = list(parsed(name_server, || SocketAddr::from((Ipv4Addr::LOCALHOST, NAME_PORT)))),
    }
    check Dns::check_keys;
}

impl Dns {
    fn check_keys(&self, rules: &mut Rules<'_>) {
        if self.hostname.as_ref().is_some_and(String::is_empty) {
            rules.error(
                "hostname",
                "no name is written",
                "write the workers' name: hostname: workers.example.internal",
            );
        }
        if self.records == Records::Services && self.port.is_some() {
            rules.warning("port", "has no effect: records of type SRV have their own", "remove it");
        }
    }
}

/// A port as text; none if it is empty.
fn port(text: &str) -> Result<Option<u16>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| wrong("is no port", "write a number from 0 to 65535, such as \"4317\""))
}

/// An address with or without a port.
fn name_server(text: &str) -> Result<SocketAddr, Wrong> {
    let alone = text.parse::<IpAddr>().map(|address| SocketAddr::new(address, NAME_PORT));
    text.parse().or(alone).map_err(|_| wrong("is no address", "write an IP address, such as 10.0.0.2"))
}

fn wrong(message: &str, help: &str) -> Wrong {
    Wrong { message: message.into(), help: help.into() }
}
