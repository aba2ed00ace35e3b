//! Requests that wait in a lane.

use budget::Reservation;
use bytes::Bytes;
use delivery::Item;

use super::split::Part;

/// A compressed `WriteRequest`.
#[derive(Debug)]
pub struct WriteRequest {
    /// Snappy, block format.
    pub body: Bytes,
    /// What is in it.
    pub contents: Contents,
    /// The same, not compressed, if it is a part of a request that was refused.
    part: Option<Part>,
}

/// What is in a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    /// In which message.
    pub message: Message,
    /// Samples.
    pub samples: usize,
    /// Time series, each with its labels. A series may have several.
    pub series: usize,
    /// First totals of series that begin here. In a part of a request: no more than these.
    pub births: usize,
    /// Time series with zeros in front of such a total.
    pub runs: usize,
    /// Those zeros.
    pub zeros: usize,
    /// Staleness markers, and totals of another run than those before them. In a part of a request: no more than these.
    pub resets: usize,
}

/// Messages of remote write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Message {
    /// `prometheus.WriteRequest` of version 1.0.
    #[default]
    WriteRequest,
}

impl Contents {
    /// A time series of one sample more.
    #[inline]
    pub fn add_series(&mut self) {
        self.samples += 1;
        self.series += 1;
    }

    /// Zeros in front of the newest sample.
    #[inline]
    pub fn add_zeros(&mut self, zeros: usize) {
        self.samples += zeros;
        self.zeros += zeros;
        self.runs += usize::from(zeros > 0);
    }

    /// Whether it is a request of first totals behind zeros and of nothing else. Prometheus takes such a request once: when it
    /// comes again the zeros are out of order.
    #[must_use]
    pub fn is_of_births(&self) -> bool {
        self.runs > 0 && self.runs == self.series
    }

    /// Those of a part with so many time series, of which `runs` have several samples, and samples. What a time series has
    /// beside its last sample are zeros.
    #[must_use]
    pub fn part(self, series: usize, runs: usize, samples: usize) -> Self {
        let [births, resets] = [self.births, self.resets].map(|all| all.min(series));
        Self { series, samples, births, resets, runs, zeros: samples - series.min(samples), ..self }
    }
}

impl WriteRequest {
    /// A request of these contents.
    #[must_use]
    pub fn new(body: Bytes, contents: Contents) -> Self {
        Self { body, contents, part: None }
    }

    /// Two requests with its halves, in order; none of a single time series. They share what the whole is when it is not
    /// compressed, which is added to `reservation` with the first halves; compressed, they take the place of the whole.
    #[must_use]
    pub fn halves(&self, reservation: &mut Reservation) -> Vec<Self> {
        let halves = self.uncompressed(reservation).and_then(|whole| whole.halves());
        halves.map_or_else(Vec::new, |(first, second)| vec![first.into(), second.into()])
    }

    /// A request with its first time series, and one with all others; none of a single time series. Room as for
    /// [`Self::halves`].
    #[must_use]
    pub fn first_and_rest(&self, reservation: &mut Reservation) -> Option<(Self, Self)> {
        let (first, rest) = self.uncompressed(reservation)?.first_and_rest()?;
        Some((first.into(), rest.into()))
    }

    /// The same totals without the zeros in front of them, so that they may come again; none if it is not one of ours. Room as
    /// for [`Self::halves`].
    #[must_use]
    pub fn without_zeros(&self, reservation: &mut Reservation) -> Option<Self> {
        Some(self.uncompressed(reservation)?.without_zeros().ok()?.into())
    }

    fn uncompressed(&self, reservation: &mut Reservation) -> Option<Part> {
        if let Some(part) = &self.part {
            return Some(part.clone());
        }
        let whole = Part::read(&self.body, self.contents)?;
        reservation.settle(reservation.bytes() + whole.len());
        Some(whole)
    }
}

impl From<Part> for WriteRequest {
    fn from(part: Part) -> Self {
        Self { part: Some(part.clone()), ..Self::new(part.body(), part.contents()) }
    }
}

impl Item for WriteRequest {
    fn points(&self) -> usize {
        self.contents.samples
    }
}
