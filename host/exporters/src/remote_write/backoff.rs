//! How long to wait before the next attempt.

use std::time::Duration;

use super::settings::Retry;

/// The waits of one request.
#[derive(Debug)]
pub struct Backoff {
    retry: Retry,
    next: Duration,
    /// When the request was first tried, nanoseconds.
    begun: u64,
}

impl Backoff {
    /// Waits for a request that is first tried at `now`, nanoseconds of a clock that nobody sets.
    #[must_use]
    pub fn new(retry: Retry, now: u64) -> Self {
        Self { retry, next: retry.initial.unwrap_or_default(), begun: now }
    }

    /// The wait before the next attempt; none if the request is to be given up. A receiver that says when to come again is
    /// not asked earlier, unless the request's time ends before that: then there is one last attempt at its end. `random`
    /// is between 0 and 1.
    pub fn next(&mut self, now: u64, asked: Option<Duration>, random: f64) -> Option<Duration> {
        self.retry.initial?;
        let spread = 1.0 + self.retry.jitter * (2.0 * random - 1.0);
        let own = self.next.mul_f64(spread.max(0.0));
        let wait = own.max(asked.unwrap_or_default());
        self.next = self.next.mul_f64(self.retry.multiplier).min(self.retry.longest);
        let Some(limit) = self.retry.give_up else { return Some(wait) };
        let left = limit.saturating_sub(Duration::from_nanos(now.saturating_sub(self.begun)));
        if wait <= left && !left.is_zero() { Some(wait) } else { (wait > own && !left.is_zero()).then_some(left) }
    }
}
