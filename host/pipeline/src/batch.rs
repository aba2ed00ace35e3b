//! Points on their way through a shard, as columns.

use std::collections::HashSet;

use foldhash::quality::RandomState;

use model::columns::Numbers;
use model::{Kind, Number};
use otlp::values::{Exemplars, PointValue, Values};
use streams::dedup::PointFingerprint;

/// How many points a shard processes at once. Below 300 the fixed cost of a call shows; above 2,000 state leaves the cache
/// between being gathered and scattered.
pub const BATCH_POINTS: usize = 2_000;

/// Entries of buckets that a batch takes before it is run: 1 MiB, so that what guests get and give stays small.
const BATCH_ENTRIES: usize = 128 << 10;

/// Points on their way through the stages of a shard. Entry `i` of each column belongs to point `i`.
#[derive(Debug, Default)]
pub struct Batch {
    /// What all points have; `columns.rows` indexes [`Self::rows`]. Where a point is no number its entry in `kinds` is the
    /// code of its [`Kind`], which no kind of number has, and its entry in `values` its number in [`Self::values`].
    pub columns: Numbers,
    /// What points have that are no numbers.
    pub values: Values,
    /// What senders show of single measurements; it stays with its point, whatever the point becomes.
    pub exemplars: Exemplars,
    /// The distinct rows of the table that the points belong to.
    pub rows: Vec<u32>,
    /// The last point of each row so far.
    pub last: Vec<u32>,
    /// Whether a point is still there, or has been dropped.
    pub alive: Vec<bool>,
    /// Which request of the shard's round each point came with.
    pub job: Vec<u32>,
    /// Requests with a copy of a point of this batch: what becomes of the point becomes of them.
    pub copies: Vec<u32>,
    /// The source stream of each point.
    pub source: Vec<u32>,
    /// The previous point of the same row, or [`NO_POINT`].
    pub previous: Vec<u32>,
    /// The point as sent, by which re-sends are recognised.
    pub sent: Vec<PointFingerprint>,
    /// Source and point of all points whose row is not their source's own: such a row may have many sources, and a chain of
    /// all their points.
    pub of_other_rows: HashSet<(u32, PointFingerprint), RandomState>,
}

/// No point.
pub const NO_POINT: u32 = u32::MAX;

fn clear_columns(columns: &mut Numbers) {
    let Numbers { rows, kinds, flags, starts, times, values } = columns;
    rows.clear();
    kinds.clear();
    flags.clear();
    starts.clear();
    times.clear();
    values.clear();
}

impl Batch {
    /// How many points there are, dropped ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.alive.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.alive.is_empty()
    }

    /// Whether it is to be run before it takes more.
    #[inline]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() >= BATCH_POINTS || self.values.entries() >= BATCH_ENTRIES
    }

    /// Removes all points and keeps the memory.
    pub fn clear(&mut self) {
        clear_columns(&mut self.columns);
        self.values.clear();
        self.exemplars.clear();
        self.rows.clear();
        self.last.clear();
        self.alive.clear();
        self.job.clear();
        self.copies.clear();
        self.source.clear();
        self.previous.clear();
        self.sent.clear();
        self.of_other_rows.clear();
    }

    /// The flags of a point; the column is empty while all are 0.
    #[inline]
    #[must_use]
    pub fn flags(&self, point: usize) -> u32 {
        self.columns.flags.get(point).copied().unwrap_or(0)
    }

    /// Which kind of value a point has, if it is no number.
    #[inline]
    #[must_use]
    pub fn kind(&self, point: usize) -> Option<Kind> {
        let code = self.columns.kinds[point];
        (code > Number::Double as u8).then(|| Kind::from_code(code))
    }

    /// What a point is worth.
    #[inline]
    #[must_use]
    pub fn value(&self, point: usize) -> PointValue<'_> {
        match self.kind(point) {
            None => PointValue::Number(self.number(point)),
            Some(kind) => self.other(kind, point),
        }
    }

    fn other(&self, kind: Kind, point: usize) -> PointValue<'_> {
        let index = self.columns.values[point] as usize;
        match kind {
            Kind::Gauge | Kind::Sum => PointValue::Number(0.0),
            Kind::Histogram => PointValue::Explicit(self.values.explicit.get(index)),
            Kind::ExponentialHistogram => PointValue::Exponential(self.values.exponential.get(index)),
            Kind::Summary => PointValue::Summary(self.values.summaries.get(index)),
        }
    }

    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "back-ends know doubles only")]
    fn number(&self, point: usize) -> f64 {
        let bits = self.columns.values[point];
        if self.columns.kinds[point] == Number::Int as u8 { bits.cast_signed() as f64 } else { f64::from_bits(bits) }
    }

    /// The points that are still there, in order, and the row of each.
    pub fn alive(&self) -> impl Iterator<Item = (usize, u32)> {
        (0..self.len())
            .filter(|&point| self.alive[point])
            .map(|point| (point, self.rows[self.columns.rows[point] as usize]))
    }
}
