//! From output streams to series: what a back-end tells apart is labels, and two streams may have the same.
//!
//! That happens where labels do not hold all of the identity: a resource attribute that is no label, two keys that one
//! name is made of. The back-end would see one counter jump between two values. Here such streams share a series, and what
//! is written is the sum of their latest values (of gauges: the newest). Times are in the exporter's unit, [`SampleTime`];
//! each exporter says at what time the next sample of a series is written, see [`Next`].

use std::collections::HashMap;
use std::fmt;
use std::hash;

use foldhash::quality::RandomState;

use super::id::SeriesId;
pub use super::sample::{Aggregation, Next, Removed, Sample, SampleTime};
use super::shared::{Latest, Phase, Shared};
use clock::{UnixMillis, UnixNanos};
use model::Origin;
use streams::OutputStream;
use streams::numbers::{Hash, Numbers};

/// Shared counters from elsewhere that are remembered when all their writers have gone; beyond it all are forgotten. Senders
/// that are cut off together come back together, and few series are shared.
const GONE: usize = 1 << 10;

/// What writes series: the output streams of numbers, and the members of families.
pub trait SeriesWriter: Copy + Eq + hash::Hash + fmt::Debug {
    /// Its place in a table.
    fn index(self) -> usize;
}

impl SeriesWriter for OutputStream {
    #[inline]
    fn index(self) -> usize {
        self.index()
    }
}

/// The series of one exporter in one shard.
#[derive(Debug)]
pub struct SeriesTable<W, T> {
    /// The series of each writer.
    writers: Vec<Option<SeriesId>>,
    series: Vec<Series<W, T>>,
    free: Vec<SeriesId>,
    numbers: Numbers<SeriesId>,
    /// What is known of the writers of series that have had more than one, by series.
    shared: HashMap<SeriesId, Shared<W, T>>,
    /// Series that have no writer any more, by labels.
    gone: HashMap<Box<[u8]>, Gone<W, T>, RandomState>,
    /// Bytes of all encoded labels.
    label_bytes: usize,
}

/// What is remembered of a series that has gone.
#[derive(Debug)]
struct Gone<W, T> {
    /// The newest sample's time.
    time: T,
    shared: Shared<W, T>,
}

/// One series.
#[derive(Debug)]
pub struct Series<W, T> {
    /// The labels, encoded as the exporter needs them.
    pub labels: Box<[u8]>,
    /// The newest sample's time; [`SampleTime::NEVER`] before the first.
    pub time: T,
    /// The newest sample's value.
    pub value: f64,
    /// For the exporter's own use; 0 at first.
    pub mark: u64,
    /// Who writes it, or the first of several.
    writer: W,
    /// How its writers come together.
    pub aggregation: Aggregation,
    /// Where it begins: here, if the totals of all its writers are made here.
    pub origin: Origin,
    /// It has no value: none has come yet, or the last point said that there is none.
    pub silent: bool,
    state: State,
}

const _: () = assert!(size_of::<Series<OutputStream, UnixMillis>>() == 48, "there is one for each stream");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody writes it; its number may be given out again.
    Free,
    /// One writes it.
    Own,
    /// There have been several; see [`SeriesTable::shared`].
    Shared,
}

impl<W, T> Default for SeriesTable<W, T> {
    fn default() -> Self {
        Self {
            writers: Vec::new(),
            series: Vec::new(),
            free: Vec::new(),
            numbers: Numbers::default(),
            shared: HashMap::new(),
            gone: HashMap::default(),
            label_bytes: 0,
        }
    }
}

impl<W: SeriesWriter, T: SampleTime> SeriesTable<W, T> {
    /// Gives `writer` the series of `labels`; says whether another writer has it too.
    pub fn insert(&mut self, writer: W, labels: Vec<u8>, aggregation: Aggregation, origin: Origin) -> bool {
        let index = writer.index();
        if self.writers.len() <= index {
            self.writers.resize(index + 1, None);
        }
        let Self { series, numbers, .. } = self;
        let hash = numbers.hash(&labels);
        let known = numbers.find(hash, |number| *series[number.index()].labels == *labels);
        let number = match known {
            Some(number) => {
                self.share(number, writer, origin);
                number
            }
            None => self.create(writer, hash, labels.into(), aggregation, origin),
        };
        self.writers[index] = Some(number);
        known.is_some()
    }

