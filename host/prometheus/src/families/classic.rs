//! Histograms and summaries in the form that Prometheus has had from the beginning: marks, a count and a sum, each a series
//! of its own.
//!
//! An exponential histogram gets marks at powers of two, or of four, sixteen and so on where that would be too many:
//! bounds of its own buckets at any resolution, so that its counts stay exact and its series stay the same while the
//! resolution changes. (A bucket below zero ends just before its mark.)

use model::Kind;
use otlp::values::PointValue;
use otlp::values::{Explicit, Exponential, Summary};

/// Marks that an exponential histogram may have, of each sign.
const MARKS: i64 = 160;

/// The form of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FamilyKind {
    /// Marks are upper bounds, and what they carry is how many values are not above them.
    Histogram,
    /// Marks are quantiles, and what they carry is their value.
    Summary,
}

impl FamilyKind {
    /// The form of a stream of that kind; none for numbers.
    #[must_use]
    pub fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Gauge | Kind::Sum => None,
            Kind::Histogram | Kind::ExponentialHistogram => Some(Self::Histogram),
            Kind::Summary => Some(Self::Summary),
        }
    }
}

/// One value; to be filled again and again.
#[derive(Debug, Clone)]
pub struct Classic {
    /// What it is.
    pub form: FamilyKind,
    /// How many values.
    pub count: f64,
    /// Their sum.
    pub sum: Option<f64>,
    /// Marks, rising where the sender kept the rules, and what each carries. The bucket without a bound is left out.
    pub marks: Vec<(f64, f64)>,
}

impl Default for Classic {
    fn default() -> Self {
        Self { form: FamilyKind::Histogram, count: 0.0, sum: None, marks: Vec::new() }
    }
}

impl Classic {
    /// Takes on a point's value. A number has nothing to tell.
    #[expect(clippy::cast_precision_loss, reason = "back-ends know doubles only")]
    pub fn read(&mut self, worth: PointValue<'_>) {
        self.marks.clear();
        match worth {
            PointValue::Number(_) => *self = Self { marks: std::mem::take(&mut self.marks), ..Self::default() },
            PointValue::Explicit(Explicit { aggregate, bounds, buckets }) => {
                (self.form, self.count, self.sum) = (FamilyKind::Histogram, aggregate.count as f64, aggregate.sum);
                let mut seen = 0_u64;
                let mut buckets = buckets.iter();
                for &bound in bounds {
                    seen = seen.saturating_add(buckets.next().copied().unwrap_or(0));
                    self.mark(bound, seen as f64);
                }
            }
            PointValue::Exponential(histogram) => {
                let aggregate = histogram.aggregate;
                (self.form, self.count, self.sum) = (FamilyKind::Histogram, aggregate.count as f64, aggregate.sum);
                self.read_exponential(&histogram);
            }
            PointValue::Summary(Summary { count, sum, quantiles }) => {
                (self.form, self.count, self.sum) = (FamilyKind::Summary, count as f64, Some(sum));
                for entry in quantiles {
                    self.mark(entry.quantile, entry.value);
                }
            }
        }
    }

    /// Gets all of `marks` that it lacks, so long as there are no more than `most`; each holds what is at the next mark below.
    pub fn make_room_for(&mut self, marks: &[(f64, f64)], most: usize) {
        let is_known = |(mark, _): &(f64, f64)| self.marks.binary_search_by(|(own, _)| own.total_cmp(mark)).is_ok();
        if marks.iter().all(is_known) {
            return;
        }
        for &(mark, _) in marks {
            if let Err(place) = self.marks.binary_search_by(|(own, _)| own.total_cmp(&mark))
                && self.marks.len() < most
            {
                let below = place.checked_sub(1).map_or(0.0, |below| self.marks[below].1);
                self.marks.insert(place, (mark, below));
            }
        }
    }

    /// Adds at each mark what somebody has gained between `before` and `now`, whose marks may differ: at a mark that is not
    /// theirs they have what is at the next of theirs below. Nobody loses anything.
    pub fn gain(&mut self, before: &[(f64, f64)], now: &[(f64, f64)]) {
        if now.is_empty() {
            return;
        }
        let (mut before, mut now) = (Below::of(before), Below::of(now));
        for (mark, held) in &mut self.marks {
            *held += (now.at(*mark) - before.at(*mark)).max(0.0);
        }
    }

