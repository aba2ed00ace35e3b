//! Alluvium: deltas settle into totals.

pub mod assembly;
pub mod build;
pub mod cli;
pub mod documentation;
pub mod metrics;
pub mod registry;