    fn create(
        &mut self,
        writer: W,
        hash: Hash,
        labels: Box<[u8]>,
        aggregation: Aggregation,
        origin: Origin,
    ) -> SeriesId {
        self.label_bytes += labels.len();
        let state = State::Own;
        let series =
            Series { labels, time: T::NEVER, value: 0.0, mark: 0, writer, aggregation, origin, silent: true, state };
        let number = match self.free.pop() {
            Some(number) => {
                self.series[number.index()] = series;
                number
            }
            None => {
                self.series.push(series);
                SeriesId::at(self.series.len() - 1)
            }
        };
        self.numbers.insert(hash, number);
        let series = &mut self.series[number.index()];
        // Hardly ever is there one, and labels are long to hash.
        if !self.gone.is_empty()
            && let Some(Gone { time, mut shared }) = self.gone.remove(&series.labels)
        {
            shared.join(writer, origin);
            series.time = time;
            series.origin = Origin::PassedThrough;
            series.state = State::Shared;
            self.shared.insert(number, shared);
        }
        number
    }

    fn share(&mut self, number: SeriesId, writer: W, origin: Origin) {
        let series = &mut self.series[number.index()];
        let shared = self.shared.entry(number).or_insert_with(|| {
            series.state = State::Shared;
            Shared::new(series.writer, series.latest())
        });
        shared.join(writer, origin);
        if origin == Origin::PassedThrough {
            series.origin = origin;
        }
    }

    /// Takes `writer` out of its series. With its last writer the series is forgotten; it is returned then, unless it came
    /// from elsewhere and is remembered for those who may come back.
    pub fn remove(&mut self, writer: W) -> Option<Removed<T>> {
        let number = self.number(writer)?;
        self.writers[writer.index()] = None;
        let series = &mut self.series[number.index()];
        let shared = self.shared.get_mut(&number);
        if shared.is_some_and(|shared| !shared.remove(writer, series.aggregation)) {
            return None;
        }
        let labels = std::mem::take(&mut series.labels);
        series.state = State::Free;
        self.label_bytes -= labels.len();
        self.numbers.remove(self.numbers.hash(&labels), number);
        self.free.push(number);
        let Series { time, mark, origin, aggregation, silent, .. } = *series;
        if let Some(shared) = self.shared.remove(&number).filter(Shared::remembers) {
            if self.gone.len() >= GONE {
                self.gone.clear();
            }
            self.gone.insert(labels, Gone { time, shared });
            return None;
        }
        Some(Removed { labels, time, mark, origin, aggregation, silent })
    }

    /// The series of `writer`, which has no sample yet, goes on behind one that was removed: its next sample is newer than
    /// `time`, and it has the mark of the other.
    pub fn resume(&mut self, writer: W, time: T, mark: u64) {
        if let Some(series) = self.of(writer).filter(|series| series.time == T::NEVER) {
            (series.time, series.mark) = (time, mark);
        }
    }

    /// The number of the series of `writer`.
    #[inline]
    fn number(&self, writer: W) -> Option<SeriesId> {
        *self.writers.get(writer.index())?
    }

    /// The series of `writer`.
    #[inline]
    pub fn of(&mut self, writer: W) -> Option<&mut Series<W, T>> {
        let number = self.number(writer)?;
        self.series.get_mut(number.index())
    }

    /// The series of `writer` with its next sample, at the time that `place` gives it; none if it gives none, or if the point
    /// adds nothing, because its writer has brought a newer one.
    #[inline]
    pub fn meet(
        &mut self,
        writer: W,
        sample: Sample<T>,
        place: impl FnOnce(Next<T>) -> Option<T>,
    ) -> Option<&mut Series<W, T>> {
        let number = self.number(writer)?;
        let series = self.series.get_mut(number.index())?;
        let value = if series.adds() {
            self.shared.get_mut(&number)?.meet(writer, sample, series.aggregation)?
        } else {
            sample.value
        };
        series.time = place(series.next(sample.time, sample.start))?;
        (series.value, series.silent) = (value, false);
        Some(series)
    }

    /// The series of `writer` with its next sample, which is newer: whoever asks has seen to it.
    pub fn force(&mut self, writer: W, sample: Sample<T>) -> Option<&mut Series<W, T>> {
        let series = self.of(writer)?;
        (series.time, series.value, series.silent) = (sample.time, sample.value, false);
        Some(series)
    }

