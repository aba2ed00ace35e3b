//! What the guest says to the host beside its answers. Compiled natively it is silent: the imports are absent.

use crate::bindings::alluvium::processor::host;

/// Its counters; the index of each is its place in [`COUNTERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Counter {
    /// Histograms whose bounds differed from their stream's, brought to the bounds that both share.
    BoundsFolded,
    /// Histograms that shared no bound with their stream, which began anew.
    BoundsReset,
    /// Points that would have taken their stream's total beyond what a double or a 64-bit count can hold; it began anew.
    OverflowReset,
}

/// Names of the counters, as announced.
pub(crate) const COUNTERS: [&str; 3] = ["bounds_folded", "bounds_reset", "overflow_reset"];

pub(crate) fn warn(message: &str) {
    const WARNING: u32 = 2;
    if cfg!(target_family = "wasm") {
        host::log(WARNING, message);
    }
}

pub(crate) fn count(counter: Counter) {
    if cfg!(target_family = "wasm") {
        host::count(counter as u32, 1);
    }
}
