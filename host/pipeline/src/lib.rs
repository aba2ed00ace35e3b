//! Pipelines: from a request's bytes to the exporters' queues.
//!
//! [`intake`] checks a request and prepares it for each pipeline; [`decide`] finds out what becomes of streams that are new;
//! [`shard`]s find out whose points they are, cut [`batch`]es and run them through their [`stage`]s; [`output`]s take what
//! comes out.

pub mod batch;
pub mod context;
pub mod decide;
pub mod drops;
pub mod failed;
pub mod intake;
pub mod keyed;
pub mod outcome;
pub mod output;
pub mod request;
pub mod shard;
pub mod stage;
pub mod stream_limit;
