//! What a forwarder is told.

use std::sync::Arc;
use std::time::Duration;

use delivery::Retry;

/// The most bytes of a batch where nothing else is written: what gRPC receivers take.
pub const BATCH_BYTES: usize = 4 << 20;

/// Settings of a forwarder.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The id of the exporter.
    pub exporter: Arc<str>,
    /// When a batch leaves.
    pub filling: Filling,
    /// What may wait.
    pub queue: Queue,
    /// What follows a failed attempt.
    pub retry: Retry,
}

/// When a batch is full, or old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filling {
    /// It has at most so many bytes, uncompressed.
    pub bytes: usize,
    /// It has so many points.
    pub points: usize,
    /// Its first request has waited so long.
    pub wait: Duration,
}

/// What may wait in the lanes to each destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Lanes of a destination; a stream stays in one. At least one.
    pub lanes: usize,
    /// Batches that wait or are in flight.
    pub batches: usize,
    /// Bytes of one destination, uncompressed, those of open batches included.
    pub bytes: usize,
    /// Bytes of all destinations.
    pub total_bytes: usize,
}

/// Small delay, and no bound on points: bytes are what receivers bound.
impl Default for Filling {
    fn default() -> Self {
        Self { bytes: BATCH_BYTES, points: usize::MAX, wait: Duration::from_millis(200) }
    }
}
