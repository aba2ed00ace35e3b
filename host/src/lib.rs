//! Alluvium: deltas settle into totals.

pub mod cli;
pub mod clock;
pub mod config;
pub mod exporters;
pub mod generate;
pub mod guest;
pub mod otlp;
pub mod pipeline;
pub mod processors;
pub mod remote_write;
pub mod stream;
pub mod telemetry;
