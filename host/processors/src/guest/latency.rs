//! How long calls take.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clock::SECOND;
use prometheus::exposition::Page;

/// Upper bounds of the buckets, ns: from what a batch takes to what no call may take.
const BOUNDS: [u64; 10] =
    [20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 5_000_000, 20_000_000, 100_000_000, SECOND];

/// A histogram of times.
#[derive(Debug, Default)]
pub struct Latency {
    /// Values in each bucket, and above the last one.
    counts: [AtomicU64; BOUNDS.len() + 1],
    nanos: AtomicU64,
}

impl Latency {
    /// Counts a call.
    pub(super) fn add(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.counts[BOUNDS.partition_point(|bound| *bound < nanos)].fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Puts it on a page.
    pub(super) fn show(&self, page: &mut Page, name: &str, help: &str, labels: &[(&str, &str)]) {
        let mut count = 0;
        let mut below = self.counts.iter().map(|counted| {
            count += counted.load(Ordering::Relaxed);
            count
        });
        let buckets: Vec<(f64, u64)> =
            BOUNDS.iter().map(|bound| *bound as f64 / SECOND as f64).zip(&mut below).collect();
        let all = below.next().unwrap_or_default();
        let sum = self.nanos.load(Ordering::Relaxed) as f64 / SECOND as f64;
        page.add_histogram(name, help, labels, buckets.into_iter(), (all, sum));
    }
}
