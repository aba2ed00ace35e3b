//! How many streams there may be.

use std::sync::atomic::{AtomicU64, Ordering};

/// A count of streams with a bound. New streams touch it, points do not.
#[derive(Debug, Default)]
pub struct StreamLimit {
    count: AtomicU64,
    limit: Option<u64>,
}

impl StreamLimit {
    /// A population of at most `limit`.
    #[must_use]
    pub fn new(limit: Option<u64>) -> Self {
        Self { count: AtomicU64::new(0), limit }
    }

    /// Takes one more in; says whether there was room.
    pub fn join(&self) -> bool {
        self.count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                self.limit.is_none_or(|limit| count < limit).then_some(count + 1)
            })
            .is_ok()
    }

    /// Whether there is room for one more.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.limit.is_none_or(|limit| self.count.load(Ordering::Relaxed) < limit)
    }

    /// One has gone.
    pub fn leave(&self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// The bound.
    #[must_use]
    pub fn limit(&self) -> Option<u64> {
        self.limit
    }
}
