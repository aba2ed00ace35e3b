//! Remote write to Prometheus and its relatives.
//!
//! In a shard, [`writer`] appends samples behind labels that were encoded once ([`encode`]) to an [`open`] request of one of
//! the shard's [`lanes`] (`filling`), each at a time that back-ends take (`arrival`); what it adds, so that counters are
//! [`truthful`], is not in any point. A full [`request`] is delivered in its lane's order ([`client`], over a [`transport`]);
//! what its answer means says the [`verdict`], and what is refused for a part of it is divided into [`pieces`]. What families are
//! goes out beside them ([`metadata`]).

mod amazon;
mod appending;
mod arrival;
mod attached;
pub mod block;
pub mod client;
pub mod counts;
pub mod encode;
mod feedback;
mod filling;
mod kind;
pub mod labels;
pub mod lanes;
pub mod limits;
pub mod metadata;
mod metrics;
pub mod open;
mod parts;
pub mod pieces;
mod renew;
pub mod request;
pub mod settings;
pub mod transport;
pub mod truthful;
pub mod verdict;
pub mod writer;

pub use kind::{KIND, RemoteWrite};

#[cfg(test)]
mod tests;
