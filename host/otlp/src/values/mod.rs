//! What points carry that is more than one number: histograms, summaries and exemplars, as columns.
//!
//! They are read from the point's bytes once the point is known to go into a batch. The scan has checked these bytes, so
//! that a fault here ends the reading and nothing else. A point is one entry, by number; its lists stand in one column for
//! all, from which an entry that is replaced takes a new range.

mod exemplars;
mod explicit;
mod exponential;
mod summaries;

pub use exemplars::{EXEMPLARS, Exemplar, Exemplars};
pub use explicit::{Explicit, Explicits};
pub use exponential::{Buckets, Exponential, Exponentials};
pub use summaries::{Quantile, Summaries, Summary};

use model::Kind;

/// A point with more than [`BUCKETS`](crate::points::BUCKETS).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

/// What a point is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PointValue<'a> {
    /// Of a sum or a gauge.
    Number(f64),
    /// Of a histogram with explicit bounds.
    Explicit(Explicit<'a>),
    /// Of an exponential histogram.
    Exponential(Exponential<'a>),
    /// Of a summary.
    Summary(Summary<'a>),
}

/// Values of the points of a batch that are no numbers.
#[derive(Debug, Default)]
pub struct Values {
    /// Histograms with explicit bounds.
    pub explicit: Explicits,
    /// Exponential histograms.
    pub exponential: Exponentials,
    /// Summaries.
    pub summaries: Summaries,
}

impl Values {
    /// Whether there is none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.explicit.is_empty() && self.exponential.is_empty() && self.summaries.is_empty()
    }

    /// Reads the value of a point of that kind, which is no number, from its bytes; returns its number among its kind, and
    /// a digest of all its fields.
    ///
    /// # Errors
    /// [`TooMany`] buckets or quantiles; nothing has changed.
    pub fn read(&mut self, kind: Kind, message: &[u8]) -> Result<(usize, u64), TooMany> {
        match kind {
            Kind::Gauge | Kind::Sum => Ok((0, 0)),
            Kind::Histogram => {
                let index = self.explicit.read(message)?;
                Ok((index, self.explicit.get(index).digest()))
            }
            Kind::ExponentialHistogram => {
                let index = self.exponential.read(message)?;
                Ok((index, self.exponential.get(index).digest()))
            }
            Kind::Summary => {
                let index = self.summaries.read(message)?;
                Ok((index, self.summaries.get(index).digest()))
            }
        }
    }

    /// Takes back what [`Self::read`] has just read.
    pub fn take_back(&mut self, kind: Kind) {
        match kind {
            Kind::Gauge | Kind::Sum => {}
            Kind::Histogram => self.explicit.pop(),
            Kind::ExponentialHistogram => self.exponential.pop(),
            Kind::Summary => self.summaries.pop(),
        }
    }

    /// Entries of all lists: what a batch takes beyond its points.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.explicit.entries() + self.exponential.entries() + self.summaries.entries()
    }

    /// Removes all and keeps the memory.
    pub fn clear(&mut self) {
        self.explicit.clear();
        self.exponential.clear();
        self.summaries.clear();
    }
}

/// Count, sum and extremes of a histogram; absent is not zero.
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

// Which of the three are there, as guests are told (WIT, `presence`).
const SUM: u8 = 1;
const MIN: u8 = 1 << 1;
const MAX: u8 = 1 << 2;

impl Aggregate {
    /// From a guest's columns: sum, minimum and maximum, and which of them are there.
    #[must_use]
    pub fn from_parts(count: u64, [sum, min, max]: [f64; 3], presence: u8) -> Self {
        let present = |bit, value| (presence & bit != 0).then_some(value);
        Self { count, sum: present(SUM, sum), min: present(MIN, min), max: present(MAX, max) }
    }

    /// Sum, minimum and maximum, 0 where absent, and which of them are there.
    #[must_use]
    pub fn parts(&self) -> ([f64; 3], u8) {
        let values = [(self.sum, SUM), (self.min, MIN), (self.max, MAX)];
        let presence = values.iter().filter(|(value, _)| value.is_some()).fold(0, |bits, (_, bit)| bits | bit);
        (values.map(|(value, _)| value.unwrap_or(0.0)), presence)
    }

    /// Everything, as words of a digest.
    fn words(&self) -> impl Iterator<Item = u64> {
        let bits = |value: Option<f64>| [u64::from(value.is_some()), value.unwrap_or(0.0).to_bits()];
        [self.count].into_iter().chain([self.sum, self.min, self.max].into_iter().flat_map(bits))
    }
}

/// A range of a column.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    start: u32,
    end: u32,
}

impl Run {
    /// Appends `list` to `column`. A batch is far below 4 billion entries.
    fn append<T: Copy>(list: &[T], column: &mut Vec<T>) -> Self {
        let start = column.len() as u32;
        column.extend_from_slice(list);
        Self { start, end: column.len() as u32 }
    }

    /// What has been appended to `column` since it had `start` entries.
    fn since<T>(start: usize, column: &[T]) -> Self {
        Self { start: start as u32, end: column.len() as u32 }
    }

    fn of<T>(self, column: &[T]) -> &[T] {
        column.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}
