//! The requests that are being filled in a lane: one of first totals behind their zeros, and one of everything else.
//!
//! Prometheus takes zeros once: when a request comes again whose answer was lost, they are out of order, and nothing of it is
//! stored. So first totals travel apart, and leave before the other request, which may hold what comes after them.

use std::time::Duration;

use budget::Budget;
use clock::{Moment, UnixMillis};
use prometheus::series::{Series, SeriesWriter};

use super::arrival::Placed;
use super::open::{OpenRequest, Waiting};
use super::settings::Batching;

/// A series that was never written has the mark 0.
const FIRST: u64 = 1;

/// Samples in requests of first totals have numbers of their own.
const FIRST_BIRTH: u64 = 1 << 63;

/// Zeros of a request: as many samples as Prometheus takes in a fraction of a second.
const ZEROS: usize = 50_000;

/// What is being filled in one lane.
pub struct Filling {
    /// All but first totals behind zeros.
    pub open: OpenRequest,
    /// First totals behind zeros, each in the time series of its run. Made with the first of them.
    births: Option<Box<OpenRequest>>,
    budget: Budget,
}

impl Filling {
    /// Empty requests that are charged to `budget`.
    #[must_use]
    pub fn new(budget: &Budget) -> Self {
        Self { open: OpenRequest::new(budget, FIRST), births: None, budget: budget.clone() }
    }

    /// First totals, if there have been any.
    pub fn births(&mut self) -> Option<&mut OpenRequest> {
        self.births.as_deref_mut()
    }

    /// The sample of that number, if it is still here.
    #[inline]
    pub(super) fn waiting(&self, mark: u64) -> Option<Waiting> {
        self.open.waiting(mark).or_else(|| self.births.as_ref()?.waiting(mark))
    }

    /// Writes the newest sample of a series, where it was placed. Zeros in front of it stand in its time series.
    #[inline]
    pub(super) fn write<W: SeriesWriter>(
        &mut self,
        series: &mut Series<W, UnixMillis>,
        placed: Placed,
        exemplars: &[u8],
    ) {
        if placed.zeros > 0 && series.is_own_counter() {
            self.write_first(series, placed, exemplars);
            return;
        }
        match &mut self.births {
            Some(births) if placed.replaces && births.holds(series.mark) => births.write(series, placed, 0, exemplars),
            _ => self.open.write(series, placed, 0, exemplars),
        }
    }

    #[cold]
    fn write_first<W: SeriesWriter>(&mut self, series: &mut Series<W, UnixMillis>, placed: Placed, exemplars: &[u8]) {
        // What came before its end still waits in the other request, and is to stay in front of it.
        if self.open.holds(series.mark) {
            self.open.write(series, placed, placed.zeros, exemplars);
            return;
        }
        let births = self.births.get_or_insert_with(|| Box::new(OpenRequest::new(&self.budget, FIRST_BIRTH)));
        births.write(series, placed, placed.zeros, exemplars);
    }

    /// Says that something may have been written.
    #[inline]
    pub fn touch(&mut self, now: Moment) {
        self.open.touch(now);
        if let Some(births) = &mut self.births {
            births.touch(now);
        }
    }

    /// How long ago the first sample came.
    #[must_use]
    pub fn age(&self, now: Moment) -> Duration {
        let births = self.births.as_ref().map_or(Duration::ZERO, |births| births.age(now));
        self.open.age(now).max(births)
    }

    /// Charges what is held now.
    pub fn settle(&mut self) {
        self.open.settle();
        if let Some(births) = &mut self.births {
            births.settle();
        }
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.open.memory() + self.births.as_ref().map_or(0, |births| size_of::<OpenRequest>() + births.memory())
    }
}

/// Whether a request is to be closed. Zeros are not counted as samples, as whoever says how many a request may have knows
/// nothing of them.
#[inline]
pub(super) fn is_full(request: &OpenRequest, batch: Batching) -> bool {
    let contents = request.contents;
    contents.samples - contents.zeros >= batch.samples || request.len() >= batch.full_bytes() || contents.zeros >= ZEROS
}
