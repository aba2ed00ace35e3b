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
    /// When it was first written by the host's clock, nanoseconds; for exporters that treat new series in their own way.
    pub fresh: u64,
    /// How its rows come together.
    pub meeting: Meeting,
    /// Rows that write it, and the first of them.
    rows: u32,
    first: u32,
    /// What is known of each row, once there has been more than one.
    shared: Option<Box<Shared>>,
}

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
    /// Gives `row` the series of `labels`.
    pub fn insert(&mut self, row: u32, labels: Vec<u8>, meeting: Meeting) {
        let index = row as usize;
        if self.rows.len() <= index {
            self.rows.resize(index + 1, 0);
        }
        let Self { series, hasher, numbers, .. } = self;
        let hash = hasher.hash_one(&*labels);
        let number = match numbers.find(hash, |&number| *series[number as usize].labels == *labels) {
            Some(&number) => {
                series[number as usize].share();
                number
            }
            None => self.create(row, hash, labels.into(), meeting),
        };
        self.rows[index] = number + 1;
    }

    fn create(&mut self, row: u32, hash: u64, labels: Box<[u8]>, meeting: Meeting) -> u32 {
        self.label_bytes += labels.len();
        let series =
            Series { labels, time: i64::MIN, value: 0.0, fresh: 0, meeting, rows: 1, first: row, shared: None };
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

    /// Takes `row` out of its series. With its last row the series is forgotten; says whether it was.
    pub fn remove(&mut self, row: u32) -> bool {
        let Some(number) = self.rows.get_mut(row as usize).and_then(|slot| std::mem::take(slot).checked_sub(1)) else {
            return false;
        };
        let series = &mut self.series[number as usize];
        series.rows -= 1;
        if series.rows > 0 {
            if let Some(shared) = &mut series.shared {
                shared.latest.remove(&row);
            }
            return false;
        }
        let labels = std::mem::take(&mut series.labels);
        series.shared = None;
        self.label_bytes -= labels.len();
        if let Ok(entry) = self.numbers.find_entry(self.hasher.hash_one(&*labels), |&other| other == number) {
            entry.remove();
        }
        self.free.push(number);
        true
    }

    /// The series of `row`.
    #[inline]
    pub fn of(&mut self, row: u32) -> Option<&mut Series> {
        let number = self.rows.get(row as usize)?.checked_sub(1)?;
        self.series.get_mut(number as usize)
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
        self.series.iter_mut().filter(|series| series.rows > 0)
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

impl Series {
    fn share(&mut self) {
        self.rows += 1;
        if self.shared.is_none() {
            let total = if self.time == i64::MIN { 0.0 } else { self.value };
            self.shared = Some(Box::new(Shared { latest: HashMap::from([(self.first, total)]), total }));
        }
    }

    /// What the series is worth after `row` has become worth `value`.
    #[inline]
    pub fn meet(&mut self, row: u32, value: f64) -> f64 {
        match &mut self.shared {
            Some(shared) if self.meeting != Meeting::Gauge => shared.meet(row, value, self.meeting),
            _ => value,
        }
    }
}

impl Shared {
    #[cold]
    fn meet(&mut self, row: u32, value: f64, meeting: Meeting) -> f64 {
        let before = self.latest.insert(row, value).unwrap_or(0.0);
        // A counter that has fallen began anew.
        let begun = meeting == Meeting::Counter && value < before;
        self.total += if begun { value } else { value - before };
        self.total
    }
}
