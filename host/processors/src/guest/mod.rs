//! A guest at work in one shard: its decisions about streams, the cells that it is given, and its calls.
//!
//! A batch may hold points of several kinds; those of each kind that the guest processes are a call of their own. What the
//! calls make of cells waits until all stages have answered.

mod build;
mod calls;
mod decide;
mod description;
mod explicit;
mod exponential;
mod fold;
mod health;
mod latency;
mod metrics;
mod numbers;
mod selection;
pub mod settings;
mod variable;

use std::io;
use std::sync::Arc;

use clock::{Clock, UnixNanos};
use model::columns::VariableCells;
use model::{Kind, Needs};
use pipeline::batch::Batch;
use pipeline::drops::Reason;
use pipeline::stage::{Stage, StageError, StageLimits};
use pipeline::stream_limit::StreamLimit;
use streams::OutputStream;
use streams::cells::Cells;
use streams::variable::VariableCells as Variable;
use wasm::check::Call;
use wasm::{GuestError, GuestLog, Module};

use calls::GuestCalls;
pub use decide::GuestDecide;
pub use health::{Events, Health};
use selection::Selection;

/// What all shards share of a processor.
#[derive(Debug, Clone)]
pub struct Processor {
    /// The id as configured.
    pub id: Arc<str>,
    /// The code.
    pub module: Module,
    /// The settings as JSON text.
    pub settings: Arc<str>,
    /// What it asked for.
    pub needs: Arc<Needs>,
    /// Streams with state, over all shards.
    pub stream_limit: Arc<StreamLimit>,
    /// What happened to it.
    pub health: Arc<Health>,
    /// What it says.
    pub log: Arc<GuestLog>,
    /// The reason for a stream beyond `max_streams`; the guest's own reasons follow it.
    pub limit_reason: Reason,
}

/// A processor in one shard.
#[derive(Debug)]
pub struct GuestStage {
    calls: GuestCalls,
    limits: StageLimits,
    /// Whether the component exports an interface that processes points.
    processes: bool,
    /// Cells of numbers, and of everything else.
    cells: Cells,
    variable: Variable,
    changes: Changes,
    /// The points of the call in hand, and its cells.
    selection: Selection,
    gathered: Vec<u64>,
    gathered_variable: VariableCells,
}

/// New cells, and whose they are, until they are made real.
#[derive(Debug, Default)]
struct Changes {
    streams: Vec<OutputStream>,
    cells: Vec<u64>,
    variable: Vec<(Vec<OutputStream>, VariableCells)>,
}

impl Processor {
    /// The processor's part in one shard.
    #[must_use]
    pub fn stage(&self, clock: &Clock) -> GuestStage {
        GuestStage {
            calls: GuestCalls::new(self, clock),
            limits: StageLimits {
                streams: Arc::clone(&self.stream_limit),
                reason: self.limit_reason,
                max_idle: self.needs.max_idle,
            },
            processes: self.module.abilities().processes(),
            cells: Cells::new(self.needs.number_words as usize),
            variable: Variable::default(),
            changes: Changes::default(),
            selection: Selection::default(),
            gathered: Vec::new(),
            gathered_variable: VariableCells { offsets: Vec::new(), words: Vec::new() },
        }
    }

    /// The processor where streams are decided about.
    #[must_use]
    pub fn decide(&self, clock: &Clock) -> GuestDecide {
        GuestDecide::new(GuestCalls::new(self, clock))
    }

    /// A drop reason of the guest among those of the pipeline.
    fn reason(&self, reason: u32) -> Reason {
        Reason(self.limit_reason.0 + 1 + u16::try_from(reason).unwrap_or(0))
    }
}

impl Stage for GuestStage {
    fn limits(&self) -> Option<&StageLimits> {
        Some(&self.limits)
    }

    fn processes(&self) -> bool {
        self.processes
    }

    fn register(&mut self, stream: OutputStream, kind: Kind, seed: &[u64]) -> io::Result<()> {
        if kind.is_number() {
            return self.cells.reset(stream, seed);
        }
        self.variable.set(stream, seed);
        Ok(())
    }

    fn evict(&mut self, stream: OutputStream) {
        // Cells of numbers are reset when their stream's number is given out again.
        self.variable.forget(stream);
    }

    fn process(
        &mut self,
        batch: &mut Batch,
        now: UnixNanos,
        processes: &dyn Fn(OutputStream) -> bool,
        dropped: &mut dyn FnMut(usize, Reason),
    ) -> Result<(), StageError> {
        self.process_kinds(batch, now, processes, dropped).map_err(failed)
    }

    fn commit(&mut self) {
        // No cells means that none has changed.
        if !self.changes.cells.is_empty() {
            self.cells.scatter(&self.changes.streams, &self.changes.cells);
        }
        for (streams, cells) in self.changes.variable.drain(..) {
            self.variable.scatter(&streams, &cells.offsets, &cells.words);
        }
        self.calls.commit_counts();
    }

    fn state(&self, stream: OutputStream, kind: Kind) -> Vec<u64> {
        let mut words = Vec::new();
        if kind.is_number() {
            self.cells.gather(&[stream], &mut words);
        } else {
            self.variable.gather(&[stream], &mut Vec::new(), &mut words);
        }
        words
    }

    /// Bytes of cells, and of the instance's linear memory.
    fn memory(&self) -> usize {
        self.cells.memory() + self.variable.memory() + self.calls.memory()
    }
}

fn failed(error: GuestError) -> StageError {
    let may_retry = error.may_retry();
    StageError { error: Arc::new(error), may_retry }
}

impl GuestStage {
    fn process_kinds(
        &mut self,
        batch: &mut Batch,
        now: UnixNanos,
        processes: &dyn Fn(OutputStream) -> bool,
        dropped: &mut dyn FnMut(usize, Reason),
    ) -> Result<(), GuestError> {
        self.changes.streams.clear();
        self.changes.cells.clear();
        self.changes.variable.clear();
        // Those of a call whose batch came to nothing in a later stage.
        self.calls.forget_counts();
        self.process_numbers(batch, now, processes, dropped)?;
        if !batch.values().explicit.is_empty() {
            self.process_explicit(batch, now, processes, dropped)?;
        }
        if !batch.values().exponential.is_empty() {
            self.process_exponential(batch, now, processes, dropped)?;
        }
        Ok(())
    }

    /// How the call in hand looks.
    fn call(&self, points: usize, rows: usize) -> Call {
        let needs = &self.calls.processor.needs;
        Call { points, rows, words: self.cells.words(), reasons: needs.drop_reasons.len() }
    }
}

/// Takes points out of a batch that a guest has dropped. `points` are the indexes of the call's points in the batch; none
/// means that the call had all.
fn drop_points(
    bits: &[u64],
    reasons: &[u32],
    points: Option<&[u32]>,
    alive: &mut [bool],
    mut dropped: impl FnMut(usize, u32),
) {
    let mut reasons = reasons.iter();
    for (word, &bits) in bits.iter().enumerate() {
        let mut bits = bits;
        while bits != 0 {
            let point = word * 64 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let point = points.map_or(point, |points| points[point] as usize);
            alive[point] = false;
            dropped(point, reasons.next().copied().unwrap_or(0));
        }
    }
}
