//! `resource`: changes attributes of resources by the Collector's actions, which the guest `attribute-filter` executes.

pub mod block;
mod kind;

pub use kind::KIND;
