//! Summaries: `SummaryDataPoint`.

use super::{Run, TooMany};
use crate::digest;
use crate::wire::Fields;
use model::BUCKETS;

/// A summary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary<'a> {
    /// Values.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// Quantiles, as sent.
    pub quantiles: &'a [Quantile],
}

/// A value that the share `quantile` (0 to 1) of all values does not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quantile {
    /// The share.
    pub quantile: f64,
    /// The value.
    pub value: f64,
}

/// Those of a batch, by number.
#[derive(Debug, Default)]
pub struct Summaries {
    heads: Vec<Head>,
    quantiles: Vec<Quantile>,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    count: u64,
    sum: f64,
    quantiles: Run,
}

impl Summaries {
    /// Appends the summary of the data point in `message`; returns its number.
    ///
    /// # Errors
    /// [`TooMany`] quantiles; nothing is appended.
    pub fn read(&mut self, message: &[u8]) -> Result<usize, TooMany> {
        let (mut count, mut sum) = (0, 0.0);
        let before = self.quantiles.len();
        let mut fields = Fields::of(message);
        while let Ok(Some(field)) = fields.next() {
            match field.number {
                4 => count = field.fixed64().unwrap_or(0),
                5 => sum = f64::from_bits(field.fixed64().unwrap_or(0)),
                6 => self.quantiles.push(Quantile::read(field.bytes().unwrap_or_default())),
                _ => {}
            }
        }
        if self.quantiles.len() - before > BUCKETS {
            self.quantiles.truncate(before);
            return Err(TooMany);
        }
        self.heads.push(Head { count, sum, quantiles: Run::since(before, &self.quantiles) });
        Ok(self.heads.len() - 1)
    }

    /// Number `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Summary<'_> {
        let Head { count, sum, quantiles } = self.heads[index];
        Summary { count, sum, quantiles: quantiles.of(&self.quantiles) }
    }

    /// Removes the last, which has just been read.
    pub fn pop(&mut self) {
        if let Some(head) = self.heads.pop() {
            self.quantiles.truncate(head.quantiles.start as usize);
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
        2 * self.quantiles.len()
    }

    /// Removes all and keeps the memory.
    pub fn clear(&mut self) {
        self.heads.clear();
        self.quantiles.clear();
    }
}

impl Quantile {
    fn read(message: &[u8]) -> Self {
        let mut quantile = Self::default();
        let mut fields = Fields::of(message);
        while let Ok(Some(field)) = fields.next() {
            let value = f64::from_bits(field.fixed64().unwrap_or(0));
            match field.number {
                1 => quantile.quantile = value,
                2 => quantile.value = value,
                _ => {}
            }
        }
        quantile
    }
}

impl Summary<'_> {
    /// All fields in one word, by which re-sends are recognised.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let own = [self.count, self.sum.to_bits(), self.quantiles.len() as u64];
        let quantiles = self.quantiles.iter().flat_map(|entry| [entry.quantile.to_bits(), entry.value.to_bits()]);
        digest::digest(own.into_iter().chain(quantiles))
    }
}
