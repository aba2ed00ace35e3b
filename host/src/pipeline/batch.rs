//! The points of one guest call, as columns.

use crate::guest::numbers;
use crate::otlp::points::Number;
use crate::stream::resends::Sent;

/// How many points a shard processes at once. Below 300 the fixed cost of a call shows; above 2,000 state leaves the cache
/// between being gathered and scattered.
pub const BATCH_POINTS: usize = 2_000;

/// Points on their way through the stages of a shard. Entry `i` of each column belongs to point `i`.
#[derive(Debug)]
pub struct Batch {
    /// What guests see and change; `columns.rows` indexes [`Self::rows`].
    pub columns: numbers::Points,
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
    pub sent: Vec<Sent>,
}

/// No point.
pub const NO_POINT: u32 = u32::MAX;

impl Default for Batch {
    fn default() -> Self {
        Self {
            columns: empty_columns(),
            rows: Vec::new(),
            last: Vec::new(),
            alive: Vec::new(),
            job: Vec::new(),
            copies: Vec::new(),
            source: Vec::new(),
            previous: Vec::new(),
            sent: Vec::new(),
        }
    }
}

/// Columns without a point.
pub(super) fn empty_columns() -> numbers::Points {
    numbers::Points {
        rows: Vec::new(),
        kinds: Vec::new(),
        flags: Vec::new(),
        starts: Vec::new(),
        times: Vec::new(),
        values: Vec::new(),
    }
}

pub(super) fn clear_columns(columns: &mut numbers::Points) {
    let numbers::Points { rows, kinds, flags, starts, times, values } = columns;
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

    /// Removes all points and keeps the memory.
    pub fn clear(&mut self) {
        clear_columns(&mut self.columns);
        self.rows.clear();
        self.last.clear();
        self.alive.clear();
        self.job.clear();
        self.copies.clear();
        self.source.clear();
        self.previous.clear();
        self.sent.clear();
    }

    /// The flags of a point; the column is empty while all are 0.
    #[inline]
    #[must_use]
    pub fn flags(&self, point: usize) -> u32 {
        self.columns.flags.get(point).copied().unwrap_or(0)
    }

    /// The value of a point.
    #[inline]
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "back-ends know doubles only")]
    pub fn value(&self, point: usize) -> f64 {
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
