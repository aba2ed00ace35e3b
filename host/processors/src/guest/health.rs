//! What happened to a processor.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use wasm::GuestError;
use wasm::limits::NAMES;

use super::latency::Latency;

/// Counters of a processor.
#[derive(Debug, Default)]
pub struct Health {
    /// Calls, and how long they took.
    pub calls: Latency,
    /// Calls that came to nothing, by [`GuestError::KINDS`].
    pub failures: [AtomicU64; GuestError::KINDS.len()],
    /// Linear memory of all instances, bytes.
    pub memory: AtomicUsize,
    /// Instances made in place of ones that failed or were worn out.
    pub restarts: AtomicU64,
    /// Points that went through it.
    pub points: AtomicU64,
    /// Points that it set too far in the future.
    pub future: AtomicU64,
    /// What it counts itself, by the counters that it announced.
    pub events: Events,
}

/// Counters of a guest's own; the ones behind those that it announced stay 0.
#[derive(Debug)]
pub struct Events([AtomicU64; NAMES]);

impl Default for Events {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; NAMES])
    }
}

impl Events {
    pub(super) fn add(&self, counted: &[u64]) {
        for (total, &by) in self.0.iter().zip(counted) {
            if by != 0 {
                total.fetch_add(by, Ordering::Relaxed);
            }
        }
    }

    /// Each counter's value.
    pub fn read(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|total| total.load(Ordering::Relaxed))
    }
}
