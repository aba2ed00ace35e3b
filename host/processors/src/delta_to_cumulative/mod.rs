//! `delta_to_cumulative`: the guest that adds deltas up.

mod kind;

pub use kind::KIND;
