//! The real binary, from outside: real clients in front, a real Prometheus behind.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    reason = "what panics has failed; time and sizes are real"
)]

mod alluvium;
mod answers;
mod claude_code;
mod clients;
mod compiled;
mod debian;
mod debug;
mod detection;
mod gateway;
mod hostile;
mod js;
mod life;
mod own_guest;
mod page;
mod prometheus;
mod promql;
mod raw;
mod scale;
mod sdk;
mod signing;
mod totals;
mod truth;

#[path = "../support/mod.rs"]
mod support;
