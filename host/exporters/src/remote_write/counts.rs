//! What is counted of an exporter's samples.

use std::sync::atomic::{AtomicU64, Ordering};

use super::request::Purpose;
use super::verdict::Reason;

/// What the exporter's shards have written.
#[derive(Debug, Default)]
pub struct WriteCounts {
    /// Samples appended to requests.
    pub samples: AtomicU64,
    /// Samples not written because their series has a newer one.
    pub out_of_order: AtomicU64,
    /// Samples written with the time of arrival because their own was too old.
    pub late: AtomicU64,
    /// Samples of totals and levels that were made elsewhere, not written because they were too old.
    pub too_old: AtomicU64,
    /// Samples not written because their series is too far ahead of the clock.
    pub too_far_ahead: AtomicU64,
    /// Zeros in front of first totals, among the samples.
    pub zeros: AtomicU64,
    /// Zeros left out because there was no time for them in front of their total.
    pub skipped_zeros: AtomicU64,
    /// Totals written again, among the samples.
    pub repeats: AtomicU64,
    /// Totals not written again because there was no room.
    pub skipped_repeats: AtomicU64,
    /// Markers of series whose streams were forgotten, among the samples.
    pub stale_markers: AtomicU64,
    /// Such markers left out because there was no room, or no time near enough.
    pub skipped_stale_markers: AtomicU64,
    /// Rows that share a series with another, when they were described.
    pub shared_series: AtomicU64,
    /// Samples that the back-end refused, by reason.
    pub rejected: [AtomicU64; Reason::ALL.len()],
    /// Samples of requests that it took in part, by reason.
    pub partial: [AtomicU64; Reason::ALL.len()],
    /// Samples of `target_info` that it refused.
    pub rejected_targets: AtomicU64,
}

impl WriteCounts {
    /// Samples were refused.
    pub fn reject(&self, purpose: Purpose, reason: Reason, samples: usize) {
        let count = match purpose {
            Purpose::TargetInfo { .. } => &self.rejected_targets,
            Purpose::Samples | Purpose::Again | Purpose::Metadata { .. } => &self.rejected[reason as usize],
        };
        count.fetch_add(samples as u64, Ordering::Relaxed);
    }

    /// Of a request with so many samples some were refused.
    pub fn take_partly(&self, reason: Reason, samples: usize) {
        self.partial[reason as usize].fetch_add(samples as u64, Ordering::Relaxed);
    }
}
