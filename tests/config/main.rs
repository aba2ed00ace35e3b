//! The configuration: what it means, and what is said of one that is wrong.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    reason = "what panics has failed; time and sizes are real"
)]

mod attempt;

mod at_once;
mod binary;
mod defaults;
mod equality;
mod expansion;
mod hostile;
mod keys;
mod meaning;
mod printing;
mod rendering;
mod service;
mod spellings;
mod values;
mod yaml;
