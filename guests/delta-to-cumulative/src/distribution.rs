//! The state of a stream of histograms of either kind, and the rules for what is added to it.

use crate::aggregate::{Aggregate, checked_sum};
use crate::cell::{FLAGS_SHIFT, NO_RECORDED_VALUE};
use crate::cell_codec::{MOST_WORDS, Words, put_list};
use crate::explicit::{Added, Explicit};
use crate::exponential::Exponential;
use crate::host_calls::{Counter, count};
use crate::reason::Reason;
use crate::run::{Life, Phase};
use crate::settings::Ordering;
use crate::strict;

/// A histogram and its stream's life; as a point, `life` holds start and time only.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Distribution<B> {
    pub(crate) life: Life,
    /// As a state: flags of the first point; only `strict` repeats them.
    pub(crate) flags: u32,
    pub(crate) aggregate: Aggregate,
    pub(crate) buckets: B,
}

/// Buckets of one kind.
pub(crate) trait Buckets: Clone + Default {
    /// Brings what a sender wrote to a form that can be added.
    fn check(&mut self) -> Result<(), Reason>;
    /// What all buckets together hold; none where that is beyond 64 bits.
    fn total(&self) -> Option<u64>;
    /// Adds by the rules of `merge`. The totals of both together must be within 64 bits.
    fn merge(&mut self, other: &Self) -> Added;
    /// Adds as the Collector does.
    fn add_strictly(&mut self, other: &Self) -> Added;
    fn load(words: &mut Words<'_>) -> Self;
    fn store(&self, out: &mut Vec<u64>);
    /// How many words [`Self::store`] writes.
    fn words(&self) -> usize;
}

/// Words in front of the buckets: phase, presence and flags in one; start, time, count, sum, minimum, maximum.
const HEAD_WORDS: usize = 7;

/// In the first word of a cell, above the phase: which of sum, minimum and maximum are there.
const PRESENCE_SHIFT: u32 = 8;

impl<B: Buckets> Distribution<B> {
    /// From a cell; an empty one is a fresh stream's.
    pub(crate) fn load(cell: &[u64]) -> Self {
        let mut words = Words(cell);
        let head = words.next();
        let life = Life { phase: Phase::from_word(head), start: words.next(), time: words.next() };
        let count = words.next();
        let extremes = [words.double(), words.double(), words.double()];
        let aggregate = Aggregate::from_parts(count, extremes, (head >> PRESENCE_SHIFT) as u8);
        Self { life, flags: (head >> FLAGS_SHIFT) as u32, aggregate, buckets: B::load(&mut words) }
    }

    pub(crate) fn store(&self, out: &mut Vec<u64>) {
        let ([sum, min, max], presence) = self.aggregate.parts();
        let Life { phase, start, time } = self.life;
        let head = phase.bits() | u64::from(presence) << PRESENCE_SHIFT | u64::from(self.flags) << FLAGS_SHIFT;
        out.extend([head, start, time, self.aggregate.count, sum.to_bits(), min.to_bits(), max.to_bits()]);
        self.buckets.store(out);
    }

    /// Adds `point`; returns what is to be sent on. `now` is the host's time.
    pub(crate) fn add(&mut self, point: Self, ordering: Ordering, now: u64) -> Result<Self, Reason> {
        match ordering {
            Ordering::Merge => self.merge(point, now),
            Ordering::Strict => self.add_strictly(point),
        }
    }

    /// As for numbers: whatever arrives is added, and a start never moves while a run lasts.
    fn merge(&mut self, mut point: Self, now: u64) -> Result<Self, Reason> {
        let Life { start, time, .. } = point.life;
        if point.flags & NO_RECORDED_VALUE != 0 {
            let (start, time) = self.life.end(start, time, now);
            *self = Self { life: self.life, ..Self::default() };
            return Ok(Self { life: Life { start, time, ..self.life }, flags: point.flags, ..Self::default() });
        }
        point.aggregate.check()?;
        point.buckets.check()?;
        check_size(&point.buckets)?;
        if self.life.phase == Phase::Running && !self.can_take(&point) {
            // A total that cannot be told would stay so for ever. A new run begins with this point, and nothing is hidden.
            count(Counter::OverflowReset);
            self.life.phase = Phase::Ended;
        }
        if self.life.phase == Phase::Running {
            match self.buckets.merge(&point.buckets) {
                Added::Whole => self.aggregate.add(&point.aggregate),
                Added::Folded => {
                    count(Counter::BoundsFolded);
                    self.aggregate.add(&point.aggregate);
                }
                Added::Reset => {
                    count(Counter::BoundsReset);
                    self.life.phase = Phase::Ended;
                    self.aggregate = point.aggregate;
                }
            }
        } else {
            self.aggregate = point.aggregate;
            self.buckets = point.buckets;
        }
        let time = self.life.advance(start, time, now);
        Ok(Self { life: Life { time, ..self.life }, flags: point.flags, ..self.clone() })
    }

