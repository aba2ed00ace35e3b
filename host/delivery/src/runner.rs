//! The delivering end of a lane.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::watch;

use crate::apart::Apart;
use crate::lane::Queue;
use crate::pace::Pace;
use crate::work::Work;
use crate::{Attempt, Backoff, Destination, Item as _, Lane};

/// Delivers the items of one lane; a task is to run it.
pub struct Runner<A: Attempt> {
    pub(crate) destination: Arc<Destination<A>>,
    queue: Queue<A::Item>,
    pub(crate) stopping: watch::Receiver<bool>,
    /// The item in hand.
    pub(crate) work: Option<Work<A>>,
    pub(crate) apart: Apart<A>,
    pub(crate) backoff: Backoff,
    pub(crate) pace: Pace,
    depth: Arc<std::sync::atomic::AtomicUsize>,
}

impl<A: Attempt> Runner<A> {
    pub(crate) fn new(destination: Arc<Destination<A>>, queue: Queue<A::Item>, lane: &Lane<A::Item>) -> Self {
        let stopping = destination.stopping.clone();
        let now = destination.clock.monotonic();
        let (backoff, pace) = (Backoff::new(destination.retry, now), Pace::new(now));
        let depth = lane.depth();
        Self { destination, queue, stopping, work: None, apart: Apart::default(), backoff, pace, depth }
    }

    /// Delivers until the lane is closed and empty.
    pub async fn run(mut self) {
        loop {
            let queued = if self.apart.is_empty() {
                self.queue.recv().await
            } else {
                let clock = self.destination.clock.clone();
                let wait = self.apart.wait(clock.monotonic());
                tokio::select! {
                    biased;
                    queued = self.queue.recv() => queued,
                    () = clock.sleep(wait) => {
                        self.try_apart().await;
                        continue;
                    }
                }
            };
            let Some(queued) = queued else { break };
            let now = self.destination.clock.monotonic();
            self.backoff.begin(now);
            self.work = Some(Work::new(queued.item, queued.reservation, now));
            self.separate();
            self.deliver().await;
            self.work = None;
            self.done();
        }
        while !self.apart.is_empty() {
            let clock = self.destination.clock.clone();
            self.pause(self.apart.wait(clock.monotonic())).await;
            self.try_apart().await;
        }
    }

    /// An item has left the lane.
    fn done(&self) {
        self.depth.fetch_sub(1, Ordering::Relaxed);
        self.destination.counts.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is left when a runner ends is lost, and counted.
impl<A: Attempt> Drop for Runner<A> {
    fn drop(&mut self) {
        let mut points = self.work.as_ref().map_or(0, Work::points) + self.apart.points();
        let mut requests = usize::from(self.work.is_some()) + usize::from(!self.apart.is_empty());
        if self.work.is_some() {
            self.done();
        }
        self.queue.close();
        while let Ok(queued) = self.queue.try_recv() {
            points += queued.item.points();
            requests += 1;
            self.done();
        }
        if requests > 0 {
            self.destination.counts.given_up.fetch_add(points as u64, Ordering::Relaxed);
            let exporter = &self.destination.exporter;
            tracing::error!(exporter, requests, points, "these have not been delivered in time; they are lost");
        }
    }
}
