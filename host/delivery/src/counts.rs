//! What is counted of deliveries.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};

/// What became of the items for a destination; all lanes count together. Points are what [`Item`](crate::Item) says.
#[derive(Debug, Default)]
pub struct DeliveryCounts {
    /// Points that were delivered.
    pub delivered: AtomicU64,
    /// Points in items of which the receiver took a part.
    pub partly: AtomicU64,
    /// Items that were delivered; each part of one that was divided is an item.
    pub requests: AtomicU64,
    /// Attempts that failed and were followed by another.
    pub retries: AtomicU64,
    /// Attempts that were refused or too large, and followed by others with parts of the item.
    pub divided: AtomicU64,
    /// Points that were refused for good.
    pub refused: AtomicU64,
    /// Points that were refused for good before they were sent: too many of their kind waited, and all were refused.
    pub unsent: AtomicU64,
    /// Points that were given up after the last attempt.
    pub given_up: AtomicU64,
    /// Points that had waited too long to be of use.
    pub discarded: AtomicU64,
    /// Items that wait or are in flight; the parts of one count as one.
    pub waiting: Arc<AtomicUsize>,
    /// Points that are sent apart, because others of their series were refused, and wait.
    pub apart: AtomicUsize,
}
