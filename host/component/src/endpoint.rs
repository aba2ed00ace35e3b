//! Addresses that a component listens on. Whoever starts it binds them, all of them before anything is built.

use std::net::SocketAddr;

use config::address::Listen;
use tokio::net::TcpListener;

/// An address, as meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The keys in the component's block that say so, joined by dots.
    pub key: &'static str,
    /// What is spoken there: as the Collector's metrics call the transport of a receiver.
    pub transport: &'static str,
    /// The address.
    pub listen: Listen,
}

/// What an address stands for: `localhost` is two sockets, with the same port.
#[derive(Debug, Default)]
pub struct Sockets(pub Vec<TcpListener>);

impl Sockets {
    /// The first address, for people.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.0.first()?.local_addr().ok()
    }
}
