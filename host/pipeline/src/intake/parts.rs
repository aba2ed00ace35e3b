//! What a leg is built from, and what it counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};

use budget::Budget;

use super::forward::Forward;
use super::leg::Leg;
use super::routes::Routes;
use crate::decide::Deciders;
use crate::drops::Drops;
use crate::shard::job::Inbox;

/// What the intake did for a pipeline.
#[derive(Debug, Default)]
pub struct Counts {
    /// Requests refused because a queue or the memory was full.
    pub refused_full: AtomicU64,
    /// Requests refused because they are malformed.
    pub refused_malformed: AtomicU64,
    /// Requests refused because they would never fit.
    pub refused_too_large: AtomicU64,
    /// Requests refused because it took too long to decide about their streams.
    pub refused_undecided: AtomicU64,
    /// Requests that came in pieces that only a full decoder puts together.
    pub reassembled: AtomicU64,
    /// Requests that failed in a shard, or because a stage did not decide.
    pub failed: AtomicU64,
}

/// What an exporter has in the way of room.
#[derive(Debug, Clone)]
pub struct Gate {
    /// The exporter's id.
    pub exporter: Arc<str>,
    /// Bytes of its queue.
    pub budget: Budget,
    /// Requests that wait or are in flight.
    pub waiting: Arc<AtomicUsize>,
    /// How many of them may.
    pub requests: usize,
    /// Bytes that the first total of a series takes beyond any other sample.
    pub first_total: usize,
}

/// A processor that judges how much the host holds before a request is read.
pub trait Limiter: Send + Sync {
    /// Whether another request may come in. `routes` is what the intake remembers, in bytes.
    ///
    /// # Errors
    /// What to tell the sender, who may come again.
    fn check(&self, routes: usize) -> Result<(), Arc<dyn std::error::Error + Send + Sync>>;
}

/// What a leg is built from.
pub struct Parts {
    /// The shards.
    pub shards: Vec<Inbox>,
    /// Who decides about new streams.
    pub deciders: Deciders,
    /// Byte forms of which it is remembered which shard owns them.
    pub routes: usize,
    /// The queues of exporters behind the shards.
    pub gates: Vec<Gate>,
    /// Exporters that get requests as they are.
    pub forwards: Vec<Arc<dyn Forward>>,
    /// The memory limiter, if the pipeline has one.
    pub limiter: Option<Box<dyn Limiter>>,
    /// The pipeline's drop reasons.
    pub drops: Drops,
    /// Bytes of requests at once.
    pub in_flight: Budget,
}

impl Parts {
    /// Builds the leg.
    #[must_use]
    pub fn build(self) -> Leg {
        Leg {
            routes: Routes::new(self.routes),
            shards: self.shards,
            deciders: self.deciders,
            gates: self.gates,
            forwards: self.forwards,
            limiter: self.limiter,
            drops: self.drops,
            in_flight: self.in_flight,
            stopping: AtomicBool::new(false),
            counts: Counts::default(),
        }
    }
}
