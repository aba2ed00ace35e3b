//! Names of members, and the addresses that they stand for.

use std::net::IpAddr;

/// The port of OTLP over gRPC, which goes without saying.
pub const PORT: u16 = 4317;

/// The name of a member at an address, as the Collector writes it: IPv6 in brackets, with the port if there is one.
#[must_use]
pub fn name(address: IpAddr, port: Option<u16>) -> String {
    let host = match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    with_port(host, port)
}

/// A host with a port, if there is one.
#[must_use]
pub fn with_port(host: String, port: Option<u16>) -> String {
    match port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// Where to connect to for a member: its name, with [`PORT`] where it says none. An IPv6 address without brackets gets them.
#[must_use]
pub fn address(name: &str) -> String {
    let bracketed = name.starts_with('[');
    let has_port = if bracketed { name.contains("]:") } else { name.matches(':').count() == 1 };
    match name {
        _ if has_port => name.to_owned(),
        _ if !bracketed && name.contains(':') => format!("[{name}]:{PORT}"),
        _ => format!("{name}:{PORT}"),
    }
}
