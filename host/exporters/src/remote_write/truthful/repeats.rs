//! Which totals are written again: those that have not changed for a step. All of them are looked at once a step, a few with
//! each tick.

use std::time::Duration;

use clock::{Moment, MonotonicNanos, UnixMillis};
use model::Origin;
use prometheus::series::{Aggregation, Series};

/// Where streams are never forgotten, what has been silent for so long is repeated no more.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Marks of series whose newest sample is a repeat, where it is counted how many there have been in a row.
const REPEATED: u64 = 1 << 62;

/// The mark of a series that is no longer repeated.
const ENDED: u64 = REPEATED | (1 << 61);

/// A look at all series, again and again.
#[derive(Debug)]
pub struct Repeats {
    interval: Duration,
    /// How many times in a row a total is repeated; none means as long as its stream lives.
    most: Option<u64>,
    /// When it was last looked at some.
    looked: MonotonicNanos,
    pub series: Cursor,
    pub families: Cursor,
}

/// A place among all of them.
#[derive(Debug, Default)]
pub struct Cursor {
    /// The next one.
    pub next: usize,
    /// The share of one that is left to be looked at.
    rest: f64,
}

/// What is to be done with a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Its value is written again; then it has this mark, or the one that the open request gives it.
    Repeat(Option<u64>),
    /// It has been repeated for long enough, and ends; it has this mark then.
    End(u64),
}

impl Repeats {
    /// Repeats every `interval` from `now` on. `idle` is how long streams live without a point; none if they do for ever.
    #[must_use]
    pub fn new(interval: Duration, idle: Option<Duration>, now: Moment) -> Self {
        let most = match idle {
            Some(_) => None,
            None => Some((LONGEST.as_nanos() / interval.as_nanos().max(1)).max(1) as u64),
        };
        Self { interval, most, looked: now.monotonic, series: Cursor::default(), families: Cursor::default() }
    }

    /// The share of all series that is to be looked at.
    pub fn share(&mut self, now: Moment) -> f64 {
        let share = now.monotonic.since(self.looked).div_duration_f64(self.interval);
        self.looked = now.monotonic;
        share.min(1.0)
    }

    /// What is to be done with a series, if anything is.
    #[must_use]
    pub fn due<W>(&self, series: &Series<W, UnixMillis>, now: UnixMillis) -> Option<Due> {
        let is_total = series.origin == Origin::Accumulated && series.aggregation != Aggregation::Gauge;
        // A tick comes a little early, or late.
        let is_old = series.time <= now.minus(self.interval.mul_f64(0.9));
        if !is_total || series.silent || !is_old || series.mark == ENDED {
            return None;
        }
        let Some(most) = self.most else { return Some(Due::Repeat(None)) };
        let so_far = if series.mark & !(REPEATED - 1) == REPEATED { series.mark - REPEATED } else { 0 };
        Some(if so_far < most { Due::Repeat(Some(REPEATED + so_far + 1)) } else { Due::End(ENDED) })
    }
}

impl Cursor {
    /// How many to look at, of so many.
    pub fn steps(&mut self, all: usize, share: f64) -> usize {
        let steps = all as f64 * share + self.rest;
        self.rest = steps.fract();
        (steps as usize).min(all)
    }
}
