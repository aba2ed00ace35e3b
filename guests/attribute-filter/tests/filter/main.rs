//! The guest `attribute-filter`, native: what its rules make of a stream, and what it says of its settings.
#![expect(clippy::expect_used, clippy::panic, reason = "what panics has failed")]

mod actions;
mod conditions;
mod drops;
mod hashes;
mod order;
mod parts;
mod patterns;
mod problems;
mod scenario;
