//! Loopback addresses that nobody else has: 254 hosts, and a port that is free on all of them.

use std::net::{TcpListener, UdpSocket};

pub struct Network {
    prefix: String,
    pub port: u16,
}

impl Network {
    /// A network; none where the loopback has one address only.
    pub fn new() -> Option<Self> {
        let prefix = format!("127.{}.{}", fastrand::u8(64..255), fastrand::u8(1..255));
        // A port that the system gives for all addresses is free on each of them.
        let free = || TcpListener::bind("0.0.0.0:0").ok()?.local_addr().ok();
        let port = (0..10).filter_map(|_| free()).map(|address| address.port());
        let usable = |port: &u16| UdpSocket::bind(format!("{prefix}.53:{port}")).is_ok();
        let port = port.into_iter().find(usable)?;
        Some(Self { prefix, port })
    }

    /// The address of a host.
    pub fn host(&self, number: u8) -> String {
        format!("{}.{number}", self.prefix)
    }
}