    /// Adds a mark. One that is not above the last would be a series twice; the one at infinity is the count.
    fn mark(&mut self, mark: f64, value: f64) {
        let rises = self.marks.last().is_none_or(|(last, _)| mark > *last);
        if rises && mark.is_finite() {
            self.marks.push((mark, value));
        }
    }

    /// A bucket so near to zero that no double is between has the mark of the zero bucket, which comes next.
    fn mark_below_zero(&mut self, distance: f64, value: f64) {
        if distance > 0.0 {
            self.mark(-distance, value);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "back-ends know doubles only")]
    fn read_exponential(&mut self, histogram: &Exponential<'_>) {
        let sides =
            [histogram.negative, histogram.positive].map(|buckets| Side::of(i64::from(buckets.start), buckets.counts));
        // How many octaves a bucket spans, as a power of two, and how much coarser that is than the histogram.
        let own = i64::from(histogram.scale);
        let mut octaves = (-own).max(0);
        while sides.iter().any(|side| side.marks(own + octaves) > MARKS) {
            octaves += 1;
        }
        let shift = own + octaves;
        let [negative, positive] = &sides;
        let mut seen = 0_u64;
        // The largest distance from zero comes first.
        let mut group = None;
        for (at, count) in negative.groups(shift).rev() {
            if let Some(last) = group.replace(at).filter(|last| *last != at) {
                self.mark_below_zero(power(last, octaves), seen as f64);
            }
            seen = seen.saturating_add(count);
        }
        if let Some(last) = group.take() {
            self.mark_below_zero(power(last, octaves), seen as f64);
        }
        seen = seen.saturating_add(histogram.zero_count);
        // Neither NaN nor a zero with a sign.
        let threshold = if histogram.zero_threshold > 0.0 { histogram.zero_threshold } else { 0.0 };
        self.mark(threshold, seen as f64);
        for (at, count) in positive.groups(shift) {
            if let Some(last) = group.replace(at).filter(|last| *last != at) {
                self.mark(power(last + 1, octaves), seen as f64);
            }
            seen = seen.saturating_add(count);
        }
        if let Some(last) = group {
            self.mark(power(last + 1, octaves), seen as f64);
        }
    }
}

/// What is at the next mark below, for marks that rise.
struct Below<'a> {
    marks: std::slice::Iter<'a, (f64, f64)>,
    next: Option<&'a (f64, f64)>,
    held: f64,
}

impl<'a> Below<'a> {
    fn of(marks: &'a [(f64, f64)]) -> Self {
        let mut marks = marks.iter();
        let next = marks.next();
        Self { marks, next, held: 0.0 }
    }

    fn at(&mut self, mark: f64) -> f64 {
        while let Some((_, held)) = self.next.filter(|(own, _)| *own <= mark) {
            self.held = *held;
            self.next = self.marks.next();
        }
        self.held
    }
}

/// The number at which the bucket of index `index` begins, where a bucket spans `2^octaves` octaves.
fn power(index: i64, octaves: i64) -> f64 {
    let exponent = i128::from(index) << octaves.clamp(0, 62);
    // Beyond these a double is infinite, or zero.
    f64::exp2(exponent.clamp(-2_000, 2_000) as f64)
}

/// Buckets of one sign, without the empty ones at its ends.
struct Side<'a> {
    start: i64,
    counts: &'a [u64],
}

impl<'a> Side<'a> {
    fn of(start: i64, counts: &'a [u64]) -> Self {
        let first = counts.iter().position(|&count| count > 0).unwrap_or(counts.len());
        let end = counts.iter().rposition(|&count| count > 0).map_or(first, |last| last + 1);
        Self { start: start + first as i64, counts: &counts[first..end] }
    }

    /// Each count with the index of its bucket where `2^shift` are one.
    fn groups(&self, shift: i64) -> impl DoubleEndedIterator<Item = (i64, u64)> {
        let (start, shift) = (self.start, shift.clamp(0, 63));
        self.counts.iter().enumerate().map(move |(place, &count)| ((start + place as i64) >> shift, count))
    }

    /// How many buckets there are then.
    fn marks(&self, shift: i64) -> i64 {
        let mut groups = self.groups(shift).map(|(at, _)| at);
        let first = groups.next();
        first.map_or(0, |first| groups.next_back().unwrap_or(first) - first + 1)
    }
}
