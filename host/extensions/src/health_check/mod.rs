//! `health_check`: says over HTTP whether the host takes requests, for whoever starts and stops it.
//!
//! Unlike the Collector's it also says that the host is broken: that a shard has ended by itself.

mod answer;
pub mod block;
mod kind;

pub use kind::KIND;

#[cfg(test)]
mod tests;
