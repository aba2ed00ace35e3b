//! Exponential histograms, as the Collector adds them (release 0.162 and later), but for its crashes.
//!
//! What differs from `merge`: empty buckets at the ends stay unless both sides have some, a first point is never limited,
//! and where the incoming side is the one whose zero bucket is widened the total keeps its own threshold.

use crate::exponential::{Buckets, Exponential, MOST_BUCKETS};

/// Adds `other`.
pub(crate) fn add(total: &mut Exponential, other: &Exponential) {
    let mut other = other.clone();
    let scale = total.scale.min(other.scale);
    for side in [&mut *total, &mut other] {
        side.check_zero();
        downscale(side, side.scale.abs_diff(scale));
    }
    let steps = steps_to_fit(&total.positive, &other.positive).max(steps_to_fit(&total.negative, &other.negative));
    downscale(total, steps);
    downscale(&mut other, steps);
    if total.zero_threshold < other.zero_threshold {
        total.widen_zero(other.zero_threshold);
    } else if other.zero_threshold < total.zero_threshold {
        other.widen_zero(total.zero_threshold);
    }
    total.zero_count = total.zero_count.wrapping_add(other.zero_count);
    merge(&mut total.positive, &other.positive);
    merge(&mut total.negative, &other.negative);
}

/// Slots that are left over are emptied, not removed.
fn downscale(histogram: &mut Exponential, steps: u32) {
    let (scale, steps) = match histogram.scale.checked_sub_unsigned(steps) {
        Some(scale) => (scale, steps),
        // The Collector crashes. At the last scale there is what lies above 1, and what does not.
        None => (i32::MIN, u32::MAX),
    };
    for side in [&mut histogram.positive, &mut histogram.negative] {
        let slots = side.counts.len();
        side.downscale(steps);
        side.counts.resize(slots, 0);
    }
    histogram.scale = scale;
}

fn steps_to_fit(one: &Buckets, other: &Buckets) -> u32 {
    let (mut one, mut other) = (one.clone(), other.clone());
    one.trim();
    other.trim();
    one.steps_to_fit(&other, MOST_BUCKETS)
}

fn merge(total: &mut Buckets, other: &Buckets) {
    if other.counts.is_empty() {
        return;
    }
    if total.counts.is_empty() {
        total.clone_from(other);
        return;
    }
    let mut other = other.clone();
    total.trim();
    other.trim();
    total.add(&other);
}
