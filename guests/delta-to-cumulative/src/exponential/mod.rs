//! Exponential histograms: what two of them add up to.
//!
//! A bucket of index `i` at scale `s` holds what lies in `(base^i, base^(i + 1)]`, where `base = 2^(2^-s)` (OpenTelemetry
//! metrics data model, "ExponentialHistogram"). All that a sender writes is taken for possible: any index and any scale. What
//! is done is bounded by the buckets that were sent, never by how far apart they are.

mod buckets;
mod zero;

pub use buckets::{Buckets, MOST_BUCKETS};

/// The scale of two buckets of a sign, `(2^-2048, 1]` and `(1, 2^2048]`, one of which every double is in. A smaller one would
/// say no more.
pub const COARSEST: i32 = -11;

/// All steps that there are: see [`Buckets::downscale`].
const ALL_STEPS: u32 = u32::MAX;

/// Buckets of both signs, and what lies around zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Exponential {
    /// The resolution: buckets are `2^scale` to each power of two.
    pub scale: i32,
    /// How much lies within `[-zero_threshold, zero_threshold]`.
    pub zero_count: u64,
    /// See [`Self::zero_count`]; never negative.
    pub zero_threshold: f64,
    /// What is above zero.
    pub positive: Buckets,
    /// What is below, by absolute value.
    pub negative: Buckets,
}

impl Exponential {
    /// Adds `other`. The scale is the smaller of both, and smaller yet where [`MOST_BUCKETS`] of a sign would not do or an
    /// index would be beyond 32 bits, but never below [`COARSEST`], where everything fits: what is beyond all doubles is there
    /// in the bucket of the largest, or of the smallest. Around zero both are brought to one threshold. Counts wrap.
    pub fn add(&mut self, other: &Self) {
        self.add_within(other, MOST_BUCKETS);
    }

    /// The same for another limit than [`MOST_BUCKETS`].
    pub fn add_within(&mut self, other: &Self, limit: u64) {
        let mut other = other.clone();
        for side in [&mut *self, &mut other] {
            side.positive.trim();
            side.negative.trim();
        }
        let scale = self.scale.min(other.scale);
        self.downscale_to(scale);
        other.downscale_to(scale);
        let steps = [(&self.positive, &other.positive), (&self.negative, &other.negative)];
        let steps = steps.into_iter().map(|(one, other)| one.steps_to_fit(other, limit)).max().unwrap_or(0);
        self.downscale_to(scale.saturating_sub_unsigned(steps));
        other.downscale_to(scale.saturating_sub_unsigned(steps));
        zero::level(self, &mut other);
        self.zero_count = self.zero_count.wrapping_add(other.zero_count);
        self.positive.add(&other.positive);
        self.negative.add(&other.negative);
    }

    /// Removes what is empty at the ends, and halves the resolution until each sign has [`MOST_BUCKETS`] at most, all of
    /// indexes within 32 bits.
    pub(crate) fn limit(&mut self) {
        let none = Buckets::default();
        let mut steps = 0;
        for side in [&mut self.positive, &mut self.negative] {
            side.trim();
            steps = steps.max(side.steps_to_fit(&none, MOST_BUCKETS));
        }
        self.downscale_to(self.scale.saturating_sub_unsigned(steps));
    }

    /// To `scale`, which is not above its own, or to [`COARSEST`] if that is higher.
    fn downscale_to(&mut self, scale: i32) {
        let steps = if scale > COARSEST { self.scale.abs_diff(scale) } else { ALL_STEPS };
        self.positive.downscale(steps);
        self.negative.downscale(steps);
        self.scale = scale.max(COARSEST);
    }
}
