//! Histograms with explicit bounds: `HistogramDataPoint`.

use super::{Aggregate, Run, TooMany};
use crate::digest;
use crate::wire::Fields;
use model::BUCKETS;

/// A histogram with explicit bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Explicit<'a> {
    /// Count, sum and extremes.
    pub aggregate: Aggregate,
    /// Upper bounds as sent: rising, unless the sender broke the rule.
    pub bounds: &'a [f64],
    /// Counts, one more than bounds, unless the sender broke the rule.
    pub buckets: &'a [u64],
}

/// Those of a batch, by number.
#[derive(Debug, Default)]
pub struct Explicits {
    heads: Vec<Head>,
    bounds: Vec<f64>,
    buckets: Vec<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    aggregate: Aggregate,
    bounds: Run,
    buckets: Run,
}

impl Explicits {
    /// Appends the histogram of the data point in `message`; returns its number.
    ///
    /// # Errors
    /// [`TooMany`] buckets; nothing is appended.
    pub fn read(&mut self, message: &[u8]) -> Result<usize, TooMany> {
        let mut aggregate = Aggregate::default();
        let (bounds, buckets) = (self.bounds.len(), self.buckets.len());
        let mut fields = Fields::of(message);
        while let Ok(Some(field)) = fields.next() {
            let double = || field.fixed64().ok().map(f64::from_bits);
            match field.number {
                4 => aggregate.count = field.fixed64().unwrap_or(0),
                5 => aggregate.sum = double(),
                11 => aggregate.min = double(),
                12 => aggregate.max = double(),
                6 => self.buckets.extend(field.fixed64s().into_iter().flatten()),
                7 => self.bounds.extend(field.fixed64s().into_iter().flatten().map(f64::from_bits)),
                _ => {}
            }
        }
        let head =
            Head { aggregate, bounds: Run::since(bounds, &self.bounds), buckets: Run::since(buckets, &self.buckets) };
        if self.buckets.len() - buckets > BUCKETS || self.bounds.len() - bounds > BUCKETS {
            self.bounds.truncate(bounds);
            self.buckets.truncate(buckets);
            return Err(TooMany);
        }
        self.heads.push(head);
        Ok(self.heads.len() - 1)
    }

    /// Replaces number `index`.
    pub fn set(&mut self, index: usize, histogram: Explicit<'_>) {
        let Explicit { aggregate, bounds, buckets } = histogram;
        let bounds = Run::append(bounds, &mut self.bounds);
        let buckets = Run::append(buckets, &mut self.buckets);
        self.heads[index] = Head { aggregate, bounds, buckets };
    }

    /// Number `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Explicit<'_> {
        let Head { aggregate, bounds, buckets } = self.heads[index];
        Explicit { aggregate, bounds: bounds.of(&self.bounds), buckets: buckets.of(&self.buckets) }
    }

    /// Removes the last, which has just been read.
    pub fn pop(&mut self) {
        if let Some(head) = self.heads.pop() {
            self.bounds.truncate(head.bounds.start as usize);
            self.buckets.truncate(head.buckets.start as usize);
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
        self.bounds.len() + self.buckets.len()
    }

    /// Removes all and keeps the memory.
    pub fn clear(&mut self) {
        self.heads.clear();
        self.bounds.clear();
        self.buckets.clear();
    }
}

impl Explicit<'_> {
    /// All fields in one word, by which re-sends are recognised.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let bounds = self.bounds.iter().map(|bound| bound.to_bits());
        let lengths = [self.bounds.len() as u64, self.buckets.len() as u64];
        digest::digest(self.aggregate.words().chain(lengths).chain(bounds).chain(self.buckets.iter().copied()))
    }
}
