//! What is counted of deliveries.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};

/// What became of the items for a destination; all lanes count together. Points are what [`Item`](crate::Item) says.
#[derive(Debug, Default)]
pub struct DeliveryCounts {
    /// Points that were delivered.
    pub delivered: AtomicU64,
    /// Items that were delivered; each part of one that was split is an item.
    pub requests: AtomicU64,
    /// Attempts that failed and were followed by another.
    pub retries: AtomicU64,
    /// Points that were refused for good.
    pub refused: AtomicU64,
    /// Points that were given up after the last attempt.
    pub given_up: AtomicU64,
    /// Items that wait or are in flight; the parts of one count as one.
    pub waiting: Arc<AtomicUsize>,
}
