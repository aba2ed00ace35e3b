//! Exponential histograms: `ExponentialHistogramDataPoint`.

use super::{Aggregate, Run, TooMany};
use crate::digest;
use crate::wire::Fields;
use model::BUCKETS;

/// An exponential histogram. The bucket of index `i` holds what lies in `(base^i, base^(i + 1)]`, `base = 2^(2^-scale)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exponential<'a> {
    /// Count, sum and extremes.
    pub aggregate: Aggregate,
    /// Any number: a sender may write what it likes.
    pub scale: i32,
    /// What lies within the threshold.
    pub zero_count: u64,
    /// See [`Self::zero_count`].
    pub zero_threshold: f64,
    /// What is above zero.
    pub positive: Buckets<'a>,
    /// What is below, by absolute value.
    pub negative: Buckets<'a>,
}

/// Counts of buckets at consecutive indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Buckets<'a> {
    /// The index of the first.
    pub start: i32,
    /// Their counts.
    pub counts: &'a [u64],
}

/// Those of a batch, by number.
#[derive(Debug, Default)]
pub struct Exponentials {
    heads: Vec<Head>,
    buckets: Vec<u64>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Head {
    /// Where its lists begin, as it was read.
    first: u32,
    aggregate: Aggregate,
    scale: i32,
    zero_count: u64,
    zero_threshold: f64,
    positive: (i32, Run),
    negative: (i32, Run),
}

impl Exponentials {
    /// Appends the histogram of the data point in `message`; returns its number.
    ///
    /// # Errors
    /// [`TooMany`] buckets; nothing is appended.
    pub fn read(&mut self, message: &[u8]) -> Result<usize, TooMany> {
        let before = self.buckets.len();
        let mut head = Head { first: before as u32, ..Head::default() };
        let mut fields = Fields::of(message);
        while let Ok(Some(field)) = fields.next() {
            let double = || field.fixed64().ok().map(f64::from_bits);
            match field.number {
                4 => head.aggregate.count = field.fixed64().unwrap_or(0),
                5 => head.aggregate.sum = double(),
                12 => head.aggregate.min = double(),
                13 => head.aggregate.max = double(),
                6 => head.scale = zigzag(field.varint().unwrap_or(0)),
                7 => head.zero_count = field.fixed64().unwrap_or(0),
                14 => head.zero_threshold = double().unwrap_or(0.0),
                8 => head.positive = self.read_buckets(field.bytes().unwrap_or_default()),
                9 => head.negative = self.read_buckets(field.bytes().unwrap_or_default()),
                _ => {}
            }
        }
        let longest = [head.positive.1, head.negative.1].map(|run| run.of(&self.buckets).len());
        if longest.iter().any(|&buckets| buckets > BUCKETS) {
            self.buckets.truncate(before);
            return Err(TooMany);
        }
        self.heads.push(head);
        Ok(self.heads.len() - 1)
    }

    fn read_buckets(&mut self, message: &[u8]) -> (i32, Run) {
        let start = self.buckets.len();
        let mut index = 0;
        let mut fields = Fields::of(message);
        while let Ok(Some(field)) = fields.next() {
            match field.number {
                1 => index = zigzag(field.varint().unwrap_or(0)),
                2 => field.varints(|count| self.buckets.push(count)).unwrap_or_default(),
                _ => {}
            }
        }
        (index, Run::since(start, &self.buckets))
    }

    /// Replaces number `index`.
    pub fn set(&mut self, index: usize, histogram: Exponential<'_>) {
        let Exponential { aggregate, scale, zero_count, zero_threshold, positive, negative } = histogram;
        let positive = (positive.start, Run::append(positive.counts, &mut self.buckets));
        let negative = (negative.start, Run::append(negative.counts, &mut self.buckets));
        let first = self.heads[index].first;
        self.heads[index] = Head { first, aggregate, scale, zero_count, zero_threshold, positive, negative };
    }

    /// Number `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Exponential<'_> {
        let Head { aggregate, scale, zero_count, zero_threshold, positive, negative, .. } = self.heads[index];
        let buckets = |(start, run): (i32, Run)| Buckets { start, counts: run.of(&self.buckets) };
        let (positive, negative) = (buckets(positive), buckets(negative));
        Exponential { aggregate, scale, zero_count, zero_threshold, positive, negative }
    }

    /// Removes the last, which has just been read.
    pub fn pop(&mut self) {
        if let Some(head) = self.heads.pop() {
            self.buckets.truncate(head.first as usize);
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Entries of all lists.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.buckets.len()
    }

    /// Removes all and keeps the memory.
    pub fn clear(&mut self) {
        self.heads.clear();
        self.buckets.clear();
    }
}

/// A `sint32` (protobuf encoding guide, "Signed Integers").
fn zigzag(value: u64) -> i32 {
    let value = value as u32;
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

impl Exponential<'_> {
    /// All fields in one word, by which re-sends are recognised.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let signed = |value: i32| u64::from(value.cast_unsigned());
        let Self { scale, zero_count, zero_threshold, positive, negative, .. } = *self;
        let own = [
            signed(scale),
            zero_count,
            zero_threshold.to_bits(),
            signed(positive.start),
            positive.counts.len() as u64,
            signed(negative.start),
            negative.counts.len() as u64,
        ];
        let counts = positive.counts.iter().chain(negative.counts).copied();
        digest::digest(self.aggregate.words().chain(own).chain(counts))
    }
}
