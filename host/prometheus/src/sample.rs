//! Samples of series: what is known of one before it is written, and of the newest when its series goes.

use std::fmt;

use clock::{UnixMillis, UnixNanos};
use model::{Kind, MetricTraits, Origin};

/// Times of samples in an exporter's unit: milliseconds where they are sent, nanoseconds where they are only compared.
pub trait SampleTime: Copy + Ord + Default + fmt::Debug {
    /// Before all times of samples.
    const NEVER: Self;

    /// The least time after this one.
    #[must_use]
    fn next(self) -> Self;
}

impl SampleTime for UnixMillis {
    const NEVER: Self = Self::NEVER;

    #[inline]
    fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl SampleTime for UnixNanos {
    const NEVER: Self = Self::UNKNOWN;

    #[inline]
    fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A point of a writer, as far as series are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Sample<T> {
    /// In the exporter's unit.
    pub time: T,
    /// When the writer's run began.
    pub start: UnixNanos,
    /// What the writer is worth.
    pub value: f64,
}

/// A sample that has no time yet, and what it follows.
#[derive(Debug, Clone, Copy)]
pub struct Next<T> {
    /// The point's own time.
    pub time: T,
    /// When the run began; unknown where the series is more than one run.
    pub start: UnixNanos,
    /// The time of the series' newest sample; [`SampleTime::NEVER`] before the first.
    pub last: T,
    /// [`Series::mark`](crate::series::Series::mark).
    pub mark: u64,
    /// Where the series begins.
    pub origin: Origin,
    /// Whether it is a total that is made here, so that it is true whenever it is written. Any other is of the point's own time.
    pub is_total: bool,
    /// Whether the newest sample has a value that this one follows.
    pub goes_on: bool,
    /// Whether it is the first total of a counter that begins here, or begins again after its end.
    pub begins: bool,
    /// How many samples get the time: those of all series of a family.
    pub samples: usize,
}

impl<T: SampleTime> Next<T> {
    /// The point's own time if that is newer than the newest sample. Else that of its arrival, or the least time after the
    /// newest sample, whichever is later; none if it is no total.
    #[inline]
    pub fn rising(&self, arrival: T) -> Option<T> {
        if self.time > self.last { Some(self.time) } else { self.is_total.then(|| arrival.max(self.last.next())) }
    }
}

/// A series that has no writer any more.
#[derive(Debug)]
pub struct Removed<T> {
    /// Its labels, encoded.
    pub labels: Box<[u8]>,
    /// The newest sample's time.
    pub time: T,
    /// [`Series::mark`](crate::series::Series::mark).
    pub mark: u64,
    /// Where it began.
    pub origin: Origin,
    /// How its writers came together.
    pub aggregation: Aggregation,
    /// It had no value.
    pub silent: bool,
}

/// How the values of writers that share a series come together.
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
    /// How writers of such streams come together.
    #[must_use]
    pub fn of(traits: MetricTraits) -> Self {
        match (traits.kind, traits.monotonic) {
            (Kind::Sum, true) => Self::Counter,
            (Kind::Sum, false) => Self::Sum,
            _ => Self::Gauge,
        }
    }
}
