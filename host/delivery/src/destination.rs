//! Where items go.

use std::sync::Arc;

use clock::Clock;
use tokio::sync::watch;

use crate::{Attempt, DeliveryCounts, Lane, Retry, Runner};

/// What the lanes to one destination share.
#[derive(Debug)]
pub struct Destination<A> {
    /// The id of the exporter, for log lines.
    pub exporter: String,
    /// How an item is delivered.
    pub attempt: A,
    /// What follows a failed attempt.
    pub retry: Retry,
    /// What is counted.
    pub counts: Arc<DeliveryCounts>,
    /// Tells the time.
    pub clock: Clock,
    /// Turns true when the host stops: waits are cut short, and no later one is longer than a second.
    pub stopping: watch::Receiver<bool>,
}

impl<A: Attempt> Destination<A> {
    /// Opens a lane. Nothing is delivered unless its runner runs.
    #[must_use]
    pub fn lane(self: &Arc<Self>) -> (Lane<A::Item>, Runner<A>) {
        let (lane, queue) = Lane::new(Arc::clone(&self.counts));
        let runner = Runner::new(Arc::clone(self), queue, &lane);
        (lane, runner)
    }
}
