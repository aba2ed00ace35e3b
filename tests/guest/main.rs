//! The guests that ship, native and as WebAssembly: every scenario runs through both, and both run on the same
//! random input.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    reason = "what panics has failed; time and sizes are real"
)]

mod attributes;
mod customs;
mod edges;
mod explicit;
mod exponential;
mod histograms;
mod merge;
mod runner;
mod same;
mod settings;
mod strict;
