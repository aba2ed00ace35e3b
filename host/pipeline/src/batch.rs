//! Points on their way through a shard, as columns.

use std::collections::HashSet;

use foldhash::quality::RandomState;

use clock::UnixNanos;
use model::columns::Numbers;
use model::{Kind, Number};
use otlp::values::{Exemplars, PointValue, TooMany, Values};
use streams::dedup::PointFingerprint;

/// How many points a shard processes at once. Below 300 the fixed cost of a call shows; above 2,000 state leaves the cache
/// between being gathered and scattered.
pub const BATCH_POINTS: usize = 2_000;

/// Entries of buckets that a batch takes before it is run: 1 MiB, so that what guests get and give stays small.
const BATCH_ENTRIES: usize = 128 << 10;

/// Points on their way through the stages of a shard. Point `i` is entry `i` of each column.
#[derive(Debug, Default)]
pub struct Batch {
    /// What all points have; `rows` indexes [`Self::rows`]. Where a point is no number its entry in `kinds` is the code of its
    /// [`Kind`], which no kind of number has, and its entry in `values` its number in [`Self::values`].
    columns: Numbers,
    /// What points have that are no numbers.
    values: Values,
    /// What senders show of single measurements; it stays with its point, whatever the point becomes.
    exemplars: Exemplars,
    /// The distinct rows of the table that the points belong to.
    rows: Vec<u32>,
    /// The last point of each row so far.
    last: Vec<u32>,
    /// Whether a point is still there, or has been dropped.
    alive: Vec<bool>,
    /// Which request of the shard's round each point came with.
    job: Vec<u32>,
    /// Requests with a copy of a point of this batch: what becomes of the point becomes of them.
    copies: Vec<u32>,
    /// The source stream of each point.
    source: Vec<u32>,
    /// The previous point of the same row, or [`NO_POINT`].
    previous: Vec<u32>,
    /// The point as sent, by which re-sends are recognised.
    fingerprints: Vec<PointFingerprint>,
    /// Source and point of all points whose row is not their source's own: such a row may have many sources, and a chain of
    /// all their points.
    of_other_rows: HashSet<(u32, PointFingerprint), RandomState>,
}

/// A point that is to be put into a batch.
#[derive(Debug, Clone, Copy)]
pub struct NewPoint {
    /// Its row.
    pub row: u32,
    /// The place of its row in the batch; none if this is the row's first point.
    pub slot: Option<u16>,
    /// The stream that sent it.
    pub source: u32,
    /// Which request of the shard's round it came with.
    pub job: u32,
    /// By which it is recognised when it comes again.
    pub fingerprint: PointFingerprint,
    /// What kind of number it is, or else the code of its [`Kind`].
    pub code: u8,
    /// When what it says began.
    pub start: UnixNanos,
    /// When it was so.
    pub time: UnixNanos,
    /// The bits of a number, or what [`Batch::read_value`] says.
    pub value: u64,
    /// OTLP's flags.
    pub flags: u32,
}

/// What stages change, all at once.
#[derive(Debug)]
pub struct BatchParts<'b> {
    /// What all points have.
    pub columns: &'b mut Numbers,
    /// What points have that are no numbers.
    pub values: &'b mut Values,
    /// Whether a point is still there.
    pub alive: &'b mut [bool],
    /// The distinct rows.
    pub rows: &'b [u32],
}

