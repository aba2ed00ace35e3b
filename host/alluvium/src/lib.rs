//! Alluvium: deltas settle into totals.

pub mod assembly;
pub mod build;
pub mod cli;
pub mod documentation;
pub mod host;
pub mod metrics;
pub mod registry;
