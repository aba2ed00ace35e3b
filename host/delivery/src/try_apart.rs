//! One attempt of what is sent apart.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::deliver::add;
use crate::{Attempt, Expectation, Item as _, Outcome, Reach, Runner};

/// What failed is tried again after this, at the earliest.
const FAILED: Duration = Duration::from_secs(1);

impl<A: Attempt> Runner<A> {
    /// Tries once what is sent apart. Nothing that fails here holds the lane up.
    pub(crate) async fn try_apart(&mut self) {
        let destination = Arc::clone(&self.destination);
        let now = destination.clock.monotonic();
        self.apart.take_up(now);
        let Some(part) = self.apart.work.as_mut().and_then(|work| work.next_part()) else {
            self.apart.tidy();
            return;
        };
        let points = part.points();
        match destination.attempt.attempt(&part).await {
            Outcome::Delivered => {
                self.delivered(points);
                self.apart.taken();
            }
            Outcome::Partly(error) => {
                destination.attempt.partly(&part, &error);
                self.partly(points, &error);
                self.apart.taken();
            }
            Outcome::Refused { error, .. } | Outcome::Rejected(error) => {
                let piece = self.apart.work.as_mut().and_then(|work| work.search.refused());
                self.lose(piece, &error);
            }
            Outcome::TooLarge(error) => {
                let piece = self.apart.work.as_mut().and_then(|work| work.search.too_large());
                self.lose(piece, &error);
            }
            Outcome::Held { error, pause } => self.postpone(pause, &error, Reach::Nowhere),
            Outcome::Busy { error, retry_after } => {
                self.postpone(retry_after.unwrap_or(FAILED), &error, Reach::Nowhere);
            }
            Outcome::Failed { error, retry_after, reach } => {
                self.postpone(retry_after.unwrap_or(FAILED), &error, reach);
            }
        }
        self.apart.tidy();
        self.show_apart();
    }

    /// A piece was refused alone, if any.
    fn lose(&mut self, piece: Option<usize>, error: &A::Error) {
        let (Some(piece), Some(work)) = (piece, &self.apart.work) else { return };
        let (single, key) = work.single(piece);
        let expectation = self.destination.attempt.refused(&single, error);
        self.refuse(single.points(), error);
        if let Some(key) = key {
            self.apart.lost(key, u32::from(expectation == Expectation::Lasting));
        }
    }

    /// An attempt failed. What fails alone for ever is lost in the end, if other items are delivered meanwhile.
    fn postpone(&mut self, pause: Duration, error: &A::Error, reach: Reach) {
        let destination = Arc::clone(&self.destination);
        let now = destination.clock.monotonic();
        self.apart.pause(now, pause);
        let Some(work) = &mut self.apart.work else { return };
        let retry = destination.retry;
        let is_over = retry.give_up.is_some_and(|limit| now.since(work.begun) >= limit);
        if retry.initial.is_none() || is_over {
            let work = self.apart.give_up();
            add(&destination.counts.given_up, work);
            return;
        }
        add(&destination.counts.retries, 1);
        let delivered = destination.counts.requests.load(Ordering::Relaxed);
        if reach == Reach::Receiver && work.failed(&destination.attempt) && self.apart.strike(delivered) {
            let piece = self.apart.work.as_mut().and_then(|work| work.search.skip());
            self.lose(piece, error);
        }
    }
}
