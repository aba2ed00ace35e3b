//! Histograms with explicit bounds: what two of them add up to.

/// Counts of buckets: `counts[i]` is what lies in `(bounds[i - 1], bounds[i]]`, and there is one more than bounds.
///
/// A sender may break that rule; what is missing counts as zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explicit {
    /// Upper bounds, rising.
    pub bounds: Vec<f64>,
    /// See [`Self`].
    pub counts: Vec<u64>,
}

/// What came of an addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// Everything is in the sum.
    Whole,
    /// The bounds differ: the sum has those that both share.
    Folded,
    /// No bound is shared. The sum cannot be told; there is only what came last.
    Reset,
}

impl Explicit {
    /// Adds `other`. Counts wrap: who may not lose one has looked first whether all together are within 64 bits.
    pub fn add(&mut self, other: &Self) -> Added {
        if self.bounds == other.bounds {
            self.add_counts(&other.counts);
            return Added::Whole;
        }
        let shared = shared(&self.bounds, &other.bounds);
        // To have no bounds is to know less, not something else.
        let coarse = self.bounds.is_empty() || other.bounds.is_empty();
        if shared.is_empty() && !coarse {
            self.clone_from(other);
            return Added::Reset;
        }
        self.fold(&shared);
        let mut other = other.clone();
        other.fold(&shared);
        self.add_counts(&other.counts);
        Added::Folded
    }

    fn add_counts(&mut self, counts: &[u64]) {
        if self.counts.len() < counts.len() {
            self.counts.resize(counts.len(), 0);
        }
        for (count, added) in self.counts.iter_mut().zip(counts) {
            *count = count.wrapping_add(*added);
        }
    }

    /// Leaves only the bounds in `kept`, which are some of its own: buckets between two of them become one.
    fn fold(&mut self, kept: &[f64]) {
        let mut folded = Vec::with_capacity(kept.len() + 1);
        let mut bucket = 0_u64;
        let mut next = kept.iter().peekable();
        for (place, &count) in self.counts.iter().enumerate() {
            bucket = bucket.wrapping_add(count);
            let bound = self.bounds.get(place);
            if bound.is_some() && next.peek() == bound.as_ref() {
                next.next();
                folded.push(std::mem::take(&mut bucket));
            }
        }
        // Behind the last bound, or where counts have ended early.
        folded.push(bucket);
        self.counts = folded;
        self.bounds = kept.to_vec();
    }
}

/// The bounds that are in both. Both rise.
fn shared(one: &[f64], other: &[f64]) -> Vec<f64> {
    let mut shared = Vec::new();
    let mut rest = other.iter().peekable();
    for &bound in one {
        while rest.next_if(|&&other| other < bound).is_some() {}
        if rest.next_if(|&&other| other == bound).is_some() {
            shared.push(bound);
        }
    }
    shared
}
