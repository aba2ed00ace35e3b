//! Turns delta points into cumulative ones by adding them up.
//!
//! The guest is a pure function: what it knows of a stream is in the stream's cell, which the host keeps
//! ([`cell`] for numbers, [`distribution`] for histograms). Two sets of rules share it: [`merge`], the default, which adds
//! whatever arrives, and [`strict`], which does what the OpenTelemetry Collector's processor does, to the letter.
//!
//! The crate compiles to a component for the host and natively for tests and for comparison; [`Component`] is the same
//! type in both.

pub mod aggregate;
mod bindings;
mod cell;
mod cell_codec;
mod distribution;
mod dropped;
pub mod explicit;
pub mod exponential;
mod histograms;
mod host_calls;
mod merge;
mod numbers;
mod reason;
mod run;
mod settings;
mod shape;
mod strict;

pub use bindings::alluvium::processor::types;
pub use bindings::exports::alluvium::processor::{
    configure, process_exponential_histograms, process_histograms, process_numbers, shape as shaping,
};
pub use cell::WORDS;

/// The guest. Its functions are those of the interfaces `configure`, `shape` and the three that process points.
#[derive(Debug)]
pub struct Component;
