//! Pipelines: from a request's bytes to the exporters' queues.
//!
//! [`intake`] checks a request and reserves room; [`shard`]s find out whose points they are ([`streams`]), cut
//! [`batch`]es and run them through their [`stage`]s; [`output`]s take what comes out.

pub mod admission;
pub mod batch;
pub mod drops;
pub mod intake;
pub mod outcome;
pub mod output;
pub mod population;
mod refusal;
pub mod route;
pub mod shard;
pub mod stage;
pub mod streams;
