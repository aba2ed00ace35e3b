//! The streams of a shard: who comes in, and who has to go.
//!
//! A stream that nobody has seen comes with a plan: what the stages and exporters made of it. Here it is counted against every
//! limit, described to the exporters and given its cells, in that order; it is taken in by all of them or by none
//! (`register.rs`). One that has been idle for too long is forgotten by all of them (`sweep.rs`).

mod refusals;
mod register;
mod resolve;
mod sweep;

use std::sync::Arc;

use super::refusal::OutputsMade;
use crate::output::Output;
use crate::stage::Stage;
use crate::stream_limit::StreamLimit;
use clock::{Moment, MonotonicNanos};
use otlp::key::Keyer;
use streams::refused::Refused;
use streams::table::Table;

pub use resolve::Resolved;
pub use sweep::IDLE_SECONDS;

/// The streams of a shard, and all that keeps something of each.
pub struct Streams {
    /// Their entries.
    pub table: Table,
    /// The stages, which keep cells.
    pub stages: Vec<Box<dyn Stage>>,
    /// The exporters' parts, which keep labels.
    pub outputs: Vec<Box<dyn Output>>,
    host_limit: Arc<StreamLimit>,
    refused: Refused,
    outputs_made: OutputsMade,
    /// Points of a request that the memo does not know.
    unknown: Vec<u32>,
    /// When the table was last swept.
    swept: MonotonicNanos,
}

impl Streams {
    /// No streams yet.
    #[must_use]
    pub fn new(
        stages: Vec<Box<dyn Stage>>,
        outputs: Vec<Box<dyn Output>>,
        host_limit: Arc<StreamLimit>,
        forms: usize,
        refusals: usize,
        keyer: Keyer,
        now: Moment,
    ) -> Self {
        Self {
            table: Table::new(forms),
            stages,
            outputs,
            host_limit,
            refused: Refused::new(refusals),
            outputs_made: OutputsMade::new(keyer),
            unknown: Vec::new(),
            swept: now.monotonic,
        }
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.table.memory()
            + self.refused.memory()
            + self.outputs_made.memory()
            + self.stages.iter().map(|stage| stage.memory()).sum::<usize>()
            + self.outputs.iter().map(|output| output.memory()).sum::<usize>()
    }
}
