//! From rows to series: what a back-end tells apart is labels, and two streams may have the same.
//!
//! That happens where labels do not hold all of the identity: a resource attribute that is no label, two keys that one
//! name is made of. The back-end would see one counter jump between two values. Here such rows share a series, and what
//! is written is the sum of their latest values (of gauges: the newest). Times are in the exporter's unit; those of a
//! series rise strictly.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::shared::{Latest, Phase, Shared};
use model::Kind;
use model::MetricTraits;
use model::Origin;
use streams::numbers::{Hash, Numbers};

/// Shared counters from elsewhere that are remembered when all their rows have gone; beyond it all are forgotten. Senders
/// that are cut off together come back together, and few series are shared.
const GONE: usize = 1 << 10;

/// The series of one exporter in one shard.
#[derive(Debug, Default)]
pub struct SeriesTable {
    /// The series of each row, plus one; 0 for none.
    rows: Vec<u32>,
    series: Vec<Series>,
    free: Vec<u32>,
    numbers: Numbers,
    /// What is known of the rows of series that have had more than one, by series.
    shared: HashMap<u32, Shared>,
    /// The same of series that have no row any more, and the time of their newest sample, by labels.
    gone: HashMap<Box<[u8]>, (i64, Shared), RandomState>,
    /// Bytes of all encoded labels.
    label_bytes: usize,
}

/// One series.
#[derive(Debug)]
pub struct Series {
    /// The labels, encoded as the exporter needs them.
    pub labels: Box<[u8]>,
    /// The newest sample's time since the Unix epoch; `i64::MIN` before the first.
    pub time: i64,
    /// The newest sample's value.
    pub value: f64,
    /// For exporters that treat new series in their own way.
    pub fresh: u32,
    /// The row that writes it, or the first of several.
    row: u32,
    /// How its rows come together.
    pub aggregation: Aggregation,
    /// Where it begins: here, if the totals of all its rows are made here.
    pub origin: Origin,
    /// It has no value: none has come yet, or the last point said that there is none.
    pub silent: bool,
    state: State,
}

/// A point of a row, as far as series are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// In the exporter's unit, since the Unix epoch.
    pub time: i64,
    /// When the row's run began, nanoseconds since the Unix epoch; 0 if it is not known.
    pub start: u64,
    /// What the row is worth.
    pub value: f64,
}

const _: () = assert!(size_of::<Series>() == 48, "there is one for each stream");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody writes it; its number may be given out again.
    Free,
    /// One row writes it.
    Own,
    /// There have been several rows; see [`SeriesTable::shared`].
    Shared,
}

/// How the values of rows that share a series come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// The newest wins.
    Gauge,
    /// The latest values are added; a lower value is a new run.
    Counter,
    /// The latest values are added.
    Sum,
}

impl Aggregation {
    /// How rows of such streams come together.
    #[must_use]
    pub fn of(traits: MetricTraits) -> Self {
        match (traits.kind, traits.monotonic) {
            (Kind::Sum, true) => Self::Counter,
            (Kind::Sum, false) => Self::Sum,
            _ => Self::Gauge,
        }
    }
}

impl SeriesTable {
    /// Gives `row` the series of `labels`; says whether another row has it too.
    pub fn insert(&mut self, row: u32, labels: Vec<u8>, aggregation: Aggregation, origin: Origin) -> bool {
        let index = row as usize;
        if self.rows.len() <= index {
            self.rows.resize(index + 1, 0);
        }
        let Self { series, numbers, .. } = self;
        let hash = numbers.hash(&labels);
        let known = numbers.find(hash, |number| *series[number as usize].labels == *labels);
        let number = match known {
            Some(number) => {
                self.share(number, row, origin);
                number
            }
            None => self.create(row, hash, labels.into(), aggregation, origin),
        };
        self.rows[index] = number + 1;
        known.is_some()
    }

    fn create(&mut self, row: u32, hash: Hash, labels: Box<[u8]>, aggregation: Aggregation, origin: Origin) -> u32 {
        self.label_bytes += labels.len();
        let state = State::Own;
        let series =
            Series { labels, time: i64::MIN, value: 0.0, fresh: 0, row, aggregation, origin, silent: true, state };
        let number = match self.free.pop() {
            Some(number) => {
                self.series[number as usize] = series;
                number
            }
            None => {
                self.series.push(series);
                self.series.len() as u32 - 1
            }
        };
        self.numbers.insert(hash, number);
        let series = &mut self.series[number as usize];
        // Hardly ever is there one, and labels are long to hash.
        if !self.gone.is_empty()
            && let Some((time, mut shared)) = self.gone.remove(&series.labels)
        {
            shared.join(row, origin);
            series.time = time;
            series.origin = Origin::PassedThrough;
            series.state = State::Shared;
            self.shared.insert(number, shared);
        }
        number
    }

    fn share(&mut self, number: u32, row: u32, origin: Origin) {
        let series = &mut self.series[number as usize];
        let shared = self.shared.entry(number).or_insert_with(|| {
            series.state = State::Shared;
            Shared::new(series.row, series.latest())
        });
        shared.join(row, origin);
        if origin == Origin::PassedThrough {
            series.origin = origin;
        }
    }