    /// Whether every number of the sum can be told. Where all buckets together can be, each can, however they are folded.
    fn can_take(&self, point: &Self) -> bool {
        let together = self.buckets.total().zip(point.buckets.total()).and_then(|(own, new)| own.checked_add(new));
        together.is_some() && self.aggregate.fits(&point.aggregate)
    }

    fn add_strictly(&mut self, point: Self) -> Result<Self, Reason> {
        let Life { start, time, .. } = point.life;
        let first = strict::is_first(self.life);
        if !first {
            strict::check_order(self.life, start, time)?;
        }
        let mut sum = self.buckets.clone();
        if first || sum.add_strictly(&point.buckets) == Added::Reset {
            check_size(&point.buckets)?;
            *self = point;
            self.life.phase = Phase::Running;
        } else {
            // Slots that the Collector keeps may be more than a cell holds.
            check_size(&sum)?;
            self.buckets = sum;
            self.aggregate.add(&point.aggregate);
            self.life.time = time;
        }
        // The output is a copy of the state: start and flags are those of the first point.
        Ok(self.clone())
    }
}

fn check_size(buckets: &impl Buckets) -> Result<(), Reason> {
    if HEAD_WORDS + buckets.words() > MOST_WORDS { Err(Reason::TooManyBuckets) } else { Ok(()) }
}

impl Buckets for Explicit {
    fn check(&mut self) -> Result<(), Reason> {
        let rising =
            self.bounds.is_sorted_by(|low, high| low < high) && !self.bounds.iter().any(|bound| bound.is_nan());
        let fits = self.counts.len() <= self.bounds.len() + 1;
        if rising && fits && self.total().is_some() { Ok(()) } else { Err(Reason::InvalidBuckets) }
    }

    fn total(&self) -> Option<u64> {
        checked_sum(&self.counts)
    }

    fn merge(&mut self, other: &Self) -> Added {
        self.add(other)
    }

    fn add_strictly(&mut self, other: &Self) -> Added {
        strict::add_explicit(self, other)
    }

    fn load(words: &mut Words<'_>) -> Self {
        let bounds = words.list().iter().map(|&bits| f64::from_bits(bits)).collect();
        Self { bounds, counts: words.list().to_vec() }
    }

    fn store(&self, out: &mut Vec<u64>) {
        put_list(self.bounds.iter().map(|bound| bound.to_bits()), out);
        put_list(self.counts.iter().copied(), out);
    }

    fn words(&self) -> usize {
        2 + self.bounds.len() + self.counts.len()
    }
}

impl Buckets for Exponential {
    fn check(&mut self) -> Result<(), Reason> {
        if self.total().is_none() {
            return Err(Reason::InvalidBuckets);
        }
        self.check_zero();
        self.limit();
        Ok(())
    }

    fn total(&self) -> Option<u64> {
        checked_sum([&self.zero_count].into_iter().chain(&self.positive.counts).chain(&self.negative.counts))
    }

    fn merge(&mut self, other: &Self) -> Added {
        self.add(other);
        Added::Whole
    }

    fn add_strictly(&mut self, other: &Self) -> Added {
        strict::add_exponential(self, other);
        Added::Whole
    }

    fn load(words: &mut Words<'_>) -> Self {
        let scale = words.next() as u32;
        let (zero_count, zero_threshold) = (words.next(), words.double());
        let mut side = || {
            let start = i64::from((words.next() as u32).cast_signed());
            crate::exponential::Buckets { start, counts: words.list().to_vec() }
        };
        let (positive, negative) = (side(), side());
        Self { scale: scale.cast_signed(), zero_count, zero_threshold, positive, negative }
    }

    fn store(&self, out: &mut Vec<u64>) {
        out.extend([u64::from(self.scale.cast_unsigned()), self.zero_count, self.zero_threshold.to_bits()]);
        for side in [&self.positive, &self.negative] {
            out.push(side.offset().cast_unsigned().into());
            put_list(side.counts.iter().copied(), out);
        }
    }

    fn words(&self) -> usize {
        7 + self.positive.counts.len() + self.negative.counts.len()
    }
}
