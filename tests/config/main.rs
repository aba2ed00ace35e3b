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
mod broken;
mod commands;
mod conditions;
mod defaults;
mod detection;
mod equality;
mod expansion;
mod gateway;
mod hostile;
mod hostile_references;
mod keys;
mod meaning;
mod merging;
mod oracle;
mod printing;
mod rendering;
mod secrets;
mod service;
mod spellings;
mod values;
mod world;
mod yaml;
