//! How an item is delivered: attempt after attempt, whole or in parts, until nothing of it is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::causes::WithCauses;
use crate::work::Work;
use crate::{Attempt, Before, Expectation, Item as _, Outcome, Pieces as _, Reach, Remainder, Runner};

/// While the host stops, no wait is longer.
const STOPPING: Duration = Duration::from_secs(1);

impl<A: Attempt> Runner<A> {
    /// Takes the pieces that are to be sent apart from the item in hand.
    pub(crate) fn separate(&mut self) {
        let Some(work) = self.work.as_mut().filter(|_| self.apart.has_keys()) else { return };
        let Some(pieces) = self.destination.attempt.divide(work.item()) else { return };
        let apart: Vec<usize> = (0..pieces.count()).filter(|piece| self.apart.holds(pieces.key(*piece))).collect();
        if apart.is_empty() {
            return;
        }
        for &piece in &apart {
            let lost = self.apart.add(pieces.key(piece), pieces.single(piece), work.reservation.another());
            add(&self.destination.counts.unsent, lost);
            add(&self.destination.counts.refused, lost);
        }
        let ends = apart.iter().copied().chain([pieces.count()]);
        let starts = std::iter::once(0).chain(apart.iter().map(|piece| piece + 1));
        let rest: Vec<_> = starts.zip(ends).map(|(start, end)| start..end).filter(|rest| !rest.is_empty()).collect();
        work.take_apart(pieces, rest);
        self.show_apart();
    }

    /// Delivers what is in hand.
    pub(crate) async fn deliver(&mut self) {
        let destination = Arc::clone(&self.destination);
        let counts = &destination.counts;
        while let Some(work) = &mut self.work {
            let is_sought = work.is_sought();
            let Some(part) = work.next_part() else { return };
            let points = part.points();
            if destination.attempt.before(&part) == Before::Discard {
                add(&counts.discarded, points);
                work.search.skip();
                continue;
            }
            let outcome = destination.attempt.attempt(&part).await;
            self.apart.step_aside();
            match outcome {
                Outcome::Delivered => {
                    self.delivered(points);
                    self.taken();
                }
                Outcome::Partly(error) => {
                    destination.attempt.partly(&part, &error);
                    self.partly(points, &error);
                    self.taken();
                }
                Outcome::Rejected(error) => {
                    destination.attempt.refused(&part, &error);
                    self.refuse(points, &error);
                    if let Some(work) = &mut self.work {
                        work.search.skip();
                    }
                }
                Outcome::Refused { error, remainder: Remainder::Stored } if !is_sought => {
                    destination.attempt.partly(&part, &error);
                    self.partly(points, &error);
                    self.taken();
                }
                Outcome::Refused { error, .. } => self.seek(error).await,
                Outcome::TooLarge(error) => self.shrink(&error),
                Outcome::Held { error, pause } => {
                    let wait = self.backoff.hold(destination.clock.monotonic(), pause, fastrand::f64());
                    self.wait_or_give_up(&error, wait).await;
                }
                Outcome::Busy { error, retry_after } => {
                    work.busy(&destination.attempt);
                    let wait = self.backoff.next(destination.clock.monotonic(), retry_after, fastrand::f64());
                    self.wait_or_give_up(&error, wait).await;
                }
                Outcome::Failed { error, retry_after, reach } => {
                    let is_stuck = reach == Reach::Receiver && work.failed(&destination.attempt);
                    let wait = self.backoff.next(destination.clock.monotonic(), retry_after, fastrand::f64());
                    if is_stuck && wait.is_some() {
                        self.set_aside();
                    }
                    self.wait_or_give_up(&error, wait).await;
                }
            }
            if self.apart.is_due(destination.clock.monotonic()) {
                self.try_apart().await;
            }
        }
    }

    pub(crate) fn delivered(&mut self, points: usize) {
        add(&self.destination.counts.delivered, points);
        add(&self.destination.counts.requests, 1);
        self.backoff.reset();
    }

    pub(crate) fn partly(&mut self, points: usize, error: &A::Error) {
        add(&self.destination.counts.partly, points);
        add(&self.destination.counts.requests, 1);
        self.backoff.reset();
        let (exporter, why) = (&self.destination.exporter, WithCauses(error));
        tracing::warn!(exporter, points, %why, "the receiver has refused a part of a request, and taken the rest");
    }

    fn taken(&mut self) {
        if let Some(work) = &mut self.work {
            work.taken();
        }
    }

