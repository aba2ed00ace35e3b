//! A counter or sum that several writers have: the sum of their latest values.
//!
//! A writer whose total is made here begins at nothing and always carries its newest total. One that arrives cumulative
//! may come late, and it may be forgotten while its sender lives on: what it was last worth is then kept, so that the
//! same value is not added a second time when the sender comes back.

use std::collections::{HashMap, VecDeque};

use super::series::{Aggregation, Sample, SampleTime, SeriesWriter};
use clock::UnixNanos;
use model::Origin;

/// Writers that have gone are remembered so long as no more than this have gone after them: senders that are silent at the
/// same time, behind the same labels.
const DEPARTED: usize = 64;

/// What is known of a series that has had more than one writer.
#[derive(Debug)]
pub(super) struct Shared<W, T> {
    writers: HashMap<W, Latest<T>>,
    /// What all writers have added, those that have gone included.
    total: f64,
    /// Writers that have a value.
    running: usize,
    /// Counters that arrived cumulative and have gone, the oldest first.
    departed: VecDeque<Latest<T>>,
}

/// A writer's newest point.
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

impl<W: SeriesWriter, T: SampleTime> Shared<W, T> {
    /// A series that so far only `writer` has written.
    pub fn new(writer: W, latest: Latest<T>) -> Self {
        Self {
            writers: HashMap::from([(writer, latest)]),
            total: latest.value,
            running: usize::from(latest.phase == Phase::Running),
            departed: VecDeque::new(),
        }
    }

    pub fn join(&mut self, writer: W, origin: Origin) {
        self.writers.insert(writer, Latest::new(origin));
    }

    /// What the series is worth after a point of `writer`; none if the point changes nothing: it is older than what the
    /// writer has brought already, or no number that can be added.
    pub fn meet(&mut self, writer: W, sample: Sample<T>, aggregation: Aggregation) -> Option<f64> {
        let latest = self.writers.get_mut(&writer).filter(|_| sample.value.is_finite())?;
        let elsewhere = latest.origin == Origin::PassedThrough;
        if elsewhere && latest.phase == Phase::New {
            let known = self.departed.iter().position(|departed| departed.is_continued_by(sample));
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

    /// `writer` has no value any more; says whether no other has one, so that the series has ended.
    pub fn end(&mut self, writer: W, time: T, aggregation: Aggregation) -> bool {
        let Some(latest) = self.writers.get_mut(&writer) else { return false };
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
            // The sender goes on from where it was.
            (Origin::PassedThrough, Aggregation::Counter) => {}
            // A level that is gone.
            (Origin::PassedThrough, _) => self.total -= std::mem::take(&mut latest.value),
        }
        self.running == 0
    }

    /// Whether a sender that has gone would be recognised.
    pub fn remembers(&self) -> bool {
        !self.departed.is_empty()
    }

    /// Begins at nothing again.
    pub fn reset(&mut self) {
        self.total = 0.0;
    }

    /// Takes `writer` out; says whether it was the last.
    pub fn remove(&mut self, writer: W, aggregation: Aggregation) -> bool {
        if let Some(latest) = self.writers.remove(&writer) {
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
        self.writers.is_empty()
    }

    /// Memory in use, bytes.
    pub fn memory(&self) -> usize {
        (self.writers.capacity() + self.departed.capacity()) * size_of::<(W, Latest<T>)>()
    }
}

impl<T: SampleTime> Latest<T> {
    /// Whether the first point of a writer that joins goes on with this one. A start time tells senders
    /// apart; where one is missing, a counter that is at least as high and newer is taken for the same: to add a total
    /// twice would be worse than to miss the first value of another sender.
    fn is_continued_by(&self, first: Sample<T>) -> bool {
        if self.start.is_known() && first.start.is_known() {
            return self.start == first.start;
        }
        first.time > self.time && first.value >= self.value
    }
}
