//! What components say of themselves on the page of own metrics. The names are frozen; `docs/metrics.md` lists them.

use std::sync::atomic::{AtomicU64, Ordering};

/// The type of a metric that only rises.
pub const COUNTER: &str = "counter";

/// The type of a metric that may fall.
pub const GAUGE: &str = "gauge";

/// A counter, as a page shows it.
#[must_use]
pub fn read(counter: &AtomicU64) -> f64 {
    counter.load(Ordering::Relaxed) as f64
}
