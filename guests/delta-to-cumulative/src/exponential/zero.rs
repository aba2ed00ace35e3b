//! What lies around zero: two thresholds become one.
//!
//! Logarithms are those of one library, natively and as WebAssembly, so that both agree to the bit.

use super::Exponential;

/// Brings both to one threshold: whoever has the lower one takes the higher. Where that cuts a bucket in two that is not
/// empty, the whole bucket goes into the zero bucket of both, and the threshold rises to the bucket's upper bound.
pub(super) fn level(one: &mut Exponential, other: &mut Exponential) {
    one.check_zero();
    other.check_zero();
    let (lower, higher) = if one.zero_threshold < other.zero_threshold { (one, other) } else { (other, one) };
    let mut threshold = higher.zero_threshold;
    if lower.zero_threshold < threshold {
        let last = index_of(threshold, lower.scale);
        let bound = upper_bound(last, lower.scale);
        let cut = bound > threshold && (lower.positive.has(last) || lower.negative.has(last));
        lower.fold(last);
        if cut {
            higher.fold(last);
            threshold = bound;
        }
    }
    lower.zero_threshold = threshold;
    higher.zero_threshold = threshold;
}

impl Exponential {
    /// A threshold that is no distance from zero says nothing.
    pub(crate) fn check_zero(&mut self) {
        if !self.zero_threshold.is_finite() || self.zero_threshold < 0.0 {
            self.zero_threshold = 0.0;
        }
    }

    /// Widens the zero bucket to `threshold`, and on to the upper bound of the bucket that holds it.
    pub(crate) fn widen_zero(&mut self, threshold: f64) {
        let last = index_of(threshold, self.scale);
        self.fold(last);
        // A bound that was rounded down must not take back what is in the zero bucket.
        self.zero_threshold = upper_bound(last, self.scale).max(threshold);
    }

    /// Takes all buckets up to the index `last` into the zero bucket.
    fn fold(&mut self, last: i64) {
        for buckets in [&mut self.positive, &mut self.negative] {
            self.zero_count = self.zero_count.wrapping_add(buckets.take_up_to(last));
        }
    }
}

/// The index of the bucket that holds `value`, which is above zero. Beyond 64 bits, which no bucket is, it is the last index
/// of that side.
#[expect(clippy::cast_precision_loss, reason = "exponents are far below 2^53")]
fn index_of(value: f64, scale: i32) -> i64 {
    let (exponent, is_power) = exponent(value);
    if scale <= 0 {
        // At scale 0: `(2^i, 2^(i + 1)]`.
        let coarse = if is_power { exponent - 1 } else { exponent };
        return coarse >> scale.unsigned_abs().min(63);
    }
    let logarithm = if is_power { exponent as f64 } else { libm::log2(value) };
    let index = (libm::ceil(logarithm * libm::exp2(scale.into())) as i64).saturating_sub(1);
    // The logarithm is rounded: where `value` is a bound it may seem to be the next bucket's, and each addition would take
    // another bucket in.
    let below = index.saturating_sub(1);
    if upper_bound(below, scale) >= value { below } else { index }
}

/// The largest value of a bucket; of one that goes beyond all doubles the largest double.
#[expect(clippy::cast_precision_loss, reason = "bounds are doubles")]
fn upper_bound(index: i64, scale: i32) -> f64 {
    if index == -1 {
        // `base^0`, however large the base is.
        return 1.0;
    }
    libm::exp2((index as f64 + 1.0) * libm::exp2(-f64::from(scale))).min(f64::MAX)
}

/// `e` of the largest `2^e` that is not above `value`, and whether `value` is that.
fn exponent(value: f64) -> (i64, bool) {
    const FRACTION_BITS: u32 = 52;
    const FRACTION: u64 = (1 << FRACTION_BITS) - 1;
    const BIAS: i64 = 1_023;
    let bits = value.to_bits();
    let fraction = bits & FRACTION;
    let exponent = (bits >> FRACTION_BITS & 0x7ff).cast_signed();
    if exponent == 0 {
        // Subnormal: the highest bit of the fraction says how small it is.
        let highest = i64::from(63 - fraction.max(1).leading_zeros());
        return (highest - (BIAS + i64::from(FRACTION_BITS) - 1), fraction.is_power_of_two());
    }
    (exponent - BIAS, fraction == 0)
}
