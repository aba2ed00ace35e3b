//! The delivering end of a lane.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use budget::Reservation;
use clock::MonotonicNanos;
use tokio::sync::watch;

use crate::causes::WithCauses;
use crate::lane::{Queue, Queued};
use crate::{Attempt, Backoff, Destination, Item as _, Outcome};

/// Delivers the items of one lane; a task is to run it.
#[derive(Debug)]
pub struct Runner<A: Attempt> {
    destination: Arc<Destination<A>>,
    queue: Queue<A::Item>,
    stopping: watch::Receiver<bool>,
}

impl<A: Attempt> Runner<A> {
    pub(crate) fn new(destination: Arc<Destination<A>>, queue: Queue<A::Item>) -> Self {
        let stopping = destination.stopping.clone();
        Self { destination, queue, stopping }
    }

    /// Delivers until the lane is closed and empty.
    pub async fn run(mut self) {
        while let Some(queued) = self.queue.recv().await {
            self.deliver(queued).await;
            self.destination.counts.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Delivers an item or, if it is refused and can be split, its parts, their parts and so on, in order.
    async fn deliver(&mut self, Queued { item, mut reservation }: Queued<A::Item>) {
        let begun = self.destination.clock.monotonic();
        let mut attempts = self.destination.split_attempts;
        // The next one is the last.
        let mut untried = vec![item];
        while let Some(item) = untried.pop() {
            let Some(refusal) = self.send(&item, begun).await else { continue };
            let parts = self.split(&item, &refusal, attempts, &mut reservation);
            if parts.is_empty() {
                self.refuse(&item, &refusal);
            }
            attempts -= parts.len();
            untried.extend(parts.into_iter().rev());
        }
    }

    /// The parts of a refused item, if no more than `attempts`.
    fn split(
        &self,
        item: &A::Item,
        refusal: &A::Error,
        attempts: usize,
        reservation: &mut Reservation,
    ) -> Vec<A::Item> {
        // There is no use in one part.
        if attempts < 2 {
            return Vec::new();
        }
        let parts = self.destination.attempt.split(item, refusal, reservation);
        if parts.len() <= attempts { parts } else { Vec::new() }
    }

    fn refuse(&self, item: &A::Item, refusal: &A::Error) {
        let points = item.points();
        self.destination.counts.refused.fetch_add(points as u64, Ordering::Relaxed);
        let (exporter, why) = (&self.destination.exporter, WithCauses(refusal));
        tracing::error!(exporter, points, %why, "points are refused by the receiver; they are lost");
    }

    /// Tries `item` until it is delivered, given up or refused; `begun` is when it, or what it is a part of, was first
    /// tried. Returns a refusal.
    async fn send(&mut self, item: &A::Item, begun: MonotonicNanos) -> Option<A::Error> {
        let destination = Arc::clone(&self.destination);
        let mut backoff = Backoff::new(destination.retry, begun);
        loop {
            let last_attempt = *self.stopping.borrow();
            let (error, wait) = match destination.attempt.attempt(item).await {
                Outcome::Delivered => {
                    self.delivered(item);
                    return None;
                }
                Outcome::Refused(refusal) => return Some(refusal),
                Outcome::Held { error, pause } => {
                    (error, backoff.hold(destination.clock.monotonic(), pause, fastrand::f64()))
                }
                Outcome::Failed { error, retry_after } => {
                    (error, backoff.next(destination.clock.monotonic(), retry_after, fastrand::f64()))
                }
            };
            let Some(wait) = wait.filter(|_| !last_attempt) else {
                self.give_up(item, &error);
                return None;
            };
            self.announce_retry(&error, wait);
            self.pause(wait).await;
        }
    }

    fn delivered(&self, item: &A::Item) {
        let counts = &self.destination.counts;
        counts.delivered.fetch_add(item.points() as u64, Ordering::Relaxed);
        counts.requests.fetch_add(1, Ordering::Relaxed);
    }

    fn give_up(&self, item: &A::Item, error: &A::Error) {
        let points = item.points();
        self.destination.counts.given_up.fetch_add(points as u64, Ordering::Relaxed);
        let (exporter, why) = (&self.destination.exporter, WithCauses(error));
        tracing::error!(exporter, points, %why, "points are given up");
    }

    fn announce_retry(&self, error: &A::Error, wait: Duration) {
        self.destination.counts.retries.fetch_add(1, Ordering::Relaxed);
        let (exporter, why) = (&self.destination.exporter, WithCauses(error));
        tracing::warn!(exporter, %why, ?wait, "an attempt failed; trying again");
    }

    /// Waits for the next attempt, or until the host stops.
    async fn pause(&mut self, wait: Duration) {
        tokio::select! {
            () = self.destination.clock.sleep(wait) => {}
            Ok(_) = self.stopping.wait_for(|stopping| *stopping) => {}
        }
    }
}
