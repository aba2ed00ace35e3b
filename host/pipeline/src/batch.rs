//! Points on their way through a shard, as columns.

use std::collections::HashSet;

use foldhash::quality::RandomState;

use clock::UnixNanos;
use model::columns::Numbers;
use model::{Kind, Number};
use otlp::values::{Exemplars, PointValue, TooMany, Values};
use streams::dedup::PointFingerprint;
use streams::{InputStream, OutputStream, Slot};

/// How many points a shard processes at once. Below 300 the fixed cost of a call shows; above 2,000 state leaves the cache
/// between being gathered and scattered.
pub const BATCH_POINTS: usize = 2_000;

/// Entries of buckets that a batch takes before it is run: 1 MiB, so that what guests get and give stays small.
const BATCH_ENTRIES: usize = 128 << 10;

/// Points on their way through the stages of a shard. Point `i` is entry `i` of each column.
#[derive(Debug, Default)]
pub struct Batch {
    /// What all points have; `rows`, as guests call it, has places in [`Self::streams`]. Where a point is no number its entry
    /// in `kinds` is the code of its [`Kind`], which no kind of number has, and its entry in `values` its number in
    /// [`Self::values`].
    columns: Numbers,
    /// What points have that are no numbers.
    values: Values,
    /// What senders show of single measurements; it stays with its point, whatever the point becomes.
    exemplars: Exemplars,
    /// The distinct output streams that the points belong to.
    streams: Vec<OutputStream>,
    /// The last point of each of them so far.
    last: Vec<u32>,
    /// Whether a point is still there, or has been dropped.
    alive: Vec<bool>,
    /// Which request of the shard's round each point came with.
    job: Vec<u32>,
    /// Requests with a copy of a point of this batch: what becomes of the point becomes of them.
    copies: Vec<u32>,
    /// The input stream of each point.
    inputs: Vec<InputStream>,
    /// The previous point of the same output stream, or [`NO_POINT`].
    previous: Vec<u32>,
    /// The point as sent, by which re-sends are recognised.
    fingerprints: Vec<PointFingerprint>,
    /// Input stream and point of all points whose output stream is not their input's own: it may have many inputs, and a chain
    /// of all their points.
    of_other_outputs: HashSet<(InputStream, PointFingerprint), RandomState>,
}

/// A point that is to be put into a batch.
#[derive(Debug, Clone, Copy)]
pub struct NewPoint {
    /// Its output stream.
    pub output: OutputStream,
    /// The place of that in the batch; none if this is its first point.
    pub slot: Option<Slot>,
    /// The stream that sent it.
    pub input: InputStream,
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
    /// The distinct output streams.
    pub streams: &'b [OutputStream],
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
        self.streams.clear();
        self.last.clear();
        self.alive.clear();
        self.job.clear();
        self.copies.clear();
        self.inputs.clear();
        self.previous.clear();
        self.fingerprints.clear();
        self.of_other_outputs.clear();
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

    /// Puts a point in. Returns the place of its output stream.
    #[inline]
    pub fn push(&mut self, point: NewPoint) -> Slot {
        let index = self.len() as u32;
        let (slot, previous) = match point.slot {
            Some(slot) => (slot, std::mem::replace(&mut self.last[slot.index()], index)),
            None => {
                self.streams.push(point.output);
                self.last.push(index);
                (Slot((self.streams.len() - 1) as u16), NO_POINT)
            }
        };
        self.previous.push(previous);
        self.alive.push(true);
        self.job.push(point.job);
        self.inputs.push(point.input);
        self.fingerprints.push(point.fingerprint);
        let columns = &mut self.columns;
        columns.rows.push(slot.0.into());
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

    /// Whether a point of `input` is in the batch already. `slot` is the place of its output stream, if that is its own and in
    /// the batch; `is_own` says whether it is its own.
    #[inline]
    pub fn has(&mut self, input: InputStream, point: PointFingerprint, is_own: bool, slot: Option<Slot>) -> bool {
        if !point.has_time() {
            return false;
        }
        if !is_own {
            return !self.of_other_outputs.insert((input, point));
        }
        let mut before = slot.map_or(NO_POINT, |slot| self.last[slot.index()]);
        while before != NO_POINT {
            let index = before as usize;
            if self.fingerprints[index] == point && self.inputs[index] == input {
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

    /// The input stream of each point, and the point as sent.
    pub fn sent(&self) -> impl Iterator<Item = (InputStream, PointFingerprint)> {
        self.inputs.iter().copied().zip(self.fingerprints.iter().copied())
    }

    /// The distinct output streams.
    #[must_use]
    pub fn streams(&self) -> &[OutputStream] {
        &self.streams
    }

    /// Of the output streams for which `only_last` says so only the last point stays that is still there.
    pub fn keep_last(&mut self, only_last: impl Fn(OutputStream) -> bool) {
        let mut follows = Vec::new();
        for place in 0..self.streams.len() {
            if only_last(self.streams[place]) {
                if follows.is_empty() {
                    follows.extend(0..self.len() as u32);
                }
                self.keep_last_of(place, &mut follows);
            }
        }
        if !follows.is_empty() && !self.exemplars.is_empty() {
            self.exemplars.hand_over(&follows);
        }
    }

    /// Of the points of an output stream only the last one stays that is still there; the others are followed by it.
    fn keep_last_of(&mut self, place: usize, follows: &mut [u32]) {
        let mut point = self.last[place];
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
        let Self { columns, values, alive, streams, .. } = self;
        BatchParts { columns, values, alive, streams }
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

    /// The output stream of a point; none behind the last one.
    #[inline]
    #[must_use]
    pub fn stream(&self, point: usize) -> Option<OutputStream> {
        self.columns.rows.get(point).map(|&place| self.streams[place as usize])
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

    /// The points that are still there, in order, and the output stream of each.
    pub fn alive(&self) -> impl Iterator<Item = (usize, OutputStream)> {
        (0..self.len())
            .filter(|&point| self.alive[point])
            .map(|point| (point, self.streams[self.columns.rows[point] as usize]))
    }
}
