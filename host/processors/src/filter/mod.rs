//! `filter`: drops streams by conditions, which are read here and judged by the guest `attribute-filter`.

pub mod block;
pub mod conditions;
mod judge;
mod kind;
pub mod metrics;
pub mod ottl;

pub use kind::KIND;
