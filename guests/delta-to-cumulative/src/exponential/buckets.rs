//! Buckets of one sign.
//!
//! Counts wrap: who may not lose one has looked first whether all together are within 64 bits.

/// Buckets of a sign that a sum may have: the SDKs' and the Collector's limit.
pub const MOST_BUCKETS: u64 = 160;

/// Counts of buckets at consecutive indexes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Buckets {
    /// The index of the first. OTLP writes it with 32 bits; those of the others may be beyond them.
    pub start: i64,
    /// Their counts.
    pub counts: Vec<u64>,
}

impl Buckets {
    /// Removes empty buckets at both ends, so that an index far away costs nothing if nothing is there.
    pub fn trim(&mut self) {
        let Some(first) = self.counts.iter().position(|&count| count > 0) else {
            *self = Self::default();
            return;
        };
        let end = self.counts.iter().rposition(|&count| count > 0).map_or(0, |last| last + 1);
        self.counts.truncate(end);
        self.counts.drain(..first);
        self.start += first as i64;
    }

    /// Halves the resolution `steps` times: two neighbours, the first of even index, become one.
    pub fn downscale(&mut self, steps: u32) {
        if steps == 0 || self.counts.is_empty() {
            return;
        }
        let start = shifted(self.start, steps);
        let mut slots = 0;
        for place in 0..self.counts.len() {
            let slot = (shifted(self.start + place as i64, steps) - start) as usize;
            // A slot is never ahead of the place that it is filled from.
            let count = std::mem::take(&mut self.counts[place]);
            self.counts[slot] = self.counts[slot].wrapping_add(count);
            slots = slot + 1;
        }
        self.counts.truncate(slots);
        self.start = start;
    }

    /// How often the resolution must be halved until this and `other` together have at most `limit` buckets, which is 2 or
    /// more, and no index is beyond 32 bits. Both are trimmed.
    pub fn steps_to_fit(&self, other: &Self, limit: u64) -> u32 {
        let ranges = [self, other].into_iter().filter_map(Self::range);
        let together = ranges.reduce(|(low, high), (other_low, other_high)| (low.min(other_low), high.max(other_high)));
        let Some((low, high)) = together else { return 0 };
        let mut steps = 0;
        let fits = |low: i64, high: i64| low.abs_diff(high) < limit.max(2) && high <= i64::from(i32::MAX);
        // After 63 steps there are two buckets at most.
        while !fits(shifted(low, steps), shifted(high, steps)) {
            steps += 1;
        }
        steps
    }

    /// The index of the first bucket, as OTLP writes it.
    pub(crate) fn offset(&self) -> i32 {
        // One that was read from OTLP fits, and sums are brought to indexes that do.
        i32::try_from(self.start).unwrap_or(if self.start < 0 { i32::MIN } else { i32::MAX })
    }

    /// The first and the last index.
    fn range(&self) -> Option<(i64, i64)> {
        let length = i64::try_from(self.counts.len()).ok().filter(|&length| length > 0)?;
        Some((self.start, self.start + length - 1))
    }

    /// Adds `other`, index by index. Both are trimmed and fit together.
    pub fn add(&mut self, other: &Self) {
        let Some((other_low, other_high)) = other.range() else { return };
        let Some((low, high)) = self.range() else {
            self.clone_from(other);
            return;
        };
        let before = low.saturating_sub(other_low).max(0) as usize;
        self.counts.splice(0..0, std::iter::repeat_n(0, before));
        self.start = low.min(other_low);
        let length = (high.max(other_high) - self.start + 1) as usize;
        self.counts.resize(length, 0);
        let offset = (other_low - self.start) as usize;
        for (count, added) in self.counts[offset..].iter_mut().zip(&other.counts) {
            *count = count.wrapping_add(*added);
        }
    }

    /// Whether something is in the bucket of that index.
    pub fn has(&self, index: i64) -> bool {
        let place = usize::try_from(index.saturating_sub(self.start)).ok();
        place.and_then(|place| self.counts.get(place)).is_some_and(|&count| count > 0)
    }

    /// Takes all buckets up to `last` out; returns what was in them.
    pub fn take_up_to(&mut self, last: i64) -> u64 {
        let Some((low, high)) = self.range() else { return 0 };
        if last < low {
            return 0;
        }
        let taken = (last.min(high) - low + 1) as usize;
        let sum = self.counts.drain(..taken).fold(0_u64, u64::wrapping_add);
        self.start += taken as i64;
        self.trim();
        sum
    }
}

/// The index that an index becomes when the resolution is halved `steps` times.
fn shifted(index: i64, steps: u32) -> i64 {
    // From 63 steps on only the sign is left: what is above 1, and what is not.
    index >> steps.min(63)
}
