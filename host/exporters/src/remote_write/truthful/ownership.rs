//! Since when this process writes the series of a shard, and whether nobody else does.

use clock::{UnixMillis, UnixNanos};

/// What this process may write of its series beyond what it was sent. A process owns all of them from its start, unless somebody
/// who knows better tells the writers: this is what they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ownership {
    /// A predecessor of the same labels, before a restart or on another worker, may have written until this time.
    pub since: UnixMillis,
    /// Whether it is known that no other process writes these series from then on.
    pub writers: Writers,
}

/// Who writes the series of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    /// This process alone.
    Single,
    /// Perhaps others as well.
    Unknown,
}

impl Ownership {
    /// Of a process that has just started.
    #[must_use]
    pub fn at_start(now: UnixNanos, writers: Writers) -> Self {
        Self { since: now.to_millis(), writers }
    }
}
