//! A histogram or a summary that several rows write: what all of them come to.
//!
//! Bounds may differ from row to row. At each mark that any of them has, a row counts with what it has at its own nearest
//! mark below: exact where its mark is the same, and never too much. Runs are judged row by row, not series by series, so
//! that all series of a family begin anew together.

use std::collections::{HashMap, VecDeque};

use super::classic::{Classic, Form};
use crate::otlp::values::BUCKETS;
use crate::pipeline::output::Origin;

/// Rows that have gone are remembered so long as no more than this have gone after them.
const DEPARTED: usize = 64;

/// What is known of a family that has had more than one row.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    rows: HashMap<u32, Held>,
    /// What rows have come to that have gone or begun anew, for good.
    settled: Classic,
    /// Rows that arrived cumulative and have gone, the oldest first: a source that comes back must not count twice.
    departed: VecDeque<Held>,
    total: Classic,
}

/// A row's newest point.
#[derive(Debug, Clone)]
struct Held {
    value: Classic,
    /// In the exporter's unit; `i64::MIN` before the first.
    time: i64,
    /// Nanoseconds; 0 if it is not known.
    start: u64,
    origin: Origin,
    /// It has a value: its newest point did not say that there is none.
    running: bool,
}

impl Held {
    fn new(origin: Origin) -> Self {
        Self { value: Classic::default(), time: i64::MIN, start: 0, origin, running: false }
    }

    /// Whether a point of a row that joins comes from the source that this row had; as for numbers.
    fn is_source_of(&self, value: &Classic, time: i64, start: u64) -> bool {
        if self.start != 0 && start != 0 {
            return self.start == start;
        }
        time > self.time && value.count >= self.value.count
    }

    /// Whether the point begins a run: what it counts has fallen, or its start has moved.
    fn begins_anew(&self, value: &Classic, start: u64) -> bool {
        value.count < self.value.count || (start != 0 && self.start != 0 && start > self.start)
    }
}

impl Gathering {
    /// A family that so far only `row` has written; its newest value and time, if it has one.
    pub fn new(row: u32, origin: Origin, newest: Option<(Classic, i64)>) -> Self {
        let mut held = Held::new(origin);
        if let Some((value, time)) = newest {
            held = Held { value, time, running: true, ..held };
        }
        Self { rows: HashMap::from([(row, held)]), ..Self::default() }
    }

    /// A row more.
    pub fn join(&mut self, row: u32, origin: Origin) {
        self.rows.insert(row, Held::new(origin));
    }

    /// A row less; says whether it was the last.
    pub fn leave(&mut self, row: u32) -> bool {
        if let Some(held) = self.rows.remove(&row).filter(|held| held.time != i64::MIN) {
            if held.origin == Origin::Here {
                self.settled.add(&held.value);
            } else {
                if self.departed.len() == DEPARTED
                    && let Some(oldest) = self.departed.pop_front()
                {
                    self.settled.add(&oldest.value);
                }
                self.departed.push_back(held);
            }
        }
        self.rows.is_empty()
    }

    /// What the family is worth after a point of `row`; none if the point is older than what the row has brought already.
    pub fn meet(&mut self, row: u32, value: &Classic, time: i64, start: u64) -> Option<&Classic> {
        let held = self.rows.get_mut(&row)?;
        if held.origin == Origin::Elsewhere {
            if held.time == i64::MIN {
                let known = self.departed.iter().position(|departed| departed.is_source_of(value, time, start));
                if let Some(known) = known.and_then(|index| self.departed.remove(index)) {
                    *held = known;
                }
            }
            if time <= held.time {
                return None;
            }
            if held.begins_anew(value, start) {
                self.settled.add(&held.value);
            }
        }
        held.value.clone_from(value);
        (held.time, held.start, held.running) = (time, start, true);
        self.total.clone_from(&self.settled);
        let others = self.rows.values().chain(&self.departed);
        others.for_each(|held| self.total.add(&held.value));
        // Rows that agree in nothing would make a family as large as all of them together.
        self.total.marks.truncate(BUCKETS);
        if value.form == Form::Summary {
            // Quantiles cannot be added; the newest are shown.
            self.total.marks.clone_from(&value.marks);
        }
        self.total.form = value.form;
        Some(&self.total)
    }

    /// `row` has no value any more; says whether no other row has one, so that the family has ended.
    pub fn end(&mut self, row: u32, time: i64) -> bool {
        let Some(held) = self.rows.get_mut(&row) else { return false };
        let late = held.origin == Origin::Elsewhere && time <= held.time;
        if late || !held.running {
            return false;
        }
        (held.running, held.time) = (false, time);
        if held.origin == Origin::Here {
            // What has been added stays; the next run begins at nothing.
            self.settled.add(&std::mem::take(&mut held.value));
        }
        let ended = self.rows.values().all(|held| !held.running);
        if ended && self.rows.values().all(|held| held.origin == Origin::Here) {
            self.settled = Classic::default();
        }
        ended
    }

    /// Whether a source that has gone would be recognised.
    pub fn remembers(&self) -> bool {
        !self.departed.is_empty()
    }
}
