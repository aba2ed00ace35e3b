//! The request that is being filled in a lane.
//!
//! It remembers where the newest sample of each total stands, so that a newer one of the same run takes its place: what a
//! request holds is then bounded by series, however fast their points come.

use std::sync::Arc;
use std::time::Duration;

use budget::{Budget, Reservation};
use clock::{Moment, MonotonicNanos, UnixMillis, UnixNanos};
use model::Origin;
use prometheus::series::{Series, SeriesWriter};

use super::arrival::Placed;
use super::attached::Attached;
use super::encode;
use super::feedback::{Feedback, Known};
use super::request::Contents;

/// Time series, not compressed, one after another.
pub struct OpenRequest {
    /// The time series.
    pub bytes: Vec<u8>,
    /// What is in them.
    pub contents: Contents,
    /// What they hold.
    pub reservation: Reservation,
    /// When the first sample came.
    since: Option<MonotonicNanos>,
    /// The places of time series that no newer total replaces, in order.
    others: Vec<u32>,
    /// Samples that newer ones may replace. The mark of a series is the number of its newest one.
    waiting: Vec<Waiting>,
    /// The number of the first of them; numbers go on from request to request.
    first: u64,
    /// Exemplars of points that replaced others.
    attached: Attached,
}

/// A total in an open request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    /// Where its value stands.
    value: usize,
    /// How far in front of that its time series begins.
    head: u32,
    /// Bytes of exemplars that it was given by points that came later.
    attached: u32,
    /// Zeros in front of it.
    zeros: u32,
    /// When its run began.
    pub start: UnixNanos,
}

impl OpenRequest {
    /// An empty request that is charged to `room`, whose first sample has the number `first`: not 0, as a series that was never
    /// written has the mark 0.
    #[must_use]
    pub fn new(budget: &Budget, first: u64) -> Self {
        Self {
            bytes: Vec::new(),
            contents: Contents::default(),
            reservation: budget.empty_reservation(),
            since: None,
            others: Vec::new(),
            waiting: Vec::new(),
            first,
            attached: Attached::default(),
        }
    }

    /// The sample of that number, if it is in this request.
    #[inline]
    pub(super) fn waiting(&self, mark: u64) -> Option<Waiting> {
        self.waiting.get(self.index(mark)?).copied()
    }

    #[inline]
    fn index(&self, mark: u64) -> Option<usize> {
        mark.checked_sub(self.first).map(|index| index as usize)
    }

    /// Whether the newest sample of a series is in this request, by its mark.
    #[inline]
    pub(super) fn holds(&self, mark: u64) -> bool {
        self.waiting(mark).is_some()
    }

    /// Writes the newest sample of a series, where it was placed, behind `zeros`.
    #[inline]
    pub(super) fn write<W: SeriesWriter>(
        &mut self,
        series: &mut Series<W, UnixMillis>,
        placed: Placed,
        zeros: usize,
        exemplars: &[u8],
    ) {
        let index = self.index(series.mark).filter(|index| *index < self.waiting.len());
        if let Some(index) = index.filter(|_| placed.replaces) {
            self.replace(index, series, exemplars);
            return;
        }
        if placed.next.begins {
            self.contents.births += usize::from(series.is_own_counter());
        } else if index.is_some() && placed.next.goes_on && placed.next.origin == Origin::Accumulated {
            self.contents.resets += 1;
        }
        let begin = self.bytes.len();
        let value =
            encode::series_behind_zeros(&series.labels, zeros, series.value, series.time, exemplars, &mut self.bytes);
        self.contents.add_series();
        self.contents.add_zeros(zeros);
        if placed.next.is_total && encode::are_replaceable(series.time, zeros) {
            let head = (value - begin) as u32;
            series.mark =
                self.wait(Waiting { value, head, attached: 0, zeros: zeros as u32, start: placed.next.start });
        } else {
            self.others.push((self.contents.series - 1) as u32);
        }
    }

    /// Numbers a sample.
    #[inline]
    fn wait(&mut self, waiting: Waiting) -> u64 {
        self.waiting.push(waiting);
        self.first + self.waiting.len() as u64 - 1
    }

