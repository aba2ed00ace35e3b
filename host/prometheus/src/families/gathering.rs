//! A histogram or a summary that several streams write: what all of them come to.
//!
//! Bounds may differ from stream to stream. At each mark that any of them has had, a stream counts with what it has at its
//! own nearest mark below: exact where its mark is the same, and never too much. Runs are judged stream by stream, not
//! series by series, so that all series of a family go on together. The total only ever gains what a stream has gained, so
//! that it costs the same however many streams there are.

use std::collections::{HashMap, VecDeque};

use super::classic::{Classic, FamilyKind};
use super::family::Owed;
use crate::series::SampleTime;
use clock::UnixNanos;
use model::BUCKETS;
use model::Origin;
use streams::OutputStream;

/// Streams that have gone are remembered so long as no more than this have gone after them.
const DEPARTED: usize = 64;

/// What is known of a family that has had more than one stream.
#[derive(Debug, Default)]
pub(super) struct Gathering<T> {
    streams: HashMap<OutputStream, Held<T>>,
    /// Streams that have a value.
    running: usize,
    /// Streams whose totals are made elsewhere.
    elsewhere: usize,
    /// Streams whose newest value says nothing of a sum.
    without_sum: usize,
    /// Streams that arrived cumulative and have gone, the oldest first: a sender that comes back must not count twice.
    departed: VecDeque<Held<T>>,
    /// What all streams have added, those that have gone included.
    total: Classic,
    sum: f64,
    /// Marks of all that is held.
    marks: usize,
    /// What has not been written.
    pub owed: Owed<T>,
    /// Whether the family is in the queue of those that have something due.
    pub is_queued: bool,
}

/// A stream's newest point.
#[derive(Debug, Clone)]
struct Held<T> {
    value: Classic,
    /// In the exporter's unit; [`SampleTime::NEVER`] before the first.
    time: T,
    start: UnixNanos,
    origin: Origin,
    /// It has a value: its newest point did not say that there is none.
    running: bool,
}

impl<T: SampleTime> Held<T> {
    fn new(origin: Origin) -> Self {
        Self { value: Classic::default(), time: T::NEVER, start: UnixNanos::UNKNOWN, origin, running: false }
    }

    /// Whether a point of a stream that joins goes on with this one, as for numbers.
    fn is_continued_by(&self, value: &Classic, time: T, start: UnixNanos) -> bool {
        if self.start.is_known() && start.is_known() {
            return self.start == start;
        }
        time > self.time && value.count >= self.value.count
    }

    /// Whether the point begins a run: what it counts has fallen, or its start has moved on.
    fn begins_anew(&self, value: &Classic, start: UnixNanos) -> bool {
        let moved =
            self.origin == Origin::PassedThrough && start.is_known() && self.start.is_known() && start > self.start;
        value.count < self.value.count || moved
    }

    fn lacks_sum(&self) -> bool {
        self.running && finite(self.value.sum).is_none()
    }
}

/// What is no number spoils nothing.
fn finite(sum: Option<f64>) -> Option<f64> {
    sum.filter(|sum| sum.is_finite())
}

impl<T: SampleTime> Gathering<T> {
    /// A family that so far only `stream` has written; its newest value and time, if it has one.
    pub fn new(stream: OutputStream, origin: Origin, newest: Option<(Classic, T)>) -> Self {
        let mut gathering = Self::default();
        gathering.join(stream, origin);
        if let Some((value, time)) = newest {
            gathering.meet(stream, &value, time, UnixNanos::UNKNOWN);
        }
        gathering
    }

    /// A stream more.
    pub fn join(&mut self, stream: OutputStream, origin: Origin) {
        self.elsewhere += usize::from(origin == Origin::PassedThrough);
        self.streams.insert(stream, Held::new(origin));
    }

    /// A stream less; says whether it was the last.
    pub fn leave(&mut self, stream: OutputStream) -> bool {
        if let Some(held) = self.streams.remove(&stream) {
            self.elsewhere -= usize::from(held.origin == Origin::PassedThrough);
            self.running -= usize::from(held.running);
            self.without_sum -= usize::from(held.lacks_sum());
            self.marks -= held.value.marks.len();
            if held.origin == Origin::PassedThrough && held.time != T::NEVER {
                if self.departed.len() == DEPARTED
                    && let Some(oldest) = self.departed.pop_front()
                {
                    self.marks -= oldest.value.marks.len();
                }
                self.marks += held.value.marks.len();
                self.departed.push_back(Held { running: false, ..held });
            }
        }
        self.streams.is_empty()
    }

    /// Adds a point of `stream`; says whether it is newer than what the stream has brought already.
    pub fn meet(&mut self, stream: OutputStream, value: &Classic, time: T, start: UnixNanos) -> bool {
        let Some(held) = self.streams.get_mut(&stream) else { return false };
        if held.origin == Origin::PassedThrough {
            if held.time == T::NEVER {
                let known = self.departed.iter().position(|departed| departed.is_continued_by(value, time, start));
                if let Some(known) = known.and_then(|index| self.departed.remove(index)) {
                    *held = known;
                }
            }
            if time <= held.time {
                return false;
            }
        }
        self.running += usize::from(!held.running);
        self.without_sum -= usize::from(held.lacks_sum());
        self.marks = self.marks - held.value.marks.len() + value.marks.len();
        if held.begins_anew(value, start) {
            held.value = Classic::default();
        }
        self.total.count += value.count - held.value.count;
        self.sum += finite(value.sum).unwrap_or(0.0) - finite(held.value.sum).unwrap_or(0.0);
        if value.form == FamilyKind::Summary {
            // Quantiles cannot be added; the newest are shown.
            self.total.marks.clone_from(&value.marks);
        } else {
            self.total.make_room_for(&value.marks, BUCKETS);
            self.total.gain(&held.value.marks, &value.marks);
        }
        held.value.clone_from(value);
        (held.time, held.start, held.running) = (time, start, true);
        self.without_sum += usize::from(held.lacks_sum());
        self.total.form = value.form;
        self.total.sum = (self.without_sum == 0).then_some(self.sum);
        true
    }

    /// What all streams have come to.
    pub fn total(&self) -> &Classic {
        &self.total
    }

    /// `stream` has no value any more; says whether no other stream has one, so that the family has ended.
    pub fn end(&mut self, stream: OutputStream, time: T) -> bool {
        let Some(held) = self.streams.get_mut(&stream) else { return false };
        let late = held.origin == Origin::PassedThrough && time <= held.time;
        if late || !held.running {
            return false;
        }
        self.running -= 1;
        self.without_sum -= usize::from(held.lacks_sum());
        (held.running, held.time) = (false, time);
        if held.origin == Origin::Accumulated {
            // What has been added stays; the next run begins at nothing.
            self.marks -= held.value.marks.len();
            held.value = Classic::default();
        }
        self.running == 0
    }

    /// Whether the totals of all streams are made here: what has ended then begins at nothing.
    pub fn is_own(&self) -> bool {
        self.elsewhere == 0
    }

    /// Begins at nothing again.
    pub fn reset(&mut self) {
        (self.total, self.sum) = (Classic::default(), 0.0);
    }

    /// Whether a sender that has gone would be recognised.
    pub fn remembers(&self) -> bool {
        !self.departed.is_empty()
    }

    /// Memory in use, bytes.
    pub fn memory(&self) -> usize {
        (self.marks + self.total.marks.len()) * size_of::<(f64, f64)>()
            + (self.streams.len() + self.departed.len()) * size_of::<(OutputStream, Held<T>)>()
    }
}
