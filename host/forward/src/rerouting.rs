//! Deliveries to a destination that may leave: what waits for it then goes to the others.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use clock::Clock;
use delivery::{Attempt, DeliveryCounts, Expectation, Outcome, Pieces as _};

use crate::batch::Batch;
use crate::destination::{Counts, Standing};
use crate::forwarder::{Connect, Forwarder};

/// A client of a lane, and what becomes of batches when its destination leaves.
pub(crate) struct Rerouting<C: Connect> {
    pub client: C::Client,
    pub clock: Clock,
    pub standing: Arc<Standing>,
    pub counts: Arc<DeliveryCounts>,
    pub more: Arc<Counts>,
    pub forwarder: Weak<Forwarder<C>>,
}

impl<C: Connect> Rerouting<C> {
    /// Gives a batch to the other destinations. Its lane is done with it then.
    fn reroute(&self, batch: &Batch) {
        self.more.rerouted.fetch_add(delivery::Item::points(batch) as u64, Ordering::Relaxed);
        let Some(forwarder) = self.forwarder.upgrade() else { return };
        // Each by itself: together they may have more parts than a request may.
        for request in 0..batch.count() {
            let request = batch.single(request);
            forwarder.reroute(&request.contiguous(), delivery::Item::points(&request), &self.counts);
        }
    }
}

impl<C: Connect> Attempt for Rerouting<C> {
    type Item = Batch;
    type Pieces = Batch;
    type Error = <C::Client as Attempt>::Error;

    async fn attempt(&self, batch: &Batch) -> Outcome<Self::Error> {
        if !self.standing.is_removed() {
            let begun = self.clock.monotonic();
            let outcome = self.client.attempt(batch).await;
            let took = self.clock.monotonic().since(begun);
            self.more.attempts.count(took, matches!(outcome, Outcome::Delivered));
            let is_over = matches!(
                outcome,
                Outcome::Delivered
                    | Outcome::Partly(_)
                    | Outcome::Refused { .. }
                    | Outcome::Rejected(_)
                    | Outcome::TooLarge(_)
            );
            if is_over || !self.standing.is_removed() {
                return outcome;
            }
        }
        self.reroute(batch);
        Outcome::Delivered
    }

    fn divide(&self, batch: &Batch) -> Option<Batch> {
        Some(batch.clone())
    }

    /// What is wrong with a request is not wrong with others.
    fn refused(&self, _: &Batch, _: &Self::Error) -> Expectation {
        Expectation::Passing
    }
}
