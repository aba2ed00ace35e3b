//! Alluvium: deltas settle into totals.

pub mod assembly;
pub mod build;
pub mod cli;
pub mod metrics;
pub mod registry;
