//! At what time a sample is written: which times a back-end takes, and what becomes of samples with others.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::counts::WriteCounts;
use super::encode;
use super::open::Waiting;
use clock::{UnixMillis, UnixNanos};
use model::Origin;
use prometheus::series::Next;

/// Prometheus and its relatives refuse samples that are an hour older than their newest, and with them the whole request.
/// What is nearly as old is not written with its own time.
pub(super) const OLDEST: Duration = Duration::from_secs(50 * 60);

/// What is farther ahead of the clock is not written: Prometheus refuses what is ten minutes ahead, and every sample that
/// is ahead brings the present nearer to the hour that it refuses. As far as a point may be (`shard::FUTURE`).
pub(super) const AHEAD: Duration = Duration::from_secs(5 * 60);

/// When points arrive, and where it is counted what becomes of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival<'a> {
    now: UnixMillis,
    run: Run,
    /// Totals are later than this.
    floor: UnixMillis,
    written: &'a WriteCounts,
}

/// The zeros in front of a first total.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// So many, a millisecond apart.
    pub zeros: usize,
    /// Run and total are later than this, and later than what was sent of their series.
    pub after: UnixMillis,
}

/// Where a sample goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    /// At this time.
    pub time: UnixMillis,
    /// In place of the one that waits in the open request.
    pub replaces: bool,
    /// Zeros in front of it.
    pub zeros: usize,
    /// What it follows.
    pub next: Next<UnixMillis>,
}

impl<'a> Arrival<'a> {
    pub fn new(now: UnixNanos, run: Run, written: &'a WriteCounts) -> Self {
        Self { now: now.to_millis(), run, floor: UnixMillis::NEVER, written }
    }

    /// Totals are written with later times than this one, as older ones of their lane got it when they were sent.
    pub fn after(self, floor: UnixMillis) -> Self {
        Self { floor, ..self }
    }

    /// The oldest time that is written.
    pub fn oldest(self) -> UnixMillis {
        self.now.minus(OLDEST)
    }

    /// Finds a time for a sample, after all that have been handed on of its series, that no back-end refuses, as it would
    /// refuse all samples of the request. `waiting` is the series' newest sample if the request that it is in is still open.
    #[inline]
    pub fn place(self, next: Next<UnixMillis>, waiting: Option<Waiting>) -> Option<Placed> {
        let mut own = next.time;
        let next = if next.is_total { Next { last: next.last.max(self.floor), ..next } } else { next };
        if own < self.oldest() {
            if !next.is_total {
                return self.leave_out(&self.written.too_old, next);
            }
            // A total that is made here is true now as well.
            self.written.late.fetch_add(next.samples as u64, Ordering::Relaxed);
            own = self.now;
        }
        let mut zeros = 0;
        if next.begins && self.run.zeros > 0 {
            (own, zeros) = self.behind_run(own, next);
        }
        let replaces = waiting.is_some_and(|waiting| waiting.is_replaced_by(next));
        let latest = own.max(next.last);
        let (time, replaces) = if replaces && encode::is_replaceable(latest) {
            (latest, true)
        } else {
            match (Next { time: own, ..next }).rising(self.now) {
                Some(time) => (time, false),
                None => return self.leave_out(&self.written.out_of_order, next),
            }
        };
        // A total that is not written is part of the next one, as soon as the clock has moved.
        if time > self.now.plus(AHEAD) || time <= next.last && !replaces {
            return self.leave_out(&self.written.too_far_ahead, next);
        }
        Some(Placed { time, replaces, zeros, next })
    }

    /// The time of a first total behind a run of zeros, and how many these are. Where a clock was set back there may be no such
    /// time for long; the total then goes without.
    #[cold]
    fn behind_run(self, own: UnixMillis, next: Next<UnixMillis>) -> (UnixMillis, usize) {
        let Run { zeros, after } = self.run;
        let earliest = after.max(next.last).0.saturating_add_unsigned(zeros as u64 + 1);
        let time = own.max(UnixMillis(earliest));
        if time > self.now.plus(AHEAD) {
            self.written.skipped_zeros.fetch_add((zeros * next.samples) as u64, Ordering::Relaxed);
            return (own, 0);
        }
        (time, zeros)
    }

    #[cold]
    fn leave_out(self, count: &AtomicU64, next: Next<UnixMillis>) -> Option<Placed> {
        count.fetch_add(next.samples as u64, Ordering::Relaxed);
        None
    }
}

impl Waiting {
    /// Whether the next sample of its series takes its place: a total of the same run. A series that came from elsewhere keeps
    /// what has a time of its own, also where several streams share it.
    #[inline]
    fn is_replaced_by(self, next: Next<UnixMillis>) -> bool {
        let same_run = self.start == next.start || !self.start.is_known() || !next.start.is_known();
        next.is_total && next.goes_on && same_run && (next.origin == Origin::Accumulated || next.time <= next.last)
    }
}
