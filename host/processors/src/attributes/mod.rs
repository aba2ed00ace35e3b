//! `attributes`: changes attributes of data points by the Collector's actions, which the guest `attribute-filter`
//! executes.

pub mod action;
pub mod block;
mod kind;

pub use kind::KIND;
