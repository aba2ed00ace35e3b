//! What resolvers count. The names are those of the Collector's metrics, without `otelcol_loadbalancer_`.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of one resolver.
#[derive(Debug, Default)]
pub struct Counts {
    /// `num_resolutions` with `success="true"`: answers with members.
    pub resolved: AtomicU64,
    /// `num_resolutions` with `success="false"`: errors, timeouts, and answers without members.
    pub failed: AtomicU64,
    /// `num_backends`: members now. What stands in a list twice counts twice.
    pub backends: AtomicU64,
    /// `num_backend_updates`: lists that differed from the one before.
    pub updates: AtomicU64,
}

impl Counts {
    pub(crate) fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
