//! `delta_to_cumulative`: the guest that adds deltas up.

pub mod block;
mod kind;

pub use kind::KIND;
