//! From rows to series: what a back-end tells apart is labels, and two streams may have the same.
//!
//! That happens where labels do not hold all of the identity: a resource attribute that is no label, two keys that one
//! name is made of. The back-end would see one counter jump between two values. Here such rows share a series, and what
//! is written is the sum of their latest values (of gauges: the newest).

use std::collections::HashMap;
use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use crate::otlp::walk::Kind;
use crate::stream::describe::MetricTraits;

/// The series of one exporter in one shard.
#[derive(Debug, Default)]
pub struct SeriesTable {
    /// The series of each row, plus one; 0 for none.
    rows: Vec<u32>,
    series: Vec<Series>,
    free: Vec<u32>,
    numbers: HashTable<u32>,
    /// What is known of the rows of series that have had more than one, by series.
    shared: HashMap<u32, Shared>,
    hasher: RandomState,
    /// Bytes of all encoded labels.
    label_bytes: usize,
}

/// One series.
#[derive(Debug)]
pub struct Series {
    /// The labels, encoded as the exporter needs them.
    pub labels: Box<[u8]>,
    /// The newest sample's time, milliseconds since the Unix epoch.
    pub time: i64,
    /// The newest sample's value.
    pub value: f64,
    /// When it was first written by the host's clock, seconds; for exporters that treat new series in their own way.
    pub fresh: u32,
    /// The row that writes it, or the first of several.
    row: u32,
    /// How its rows come together.
    pub meeting: Meeting,
    state: State,
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

/// A series that several rows write, or have written.
#[derive(Debug)]
struct Shared {
    /// The latest value of each row.
    latest: HashMap<u32, f64>,
    /// What all rows have added, those that have gone included.
    total: f64,
}

/// How the values of rows that share a series come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    /// The newest wins.
    Gauge,
    /// The latest values are added; a lower value is a new run.
    Counter,
    /// The latest values are added.
    Sum,
}

impl Meeting {
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
    pub fn insert(&mut self, row: u32, labels: Vec<u8>, meeting: Meeting) -> bool {
        let index = row as usize;
        if self.rows.len() <= index {
            self.rows.resize(index + 1, 0);
        }
        let Self { series, hasher, numbers, .. } = self;
        let hash = hasher.hash_one(&*labels);
        let known = numbers.find(hash, |&number| *series[number as usize].labels == *labels).copied();
        let number = match known {
            Some(number) => {
                self.share(number, row);
                number
            }
            None => self.create(row, hash, labels.into(), meeting),
        };
        self.rows[index] = number + 1;
        known.is_some()
    }

    fn create(&mut self, row: u32, hash: u64, labels: Box<[u8]>, meeting: Meeting) -> u32 {
        self.label_bytes += labels.len();
        let series = Series { labels, time: i64::MIN, value: 0.0, fresh: 0, row, meeting, state: State::Own };
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
        let Self { series, hasher, numbers, .. } = self;
        numbers.insert_unique(hash, number, |&number| hasher.hash_one(&*series[number as usize].labels));
        number
    }

    fn share(&mut self, number: u32, row: u32) {
        let series = &mut self.series[number as usize];
        if series.state == State::Own {
            series.state = State::Shared;
            let total = if series.time == i64::MIN { 0.0 } else { series.value };
            self.shared.insert(number, Shared { latest: HashMap::from([(series.row, total)]), total });
        }
        if let Some(shared) = self.shared.get_mut(&number) {
            shared.latest.insert(row, 0.0);
        }
    }

    /// Takes `row` out of its series. With its last row the series is forgotten.
    pub fn remove(&mut self, row: u32) {
        let slot = self.rows.get_mut(row as usize).and_then(|slot| std::mem::take(slot).checked_sub(1));
        let Some(number) = slot else { return };
        if let Some(shared) = self.shared.get_mut(&number) {
            shared.latest.remove(&row);
            if !shared.latest.is_empty() {
                return;
            }
            self.shared.remove(&number);
        }
        let series = &mut self.series[number as usize];
        let labels = std::mem::take(&mut series.labels);
        series.state = State::Free;
        self.label_bytes -= labels.len();
        if let Ok(entry) = self.numbers.find_entry(self.hasher.hash_one(&*labels), |&other| other == number) {
            entry.remove();
        }
        self.free.push(number);
    }

    /// The series of `row`.
    #[inline]
    pub fn of(&mut self, row: u32) -> Option<&mut Series> {
        let number = self.rows.get(row as usize)?.checked_sub(1)?;
        self.series.get_mut(number as usize)
    }

    /// What the series of `row` is worth after the row has become worth `value`.
    #[inline]
    pub fn meet(&mut self, row: u32, value: f64) -> f64 {
        match self.of(row) {
            Some(series) if series.state == State::Shared && series.meeting != Meeting::Gauge => {
                self.meet_others(row, value)
            }
            _ => value,
        }
    }

    #[cold]
    fn meet_others(&mut self, row: u32, value: f64) -> f64 {
        let number = self.rows[row as usize] - 1;
        let meeting = self.series[number as usize].meeting;
        self.shared.get_mut(&number).map_or(value, |shared| shared.meet(row, value, meeting))
    }

    /// Asks for the memory of the series of `row`; `far` ahead of its use the entry, `near` its labels.
    #[inline]
    pub fn prefetch(&self, far: Option<u32>, near: Option<u32>) {
        let series = |row: Option<u32>| {
            let number = self.rows.get(row? as usize)?.checked_sub(1)?;
            self.series.get(number as usize)
        };
        if let Some(series) = series(far) {
            crate::stream::prefetch(series);
        }
        if let Some(series) = series(near) {
            crate::stream::prefetch(&*series.labels);
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
            + self.numbers.allocation_size()
    }
}

impl Shared {
    fn meet(&mut self, row: u32, value: f64, meeting: Meeting) -> f64 {
        let before = self.latest.insert(row, value).unwrap_or(0.0);
        // A counter that has fallen began anew.
        let begun = meeting == Meeting::Counter && value < before;
        self.total += if begun { value } else { value - before };
        self.total
    }
}
