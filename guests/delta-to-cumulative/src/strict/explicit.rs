//! Histograms with explicit bounds, as the Collector adds them.

use crate::explicit::{Added, Explicit};

/// Adds over the length that both have; the total's stays. Other bounds are a new beginning.
pub(crate) fn add(total: &mut Explicit, other: &Explicit) -> Added {
    if total.bounds != other.bounds {
        return Added::Reset;
    }
    for (count, added) in total.counts.iter_mut().zip(&other.counts) {
        *count = count.wrapping_add(*added);
    }
    Added::Whole
}
