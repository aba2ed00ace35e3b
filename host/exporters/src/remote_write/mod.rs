//! Remote write to Prometheus and its relatives.
//!
//! In a shard, [`writer`] appends samples behind labels that were encoded once ([`encode`]); full requests go
//! into the shard's [`lane`], which sends them in order ([`client`]), tries again as [`backoff`] says, and sends what was
//! refused for a part of it in halves ([`split`]). What families are goes out beside them ([`metadata`]).

mod appending;
pub mod backoff;
pub mod client;
pub mod encode;
mod kind;
pub mod lane;
pub mod metadata;
mod metrics;
mod read;
pub mod settings;
pub mod split;
pub mod writer;

pub use kind::{KIND, RemoteWrite};

#[cfg(test)]
mod tests;
