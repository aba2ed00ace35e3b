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
    /// Zeros in front of such totals, in their time series. Prometheus takes them once: when they come again they are out of
    /// order, and nothing of the request is stored.
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
    }

    /// Those of a part with so many time series and samples. What time series have beside their last samples are zeros.
    #[must_use]
    pub fn part(self, series: usize, samples: usize) -> Self {
        let [births, resets] = [self.births, self.resets].map(|all| all.min(series));
        Self { series, samples, births, resets, zeros: samples.saturating_sub(series), ..self }
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
        let halves = match &self.part {
            Some(part) => part.halves(),
            None => Part::read(&self.body, self.contents).and_then(|whole| {
                reservation.settle(reservation.bytes() + whole.len());
                whole.halves()
            }),
        };
        halves.map_or_else(Vec::new, |(first, second)| vec![first.into(), second.into()])
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