    /// The series of `writer`, if it has a value, ended at `time` or at the one after its newest sample's.
    pub fn force_end(&mut self, writer: W, time: T) -> Option<&mut Series<W, T>> {
        let series = self.of(writer).filter(|series| !series.silent)?;
        series.time = time.max(series.time.next());
        series.silent = true;
        Some(series)
    }

    /// The series of `writer`, if it ends because the writer has no value any more since `time`: at the time that `place` gives
    /// it, if it gives one. Where several share a series it ends with the last of them.
    pub fn end(&mut self, writer: W, time: T, place: impl FnOnce(Next<T>) -> Option<T>) -> Option<&mut Series<W, T>> {
        let number = self.number(writer)?;
        let series = self.series.get_mut(number.index())?;
        if series.silent && series.origin == Origin::Accumulated {
            // What is made here has not begun. Somebody before may have written it, nobody knows until when.
            return None;
        }
        if series.adds() {
            let shared = self.shared.get_mut(&number).filter(|_| !series.silent)?;
            if !shared.end(writer, time, series.aggregation) {
                return None;
            }
            if series.origin == Origin::Accumulated {
                shared.reset();
            }
        }
        series.time = place(Next { begins: false, ..series.next(time, UnixNanos::UNKNOWN) })?;
        series.silent = true;
        Some(series)
    }

    /// Asks for the memory of the series of `writer`; `far` ahead of its use the entry, `near` its labels.
    #[inline]
    pub fn prefetch(&self, far: Option<W>, near: Option<W>) {
        let series = |writer: Option<W>| {
            let number = self.number(writer?)?;
            self.series.get(number.index())
        };
        if let Some(series) = series(far) {
            streams::prefetch(series);
        }
        if let Some(series) = series(near) {
            streams::prefetch(&*series.labels);
        }
    }

    /// All series.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Series<W, T>> {
        self.series.iter_mut().filter(|series| series.state != State::Free)
    }

    /// Looks at `steps` places of the table from `from` on, round and round; returns the place after them.
    pub fn visit(&mut self, from: usize, steps: usize, mut each: impl FnMut(&mut Series<W, T>)) -> usize {
        let places = self.series.len();
        for step in 0..steps.min(places) {
            let series = &mut self.series[(from + step) % places];
            if series.state != State::Free {
                each(series);
            }
        }
        if places == 0 { 0 } else { (from + steps.min(places)) % places }
    }

    /// How many places the table has.
    #[must_use]
    pub fn places(&self) -> usize {
        self.series.len()
    }

    /// How many series there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Memory in use, bytes, labels included.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.label_bytes
            + self.writers.capacity() * size_of::<Option<SeriesId>>()
            + self.series.capacity() * size_of::<Series<W, T>>()
            + self.numbers.memory()
            + self.shared.values().map(Shared::memory).sum::<usize>()
            + self.gone.iter().map(|(labels, gone)| labels.len() + gone.shared.memory()).sum::<usize>()
    }
}

impl<W: SeriesWriter, T: SampleTime> Series<W, T> {
    /// Whether what it is worth is more than the newest point of one writer.
    #[inline]
    fn adds(&self) -> bool {
        self.state == State::Shared && self.aggregation != Aggregation::Gauge
    }

    /// Whether it is a counter whose total is made here.
    #[inline]
    #[must_use]
    pub fn is_own_counter(&self) -> bool {
        self.origin == Origin::Accumulated && self.aggregation == Aggregation::Counter
    }

    /// What its next sample may follow, for a point of that time and start.
    #[inline]
    fn next(&self, time: T, start: UnixNanos) -> Next<T> {
        Next {
            time,
            start: if self.adds() { UnixNanos::UNKNOWN } else { start },
            last: self.time,
            mark: self.mark,
            origin: self.origin,
            is_total: self.origin == Origin::Accumulated || self.adds(),
            goes_on: !self.silent,
            begins: self.silent && self.is_own_counter(),
            samples: 1,
        }
    }

    /// The newest point of its only writer so far.
    fn latest(&self) -> Latest<T> {
        let Self { value, time, origin, .. } = *self;
        let phase = match (self.silent, time) {
            (_, time) if time == T::NEVER => Phase::New,
            (true, _) => Phase::Ended,
            (false, _) => Phase::Running,
        };
        // What was made here begins at nothing after its end; what comes from elsewhere goes on.
        let over = phase == Phase::Ended && (origin == Origin::Accumulated || self.aggregation == Aggregation::Sum);
        Latest { value: if over { 0.0 } else { value }, time, start: UnixNanos::UNKNOWN, origin, phase }
    }
}