    /// Takes `row` out of its series. With its last row the series is forgotten.
    pub fn remove(&mut self, row: u32) {
        let Some(number) = self.number(row) else { return };
        self.rows[row as usize] = 0;
        let series = &mut self.series[number as usize];
        let shared = self.shared.get_mut(&number);
        if shared.is_some_and(|shared| !shared.remove(row, series.aggregation)) {
            return;
        }
        let labels = std::mem::take(&mut series.labels);
        series.state = State::Free;
        self.label_bytes -= labels.len();
        self.numbers.remove(self.numbers.hash(&labels), number);
        if let Some(shared) = self.shared.remove(&number).filter(Shared::remembers) {
            if self.gone.len() >= GONE {
                self.gone.clear();
            }
            self.gone.insert(labels, (series.time, shared));
        }
        self.free.push(number);
    }

    /// The number of the series of `row`.
    #[inline]
    fn number(&self, row: u32) -> Option<u32> {
        self.rows.get(row as usize)?.checked_sub(1)
    }

    /// The series of `row`.
    #[inline]
    pub fn of(&mut self, row: u32) -> Option<&mut Series> {
        let number = self.number(row)?;
        self.series.get_mut(number as usize)
    }

    /// The series of `row` with its next sample; none if the row's point adds nothing, because it is not newer than what
    /// is there.
    #[inline]
    pub fn meet(&mut self, row: u32, sample: Sample) -> Option<&mut Series> {
        let number = self.number(row)?;
        let series = self.series.get_mut(number as usize)?;
        if series.adds() {
            series.meet_others(self.shared.get_mut(&number)?, row, sample)?;
        } else {
            series.advance(sample.time)?;
            series.value = sample.value;
        }
        series.silent = false;
        Some(series)
    }

    /// The series of `row` with its next sample, which is newer: whoever asks has seen to it.
    pub fn force(&mut self, row: u32, sample: Sample) -> Option<&mut Series> {
        let series = self.of(row)?;
        (series.time, series.value, series.silent) = (sample.time, sample.value, false);
        Some(series)
    }

    /// The series of `row`, if it has a value, ended at `time` or at the one after its newest sample's.
    pub fn force_end(&mut self, row: u32, time: i64) -> Option<&mut Series> {
        let series = self.of(row).filter(|series| !series.silent)?;
        series.time = time.max(series.time.saturating_add(1));
        series.silent = true;
        Some(series)
    }

    /// The series of `row`, if it ends at `time` because the row has no value any more. Where rows share a series it ends
    /// with the last of them.
    pub fn end(&mut self, row: u32, time: i64) -> Option<&mut Series> {
        let number = self.number(row)?;
        let series = self.series.get_mut(number as usize)?;
        if series.adds() {
            let shared = self.shared.get_mut(&number).filter(|_| !series.silent)?;
            if !shared.end(row, time, series.aggregation) {
                return None;
            }
            if series.origin == Origin::Accumulated {
                shared.reset();
            }
        }
        series.advance(time)?;
        series.silent = true;
        Some(series)
    }

    /// Asks for the memory of the series of `row`; `far` ahead of its use the entry, `near` its labels.
    #[inline]
    pub fn prefetch(&self, far: Option<u32>, near: Option<u32>) {
        let series = |row: Option<u32>| {
            let number = self.number(row?)?;
            self.series.get(number as usize)
        };
        if let Some(series) = series(far) {
            streams::prefetch(series);
        }
        if let Some(series) = series(near) {
            streams::prefetch(&*series.labels);
        }
    }

    /// All series.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Series> {
        self.series.iter_mut().filter(|series| series.state != State::Free)
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
            + self.rows.capacity() * size_of::<u32>()
            + self.series.capacity() * size_of::<Series>()
            + self.numbers.memory()
            + self.shared.values().map(Shared::memory).sum::<usize>()
            + self.gone.iter().map(|(labels, (_, shared))| labels.len() + shared.memory()).sum::<usize>()
    }
}

impl Series {
    /// Whether what it is worth is more than the newest point of one row.
    #[inline]
    fn adds(&self) -> bool {
        self.state == State::Shared && self.aggregation != Aggregation::Gauge
    }

    /// Goes on to a point's time, or to the one after the newest sample's: a total that is made here is newer whatever its
    /// time, and what one of several rows adds may be older than the others. A point of any other kind must be newer.
    #[inline]
    fn advance(&mut self, time: i64) -> Option<()> {
        if time > self.time {
            self.time = time;
        } else if self.origin == Origin::Accumulated || self.adds() {
            self.time = self.time.saturating_add(1);
        } else {
            return None;
        }
        Some(())
    }

    #[cold]
    fn meet_others(&mut self, shared: &mut Shared, row: u32, sample: Sample) -> Option<()> {
        self.value = shared.meet(row, sample, self.aggregation)?;
        self.advance(sample.time)
    }

    /// The newest point of its only row so far.
    fn latest(&self) -> Latest {
        let Self { value, time, origin, .. } = *self;
        let phase = match (self.silent, time) {
            (_, i64::MIN) => Phase::New,
            (true, _) => Phase::Ended,
            (false, _) => Phase::Running,
        };
        // What was made here begins at nothing after its end; what comes from elsewhere goes on.
        let over = phase == Phase::Ended && (origin == Origin::Accumulated || self.aggregation == Aggregation::Sum);
        Latest { value: if over { 0.0 } else { value }, time, start: 0, origin, phase }
    }
}
