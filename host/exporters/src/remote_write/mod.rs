//! Remote write to Prometheus and its relatives.
//!
//! In a shard, [`writer`] appends samples behind labels that were encoded once ([`encode`]) to an [`open`] request of one of
//! the shard's [`lanes`] (`filling`), each at a time that back-ends take (`arrival`); what it adds, so that counters are
//! [`truthful`], is not in any point. A full [`request`] is delivered in its lane's order ([`client`]) and, when it is refused for a part
//! of it, in halves ([`split`]). What families are goes out beside them ([`metadata`]).

mod appending;
mod arrival;
mod attached;
pub mod block;
pub mod client;
pub mod counts;
pub mod encode;
mod filling;
mod kind;
pub mod labels;
pub mod lanes;
pub mod metadata;
mod metrics;
pub mod open;
pub mod request;
pub mod settings;
pub mod split;
pub mod truthful;
pub mod writer;

pub use kind::{KIND, RemoteWrite};

#[cfg(test)]
mod tests;
