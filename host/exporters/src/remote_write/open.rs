//! The request that is being filled in a lane.

use std::time::Duration;

use budget::{Budget, Reservation};
use clock::{Moment, MonotonicNanos};

/// Time series, not compressed, one after another.
pub struct OpenRequest {
    /// The time series.
    pub bytes: Vec<u8>,
    /// Samples in them.
    pub samples: usize,
    /// What they hold.
    pub reservation: Reservation,
    /// When the first sample came.
    since: MonotonicNanos,
}

impl OpenRequest {
    /// An empty request that is charged to `room`.
    #[must_use]
    pub fn new(budget: &Budget) -> Self {
        Self {
            bytes: Vec::new(),
            samples: 0,
            reservation: budget.empty_reservation(),
            since: MonotonicNanos::default(),
        }
    }

    /// Counts samples that were appended; says how many there are.
    #[inline]
    pub fn add(&mut self, samples: usize, now: Moment) -> usize {
        if self.samples == 0 {
            self.since = now.monotonic;
        }
        self.samples += samples;
        self.samples
    }

    /// How long ago its first sample came.
    #[must_use]
    pub fn age(&self, now: Moment) -> Duration {
        now.monotonic.since(self.since)
    }

    /// Charges what it holds now.
    pub fn settle(&mut self) {
        self.reservation.settle(self.bytes.len());
    }
}
