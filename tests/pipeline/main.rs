//! A pipeline in this process, with a clock that tests move: from the bytes of requests to what a back-end gets.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    reason = "what panics has failed; time and sizes are real"
)]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod attributes;
mod cold;
mod decisions;
mod dedup;
mod delivery;
mod detection;
mod faults;
mod harness;
mod histograms;
mod native;
mod outage;
mod placement;
mod queue;
mod replay;
mod series;
mod shaping;
mod streams;
mod times;
mod totals;
mod truthful;
