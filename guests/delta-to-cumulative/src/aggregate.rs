//! What a histogram of either kind says beside its buckets.

use crate::reason::Reason;

/// Count, sum and extremes; absent is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Aggregate {
    /// Values.
    pub count: u64,
    /// Their sum.
    pub sum: Option<f64>,
    /// The smallest.
    pub min: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
}

// Bits of the column `presence`.
const SUM: u8 = 1;
const MIN: u8 = 1 << 1;
const MAX: u8 = 1 << 2;

impl Aggregate {
    /// From columns: sum, minimum and maximum, and which of them are there.
    pub(crate) fn from_parts(count: u64, [sum, min, max]: [f64; 3], presence: u8) -> Self {
        let present = |bit, value| (presence & bit != 0).then_some(value);
        Self { count, sum: present(SUM, sum), min: present(MIN, min), max: present(MAX, max) }
    }

    /// Sum, minimum and maximum, 0 where absent, and which of them are there.
    pub(crate) fn parts(&self) -> ([f64; 3], u8) {
        let values = [(self.sum, SUM), (self.min, MIN), (self.max, MAX)];
        let presence = values.iter().filter(|(value, _)| value.is_some()).fold(0, |bits, (_, bit)| bits | bit);
        (values.map(|(value, _)| value.unwrap_or(0.0)), presence)
    }

    /// What is no number would stay in the total for ever.
    pub(crate) fn check(&self) -> Result<(), Reason> {
        let finite = [self.sum, self.min, self.max].into_iter().flatten().all(f64::is_finite);
        if finite { Ok(()) } else { Err(Reason::NotFinite) }
    }

    /// Whether count and sum of both together can be told: in 64 bits, and by a double.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        self.count.checked_add(other.count).is_some()
            && both(self.sum, other.sum, |one, other| one + other).is_none_or(f64::is_finite)
    }

    /// Adds `other`. What one side does not say, the sum cannot say either. The count wraps.
    pub fn add(&mut self, other: &Self) {
        self.count = self.count.wrapping_add(other.count);
        self.sum = both(self.sum, other.sum, |one, other| one + other);
        self.min = both(self.min, other.min, smaller);
        self.max = both(self.max, other.max, |one, other| -smaller(-one, -other));
    }
}

/// Go's `math.Min`, which the Collector uses. All builds are to agree, and of two zeroes `f64::min` may return either.
fn smaller(one: f64, other: f64) -> f64 {
    if one == f64::NEG_INFINITY || other == f64::NEG_INFINITY {
        return f64::NEG_INFINITY;
    }
    if one.is_nan() || other.is_nan() {
        return f64::NAN;
    }
    if other.total_cmp(&one).is_lt() { other } else { one }
}

fn both(one: Option<f64>, other: Option<f64>, join: fn(f64, f64) -> f64) -> Option<f64> {
    Some(join(one?, other?))
}

/// What all buckets together hold; none where that is beyond 64 bits.
pub(crate) fn checked_sum<'a>(counts: impl IntoIterator<Item = &'a u64>) -> Option<u64> {
    counts.into_iter().try_fold(0_u64, |sum, &count| sum.checked_add(count))
}
