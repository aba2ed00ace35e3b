//! How long to wait before the next attempt.

use std::time::Duration;

use clock::MonotonicNanos;

/// Waits between attempts grow by a factor, with jitter, up to a bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retry {
    /// The first wait; none if there are no retries.
    pub initial: Option<Duration>,
    /// Each wait is so many times the one before.
    pub multiplier: f64,
    /// A wait is up to this share shorter or longer.
    pub jitter: f64,
    /// The longest wait.
    pub longest: Duration,
    /// After so long an item is given up; none means never.
    pub give_up: Option<Duration>,
}

/// The Collector's defaults.
impl Default for Retry {
    fn default() -> Self {
        Self {
            initial: Some(Duration::from_millis(50)),
            multiplier: 1.5,
            jitter: 0.5,
            longest: Duration::from_secs(30),
            give_up: Some(Duration::from_secs(5 * 60)),
        }
    }
}

/// The waits of one item.
#[derive(Debug)]
pub struct Backoff {
    retry: Retry,
    next: Duration,
    /// When the item was first tried.
    begun: MonotonicNanos,
}

impl Backoff {
    /// Waits for an item that is first tried at `now`.
    #[must_use]
    pub fn new(retry: Retry, now: MonotonicNanos) -> Self {
        Self { retry, next: retry.initial.unwrap_or_default(), begun: now }
    }

    /// Another item is first tried at `now`. Waits go on growing.
    pub fn begin(&mut self, now: MonotonicNanos) {
        self.begun = now;
    }

    /// The next wait is the first.
    pub fn reset(&mut self) {
        self.next = self.retry.initial.unwrap_or_default();
    }

    /// The wait before the next attempt; none if the item is to be given up. A receiver that says when to come again is
    /// not asked earlier, unless the item's time ends before that: then there is one last attempt at its end. `random`
    /// is between 0 and 1.
    pub fn next(&mut self, now: MonotonicNanos, retry_after: Option<Duration>, random: f64) -> Option<Duration> {
        self.retry.initial?;
        let own = self.step(random);
        let wait = own.max(retry_after.unwrap_or_default());
        let Some(limit) = self.retry.give_up else { return Some(wait) };
        let left = limit.saturating_sub(now.since(self.begun));
        if wait <= left && !left.is_zero() { Some(wait) } else { (wait > own && !left.is_zero()).then_some(left) }
    }

    /// The wait before the next attempt, at least `pause`, where the item is not to blame: it is not given up, and the time
    /// that it has begins anew.
    pub fn hold(&mut self, now: MonotonicNanos, pause: Duration, random: f64) -> Option<Duration> {
        self.retry.initial?;
        let wait = self.step(random).max(pause);
        self.begun = now.plus(wait);
        Some(wait)
    }

    fn step(&mut self, random: f64) -> Duration {
        let spread = 1.0 + self.retry.jitter * (2.0 * random - 1.0);
        let own = self.next.mul_f64(spread.max(0.0));
        self.next = self.next.mul_f64(self.retry.multiplier).min(self.retry.longest);
        own
    }
}
