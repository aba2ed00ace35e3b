//! Which batches are shown: the Collector's `sampling_initial` and `sampling_thereafter`.

use clock::UnixNanos;

/// In each second the first few, then each so-many-th.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    initial: u64,
    thereafter: u64,
    /// The second in hand, and the batches in it.
    second: u64,
    seen: u64,
}

impl Sampling {
    /// In each second `initial` batches, then each `thereafter`-th; none of those if it is 0.
    #[must_use]
    pub fn new(initial: u64, thereafter: u64) -> Self {
        Self { initial, thereafter, second: 0, seen: 0 }
    }

    /// Whether a batch at `now` is shown.
    pub fn takes(&mut self, now: UnixNanos) -> bool {
        if now.whole_seconds() != self.second {
            self.second = now.whole_seconds();
            self.seen = 0;
        }
        self.seen += 1;
        // Zero is a multiple of everything, and of zero nothing else is.
        self.seen.saturating_sub(self.initial).is_multiple_of(self.thereafter)
    }
}

/// The Collector's: every batch.
impl Default for Sampling {
    fn default() -> Self {
        Self::new(2, 1)
    }
}
