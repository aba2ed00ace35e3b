//! A stage: [decides](Decide) about streams, and [processes](Stage) the points of some of them.

use std::error::Error;
use std::io;
use std::sync::Arc;

use clock::UnixNanos;
use model::{Kind, MetricTraits};
use streams::OutputStream;
use streams::describe::{Shaped, View};
use thiserror::Error;

use super::batch::Batch;
use super::drops::Reason;
use super::stream_limit::StreamLimit;

/// What a stage makes of streams, asked once for each and by a thread of its own: see [`decide`](super::decide). A stage that
/// only shapes does the rest of [`Stage`] by its defaults.
pub trait Decide: Send {
    /// What becomes of each stream of `views`, in order. Same description, same decision.
    ///
    /// # Errors
    /// [`StageError`]; nothing is decided about any of them.
    fn decide(&mut self, views: &[View<'_>]) -> Result<Vec<Decision>, StageError>;

    /// Memory in use, bytes.
    fn memory(&self) -> usize {
        0
    }
}

/// A stage's part in one shard; called by the shard's thread only.
pub trait Stage: Send {
    /// The bounds on streams with state.
    fn limits(&self) -> &StageLimits;

    /// Whether it processes points at all; if not, no other function below is called.
    fn processes(&self) -> bool {
        false
    }

    /// Gives a stream of that kind fresh state, which begins with `seed`.
    ///
    /// # Errors
    /// If the system has no memory left.
    fn register(&mut self, _stream: OutputStream, _kind: Kind, _seed: &[u64]) -> io::Result<()> {
        Ok(())
    }

    /// Forgets the state of a stream.
    fn evict(&mut self, _stream: OutputStream) {}

    /// Processes the points of `batch` whose streams it `processes`, at `now`. State does not
    /// change until [`Self::commit`]. `dropped` is called with each point that it drops.
    ///
    /// # Errors
    /// [`StageError`]; the batch is then good for nothing.
    fn process(
        &mut self,
        _batch: &mut Batch,
        _now: UnixNanos,
        _processes: &dyn Fn(OutputStream) -> bool,
        _dropped: &mut dyn FnMut(usize, Reason),
    ) -> Result<(), StageError> {
        Ok(())
    }

    /// Makes the state changes of the last [`Self::process`] real.
    fn commit(&mut self) {}

    /// The state of a stream of that kind.
    fn state(&self, _stream: OutputStream, _kind: Kind) -> Vec<u64> {
        Vec::new()
    }

    /// Bytes of state.
    fn memory(&self) -> usize {
        0
    }
}

/// Bounds that the host keeps on behalf of a stage; shared by all shards.
#[derive(Debug, Clone)]
pub struct StageLimits {
    /// Streams with state.
    pub streams: Arc<StreamLimit>,
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
    /// Whether an output stream may take the deltas of several: what the stage keeps of them adds up, or it keeps nothing.
    pub adds_up: bool,
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

/// Stands for a call that failed in the recorded run.
#[derive(Debug, Error)]
#[error("a call failed, says the record")]
struct Recorded;

impl StageError {
    /// The error of a call that failed when the run was recorded.
    pub(crate) fn recorded(may_retry: bool) -> Self {
        Self { error: Arc::new(Recorded), may_retry }
    }
}