    /// A newer total takes the place of the one at `index`, whose exemplars stay.
    #[inline]
    fn replace<W>(&mut self, index: usize, series: &Series<W, UnixMillis>, exemplars: &[u8]) {
        let waiting = &mut self.waiting[index];
        encode::replace(&mut self.bytes, waiting.value, series.value, series.time);
        if waiting.zeros > 0 {
            encode::move_zeros(&mut self.bytes, waiting.value, waiting.zeros as usize, series.time);
        }
        if !exemplars.is_empty() {
            waiting.attached = self.attached.add(waiting.value - waiting.head as usize, exemplars, waiting.attached);
        }
    }

    /// Writes a sample that no other replaces.
    pub fn write_once(&mut self, labels: &[u8], value: f64, time: UnixMillis) {
        encode::series(labels, value, time, &mut self.bytes);
        self.others.push(self.contents.series as u32);
        self.contents.add_series();
    }

    /// Writes the value of a series again, at its new time; returns its mark from now on.
    pub fn repeat<W>(&mut self, series: &Series<W, UnixMillis>) -> u64 {
        let begin = self.bytes.len();
        let value = encode::series_behind_zeros(&series.labels, 0, series.value, series.time, &[], &mut self.bytes);
        self.contents.add_series();
        if !encode::is_replaceable(series.time) {
            self.others.push((self.contents.series - 1) as u32);
            return series.mark;
        }
        let head = (value - begin) as u32;
        self.wait(Waiting { value, head, attached: 0, zeros: 0, start: UnixNanos::UNKNOWN })
    }

    /// Writes the end of a series.
    pub fn end<W>(&mut self, series: &mut Series<W, UnixMillis>) {
        series.mark = self.end_labels(&series.labels, series.time);
    }

    /// Writes the end of the series of these labels; returns its mark from now on.
    pub fn end_labels(&mut self, labels: &[u8], time: UnixMillis) -> u64 {
        let value = self.bytes.len();
        encode::stale(labels, time, &mut self.bytes);
        self.contents.add_series();
        self.contents.resets += 1;
        // Nothing replaces it: what comes next follows no value.
        self.wait(Waiting { value, head: 0, attached: 0, zeros: 0, start: UnixNanos::UNKNOWN })
    }

    /// Says that something may have been written.
    #[inline]
    pub fn touch(&mut self, now: Moment) {
        if self.contents.samples > 0 && self.since.is_none() {
            self.since = Some(now.monotonic);
        }
    }

    /// Bytes of what is in it.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() + self.attached.len()
    }

    /// What is known of its time series, when it is about to be closed.
    pub(super) fn known(&mut self, lane: &Arc<Feedback>) -> Known {
        let opened = self.since.unwrap_or(MonotonicNanos(u64::MAX));
        let others = std::mem::take(&mut self.others).into();
        Known { opened, first: self.first, others, lane: Arc::clone(lane) }
    }

    /// Samples in it that newer ones may replace.
    #[must_use]
    pub fn totals(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.contents.samples == 0
    }

    /// How long ago its first sample came.
    #[must_use]
    pub fn age(&self, now: Moment) -> Duration {
        self.since.map_or(Duration::ZERO, |since| now.monotonic.since(since))
    }

    /// Ends it: gives its time series, with all of their exemplars, to `body`, and what they hold. It is empty then.
    pub fn close<R>(&mut self, body: impl FnOnce(&[u8]) -> R) -> (R, Contents) {
        self.attached.move_into(&mut self.bytes);
        let body = body(&self.bytes);
        self.bytes.clear();
        self.first += self.waiting.len() as u64;
        self.waiting.clear();
        self.others.clear();
        self.since = None;
        (body, std::mem::take(&mut self.contents))
    }

    /// Charges what it holds now.
    pub fn settle(&mut self) {
        self.reservation.settle(self.len());
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.bytes.capacity()
            + self.waiting.capacity() * size_of::<Waiting>()
            + 4 * self.others.capacity()
            + self.attached.memory()
    }
}