    /// What was sent is refused for a piece in it.
    async fn seek(&mut self, error: A::Error) {
        let destination = Arc::clone(&self.destination);
        self.pace.keep(&destination.clock).await;
        let Some(work) = &mut self.work else { return };
        work.sought += 1;
        work.divide(&destination.attempt);
        if let Some((piece, item)) = work.witness() {
            match destination.attempt.attempt(&item).await {
                Outcome::Refused { .. } => work.omit_repeated(),
                Outcome::Delivered => {
                    work.search.remove(piece);
                    self.delivered(item.points());
                }
                // The next refusal asks again.
                Outcome::Failed { error, retry_after, .. } | Outcome::Busy { error, retry_after } => {
                    work.failed(&destination.attempt);
                    let wait = self.backoff.next(destination.clock.monotonic(), retry_after, fastrand::f64());
                    self.wait_or_give_up(&error, wait).await;
                }
                Outcome::Held { error, pause } => {
                    work.failed(&destination.attempt);
                    let wait = self.backoff.hold(destination.clock.monotonic(), pause, fastrand::f64());
                    self.wait_or_give_up(&error, wait).await;
                }
                _ => {
                    work.failed(&destination.attempt);
                }
            }
            return;
        }
        match work.search.refused() {
            Some(piece) => self.blame(piece, &error),
            None => add(&destination.counts.divided, 1),
        }
    }

    /// What was sent is too large.
    fn shrink(&mut self, error: &A::Error) {
        let Some(work) = &mut self.work else { return };
        work.divide(&self.destination.attempt);
        match work.search.too_large() {
            Some(piece) => self.blame(piece, error),
            None => add(&self.destination.counts.divided, 1),
        }
    }

    /// A piece was refused alone.
    fn blame(&mut self, piece: usize, error: &A::Error) {
        let Some(work) = &self.work else { return };
        let (single, key) = work.single(piece);
        let points = single.points();
        let expectation = self.destination.attempt.refused(&single, error);
        if let Some(key) = key.filter(|_| expectation == Expectation::Lasting) {
            self.apart.refused(key);
        }
        self.refuse(points, error);
    }

    /// A piece fails whenever it is sent: others are tried.
    fn set_aside(&mut self) {
        let Some(work) = self.work.as_mut().filter(|work| work.pieces().is_some()) else { return };
        let Some((piece, pieces)) = work.search.skip().zip(work.pieces()) else { return };
        let (key, single) = (pieces.key(piece), pieces.single(piece));
        self.apart.add(key, single, work.reservation.another());
        // What comes of the same series must not overtake it.
        let later: Vec<usize> = work.search.rest().filter(|later| pieces.key(*later) == key).collect();
        for later in &later {
            self.apart.add(key, pieces.single(*later), work.reservation.another());
        }
        later.into_iter().for_each(|later| work.search.remove(later));
        self.show_apart();
    }

    pub(crate) fn refuse(&self, points: usize, error: &A::Error) {
        add(&self.destination.counts.refused, points);
        let (exporter, why) = (&self.destination.exporter, WithCauses(error));
        tracing::error!(exporter, points, %why, "points are refused by the receiver; they are lost");
    }

    async fn wait_or_give_up(&mut self, error: &A::Error, wait: Option<Duration>) {
        self.announce(error, wait);
        if let Some(wait) = wait {
            self.pause(wait).await;
        }
    }

    /// Says that the item in hand is tried again, or given up.
    fn announce(&mut self, error: &A::Error, wait: Option<Duration>) {
        let (exporter, why) = (&self.destination.exporter, WithCauses(error));
        if let Some(wait) = wait {
            add(&self.destination.counts.retries, 1);
            tracing::warn!(exporter, %why, ?wait, "an attempt failed; trying again");
            return;
        }
        let points = self.work.take().as_ref().map_or(0, Work::points);
        add(&self.destination.counts.given_up, points);
        self.backoff.reset();
        tracing::error!(exporter, points, %why, "points are given up");
    }

    /// Waits for the next attempt, or until the host stops; while it stops, for a moment.
    pub(crate) async fn pause(&mut self, wait: Duration) {
        if *self.stopping.borrow() {
            self.destination.clock.sleep(wait.min(STOPPING)).await;
            return;
        }
        tokio::select! {
            () = self.destination.clock.sleep(wait) => {}
            Ok(_) = self.stopping.wait_for(|stopping| *stopping) => {}
        }
    }

    pub(crate) fn show_apart(&self) {
        self.destination.counts.apart.store(self.apart.points(), Ordering::Relaxed);
    }
}

pub(crate) fn add(count: &AtomicU64, by: usize) {
    count.fetch_add(by as u64, Ordering::Relaxed);
}
