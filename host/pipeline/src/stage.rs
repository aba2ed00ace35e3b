//! A stage: decides about streams, and processes the points of some of them.

use std::error::Error;
use std::io;
use std::sync::Arc;

use model::{Kind, MetricTraits};
use streams::describe::{Shaped, View};
use thiserror::Error;

use super::batch::Batch;
use super::drops::Reason;
use super::population::Population;

/// A stage's part in one shard; called by the shard's thread only. A stage that only shapes implements [`Self::decide`] and
/// [`Self::limits`].
pub trait Stage: Send {
    /// The bounds on streams with state.
    fn limits(&self) -> &StageLimits;

    /// What becomes of a stream. Same description, same decision.
    ///
    /// # Errors
    /// [`StageError`]; nothing has changed.
    fn decide(&mut self, view: View<'_>) -> Result<Decision, StageError>;

    /// Whether it processes points at all; if not, no other function below is called.
    fn processes(&self) -> bool {
        false
    }

    /// Whether a row may take the deltas of several streams: its state adds up, or there is none.
    fn adds_up(&self) -> bool {
        true
    }

    /// Gives a row of that kind fresh state, which begins with `seed`.
    ///
    /// # Errors
    /// If the system has no memory left.
    fn register(&mut self, _row: u32, _kind: Kind, _seed: &[u64]) -> io::Result<()> {
        Ok(())
    }

    /// Forgets the state of a row.
    fn evict(&mut self, _row: u32) {}

    /// Processes the points of `batch` whose rows it `processes`, at `now` (nanoseconds since the Unix epoch). State does not
    /// change until [`Self::commit`]. `dropped` is called with each point that it drops.
    ///
    /// # Errors
    /// [`StageError`]; the batch is then good for nothing.
    fn process(
        &mut self,
        _batch: &mut Batch,
        _now: u64,
        _processes: &dyn Fn(u32) -> bool,
        _dropped: &mut dyn FnMut(usize, Reason),
    ) -> Result<(), StageError> {
        Ok(())
    }

    /// Makes the state changes of the last [`Self::process`] real.
    fn commit(&mut self) {}

    /// Bytes of state.
    fn memory(&self) -> usize {
        0
    }
}

/// Bounds that the host keeps on behalf of a stage; shared by all shards.
#[derive(Debug, Clone)]
pub struct StageLimits {
    /// Streams with state.
    pub streams: Arc<Population>,
    /// Why a stream beyond them is dropped.
    pub reason: Reason,
    /// After how many nanoseconds without a point a stream is evicted; none means the host's own.
    pub max_idle: Option<u64>,
}

/// What a stage decided about a stream.
#[derive(Debug, Clone)]
pub enum Decision {
    /// It goes by.
    Pass,
    /// Its points are dropped.
    Drop(Reason),
    /// It becomes something else.
    Change {
        /// Its new description, if that changes.
        description: Option<Arc<Shaped>>,
        /// How its points are processed, if they are.
        process: Option<Process>,
    },
}

/// How points are processed.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// What comes out.
    pub traits: MetricTraits,
    /// First words of a fresh cell; all of it for kinds that are no numbers.
    pub seed: Arc<[u64]>,
}

/// Why a stage could not do its work. The stage is at fault, or who chose it.
#[derive(Debug, Clone, Error)]
#[error("{error}")]
pub struct StageError {
    /// What happened.
    pub error: Arc<dyn Error + Send + Sync>,
    /// Whether the same points may fare better.
    pub may_retry: bool,
}
