//! Counters of destinations that have left. They are told about for some time: what was counted last, such as what went to
//! others when one left, would never be seen otherwise.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clock::MonotonicNanos;

use crate::destination::Counters;

/// For how long: longer than anybody waits between two looks.
const TOLD: Duration = Duration::from_secs(10 * 60);

/// How many, the last ones.
const MOST: usize = 64;

/// Destinations that have left, and when.
#[derive(Debug, Default)]
pub(crate) struct Left(Mutex<VecDeque<(MonotonicNanos, Counters)>>);

impl Left {
    /// One has left.
    pub fn add(&self, counters: Counters, now: MonotonicNanos) {
        let mut all = self.all();
        all.retain(|(since, _)| now.since(*since) < TOLD);
        all.push_back((now, counters));
        if all.len() > MOST {
            all.pop_front();
        }
    }

    /// One has come back, and goes on with its counters.
    pub fn take(&self, endpoint: &str) -> Option<Counters> {
        let mut all = self.all();
        let place = all.iter().position(|(_, counters)| *counters.endpoint == *endpoint)?;
        all.remove(place).map(|(_, counters)| counters)
    }

    /// Those that are still told about.
    pub fn told(&self, now: MonotonicNanos) -> Vec<Counters> {
        let all = self.all();
        all.iter().filter(|(since, _)| now.since(*since) < TOLD).map(|(_, counters)| counters.clone()).collect()
    }

    fn all(&self) -> MutexGuard<'_, VecDeque<(MonotonicNanos, Counters)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