/// No point.
const NO_POINT: u32 = u32::MAX;

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
        self.fingerprints.clear();
        self.of_other_rows.clear();
    }

    /// Reads what a point has that is no number: the value that it is to be put in with, and a digest of all of it.
    ///
    /// # Errors
    /// [`TooMany`] buckets or quantiles.
    #[inline]
    pub fn read_value(&mut self, kind: Kind, point: &[u8]) -> Result<(u64, u64), TooMany> {
        let (index, digest) = self.values.read(kind, point)?;
        Ok((index as u64, digest))
    }

    /// Forgets the value that was read last, of a point that is not put in.
    #[inline]
    pub fn forget_value(&mut self, kind: Kind) {
        self.values.take_back(kind);
    }

    /// Puts a point in. Returns the place of its row.
    #[inline]
    pub fn push(&mut self, point: NewPoint) -> u16 {
        let index = self.len() as u32;
        let (slot, previous) = match point.slot {
            Some(slot) => (slot, std::mem::replace(&mut self.last[usize::from(slot)], index)),
            None => {
                self.rows.push(point.row);
                self.last.push(index);
                ((self.rows.len() - 1) as u16, NO_POINT)
            }
        };
        self.previous.push(previous);
        self.alive.push(true);
        self.job.push(point.job);
        self.source.push(point.source);
        self.fingerprints.push(point.fingerprint);
        let columns = &mut self.columns;
        columns.rows.push(u32::from(slot));
        columns.kinds.push(point.code);
        columns.starts.push(point.start.0);
        columns.times.push(point.time.0);
        columns.values.push(point.value);
        if point.flags != 0 || !columns.flags.is_empty() {
            columns.flags.resize(index as usize, 0);
            columns.flags.push(point.flags);
        }
        slot
    }

    /// Reads the exemplars of the point that was put in last.
    #[cold]
    pub fn read_exemplars(&mut self, kind: Kind, point: &[u8]) {
        self.exemplars.read(self.len() as u32 - 1, kind.exemplars_field(), point);
    }

    /// Whether a point of `source` is in the batch already. `slot` is the place of its row, if that is the source's own and in
    /// the batch; `is_own` says whether the row is the source's own.
    #[inline]
    pub fn has(&mut self, source: u32, point: PointFingerprint, is_own: bool, slot: Option<u16>) -> bool {
        if !point.has_time() {
            return false;
        }
        if !is_own {
            return !self.of_other_rows.insert((source, point));
        }
        let mut before = slot.map_or(NO_POINT, |slot| self.last[usize::from(slot)]);
        while before != NO_POINT {
            let index = before as usize;
            if self.fingerprints[index] == point && self.source[index] == source {
                return true;
            }
            before = self.previous[index];
        }
        false
    }

    /// Notes that a request has a copy of a point of this batch.
    pub fn note_copy(&mut self, job: u32) {
        self.copies.push(job);
    }

    /// Which request a point came with.
    #[must_use]
    pub fn job(&self, point: usize) -> usize {
        self.job[point] as usize
    }

    /// The request of each point, and of each copy.
    pub fn jobs(&self) -> impl Iterator<Item = usize> {
        self.job.iter().chain(&self.copies).map(|&job| job as usize)
    }

    /// Whether several requests have points in it. They come one after another.
    #[must_use]
    pub fn is_of_several_jobs(&self) -> bool {
        self.job.first() != self.job.last()
    }

    /// The source of each point, and the point as sent.
    pub fn sent(&self) -> impl Iterator<Item = (u32, PointFingerprint)> {
        self.source.iter().copied().zip(self.fingerprints.iter().copied())
    }

    /// The distinct rows.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Of the rows for which `only_last` says so only the last point stays that is still there.
    pub fn keep_last(&mut self, only_last: impl Fn(u32) -> bool) {
        let mut follows = Vec::new();
        for slot in 0..self.rows.len() {
            if only_last(self.rows[slot]) {
                if follows.is_empty() {
                    follows.extend(0..self.len() as u32);
                }
                self.keep_last_of(slot, &mut follows);
            }
        }
        if !follows.is_empty() && !self.exemplars.is_empty() {
            self.exemplars.hand_over(&follows);
        }
    }

    /// Of the points of a row only the last one stays that is still there; the others are followed by it.
    fn keep_last_of(&mut self, slot: usize, follows: &mut [u32]) {
        let mut point = self.last[slot];
        let mut kept = None;
        while point != NO_POINT {
            let index = point as usize;
            if self.alive[index] {
                match kept {
                    None => kept = Some(point),
                    Some(kept) => {
                        self.alive[index] = false;
                        follows[index] = kept;
                    }
                }
            }
            point = self.previous[index];
        }
    }

    /// What all points have.
    #[must_use]
    pub fn columns(&self) -> &Numbers {
        &self.columns
    }

    /// What points have that are no numbers.
    #[must_use]
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// What senders show of single measurements.
    #[must_use]
    pub fn exemplars(&self) -> &Exemplars {
        &self.exemplars
    }

    /// What a stage may change.
    pub fn parts(&mut self) -> BatchParts<'_> {
        let Self { columns, values, alive, rows, .. } = self;
        BatchParts { columns, values, alive, rows }
    }

    /// Whether a point is still there.
    #[inline]
    #[must_use]
    pub fn is_alive(&self, point: usize) -> bool {
        self.alive[point]
    }

    /// Whether all are.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.alive.iter().all(|alive| *alive)
    }

    /// The row of a point; none behind the last one.
    #[inline]
    #[must_use]
    pub fn row(&self, point: usize) -> Option<u32> {
        self.columns.rows.get(point).map(|&slot| self.rows[slot as usize])
    }

    /// When what a point says began.
    #[inline]
    #[must_use]
    pub fn start(&self, point: usize) -> UnixNanos {
        UnixNanos(self.columns.starts[point])
    }

    /// When it was so.
    #[inline]
    #[must_use]
    pub fn time(&self, point: usize) -> UnixNanos {
        UnixNanos(self.columns.times[point])
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
