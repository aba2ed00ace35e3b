//! How fast parts of refused items follow each other.

use std::time::Duration;

use clock::{Clock, MonotonicNanos};

/// So many requests at once: most searches need fewer.
const BURST: u32 = 256;

/// After that one each so often. A receiver that refuses everything gets a hundred requests a second from a lane.
const EACH: Duration = Duration::from_millis(10);

/// Spaces the requests of searches in a lane: they are made one after another, without an end before all are settled.
#[derive(Debug)]
pub(crate) struct Pace {
    /// When all of the burst may be used again.
    full: MonotonicNanos,
}

impl Pace {
    pub(crate) fn new(now: MonotonicNanos) -> Self {
        Self { full: now }
    }

    /// Uses up one request. Returns how long it has to wait.
    pub(crate) fn wait(&mut self, now: MonotonicNanos) -> Duration {
        self.full = self.full.max(now).plus(EACH);
        self.full.since(now.plus(EACH * BURST))
    }

    /// Gives up what is waited for.
    pub(crate) async fn keep(&mut self, clock: &Clock) {
        let wait = self.wait(clock.monotonic());
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
    }
}
