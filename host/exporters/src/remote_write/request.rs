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
    /// Samples in it.
    pub samples: usize,
    /// The same, not compressed, if it is a part of a request that was refused.
    part: Option<Part>,
}

impl WriteRequest {
    /// A request of so many samples.
    #[must_use]
    pub fn new(body: Bytes, samples: usize) -> Self {
        Self { body, samples, part: None }
    }

    /// Two requests with its halves, in order; none of a single time series. They share what the whole is when it is not
    /// compressed, which is added to `reservation` with the first halves; compressed, they take the place of the whole.
    #[must_use]
    pub fn halves(&self, reservation: &mut Reservation) -> Vec<Self> {
        let halves = match &self.part {
            Some(part) => part.halves(),
            None => Part::read(&self.body).and_then(|whole| {
                reservation.settle(reservation.bytes() + whole.len());
                whole.halves()
            }),
        };
        halves.map_or_else(Vec::new, |(first, second)| vec![first.into(), second.into()])
    }
}

impl From<Part> for WriteRequest {
    fn from(part: Part) -> Self {
        Self { body: part.body(), samples: part.series(), part: Some(part) }
    }
}

impl Item for WriteRequest {
    fn points(&self) -> usize {
        self.samples
    }
}
