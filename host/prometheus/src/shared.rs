//! A counter or sum that several rows write: the sum of their latest values.
//!
//! A row whose total is made here begins at nothing and always carries its newest total. A row that arrives cumulative
//! may come late, and it may be forgotten while its source lives on: what it was last worth is then kept, so that the
//! same value is not added a second time when the source comes back.

use std::collections::{HashMap, VecDeque};

use super::series::{Aggregation, Sample, SampleTime};
use clock::UnixNanos;
use model::Origin;

/// Rows that have gone are remembered so long as no more than this have gone after them: sources that are silent at the
/// same time, behind the same labels.
const DEPARTED: usize = 64;

/// What is known of a series that has had more than one row.
#[derive(Debug)]
pub(super) struct Shared<T> {
    rows: HashMap<u32, Latest<T>>,
    /// What all rows have added, those that have gone included.
    total: f64,
    /// Rows that have a value.
    running: usize,
    /// Counters that arrived cumulative and have gone, the oldest first.
    departed: VecDeque<Latest<T>>,
}

/// A row's newest point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Latest<T> {
    pub value: f64,
    pub time: T,
    pub start: UnixNanos,
    pub origin: Origin,
    pub phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// No value has come yet.
    New,
    /// It has a value.
    Running,
    /// Its newest point said that it has none.
    Ended,
}

impl<T: SampleTime> Latest<T> {
    fn new(origin: Origin) -> Self {
        Self { value: 0.0, time: T::NEVER, start: UnixNanos::UNKNOWN, origin, phase: Phase::New }
    }
}

impl<T: SampleTime> Shared<T> {
    /// A series that so far only `row` has written.
    pub fn new(row: u32, latest: Latest<T>) -> Self {
        Self {
            rows: HashMap::from([(row, latest)]),
            total: latest.value,
            running: usize::from(latest.phase == Phase::Running),
            departed: VecDeque::new(),
        }
    }

    pub fn join(&mut self, row: u32, origin: Origin) {
        self.rows.insert(row, Latest::new(origin));
    }

    /// What the series is worth after a point of `row`; none if the point changes nothing: it is older than what the row
    /// has brought already, or no number that can be added.
    pub fn meet(&mut self, row: u32, sample: Sample<T>, aggregation: Aggregation) -> Option<f64> {
        let latest = self.rows.get_mut(&row).filter(|_| sample.value.is_finite())?;
        let elsewhere = latest.origin == Origin::PassedThrough;
        if elsewhere && latest.phase == Phase::New {
            let known = self.departed.iter().position(|departed| departed.is_source_of(sample));
            if let Some(known) = known.and_then(|index| self.departed.remove(index)) {
                *latest = known;
            }
        }
        if elsewhere && sample.time <= latest.time {
            return None;
        }
        // A counter that has fallen began anew.
        let begun = aggregation == Aggregation::Counter && sample.value < latest.value;
        self.total += if begun { sample.value } else { sample.value - latest.value };
        self.running += usize::from(latest.phase != Phase::Running);
        let Sample { value, time, start } = sample;
        *latest = Latest { value, time, start, phase: Phase::Running, ..*latest };
        Some(self.total)
    }

    /// `row` has no value any more; says whether no other row has one, so that the series has ended.
    pub fn end(&mut self, row: u32, time: T, aggregation: Aggregation) -> bool {
        let Some(latest) = self.rows.get_mut(&row) else { return false };
        let late = latest.origin == Origin::PassedThrough && time <= latest.time;
        if late || latest.phase != Phase::Running {
            return false;
        }
        self.running -= 1;
        latest.phase = Phase::Ended;
        latest.time = time;
        match (latest.origin, aggregation) {
            // What has been added stays; the next run begins at nothing.
            (Origin::Accumulated, _) => latest.value = 0.0,
            // The source goes on from where it was.
            (Origin::PassedThrough, Aggregation::Counter) => {}
            // A level that is gone.
            (Origin::PassedThrough, _) => self.total -= std::mem::take(&mut latest.value),
        }
        self.running == 0
    }

    /// Whether a source that has gone would be recognised.
    pub fn remembers(&self) -> bool {
        !self.departed.is_empty()
    }

    /// Begins at nothing again.
    pub fn reset(&mut self) {
        self.total = 0.0;
    }

    /// Takes `row` out; says whether it was the last.
    pub fn remove(&mut self, row: u32, aggregation: Aggregation) -> bool {
        if let Some(latest) = self.rows.remove(&row) {
            self.running -= usize::from(latest.phase == Phase::Running);
            match (latest.origin, aggregation) {
                (Origin::PassedThrough, Aggregation::Counter) if latest.phase != Phase::New => {
                    if self.departed.len() == DEPARTED {
                        self.departed.pop_front();
                    }
                    self.departed.push_back(Latest { phase: Phase::Ended, ..latest });
                }
                (Origin::PassedThrough, Aggregation::Sum) => self.total -= latest.value,
                _ => {}
            }
        }
        self.rows.is_empty()
    }

    /// Memory in use, bytes.
    pub fn memory(&self) -> usize {
        (self.rows.capacity() + self.departed.capacity()) * size_of::<(u32, Latest<T>)>()
    }
}

impl<T: SampleTime> Latest<T> {
    /// Whether the first point of a row that joins comes from the source that this row had. A start time tells sources
    /// apart; where one is missing, a counter that is at least as high and newer is taken for the same: to add a total
    /// twice would be worse than to miss the first value of another source.
    fn is_source_of(&self, first: Sample<T>) -> bool {
        if self.start.is_known() && first.start.is_known() {
            return self.start == first.start;
        }
        first.time > self.time && first.value >= self.value
    }
}
