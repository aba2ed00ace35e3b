//! Requests that wait in a lane.

use bytes::Bytes;
use clock::UnixMillis;
use delivery::Item;

use super::feedback::KnownPart;
use super::pieces::SeriesPieces;

/// A compressed `WriteRequest`.
#[derive(Debug)]
pub struct WriteRequest {
    /// Snappy, block format.
    pub body: Bytes,
    /// What is in it.
    pub contents: Contents,
    /// What it is for.
    pub purpose: Purpose,
    /// What is known of its time series, if they come from an open request.
    pub known: Option<KnownPart>,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Samples of streams.
    #[default]
    Samples,
    /// Totals that are written once more, as a back-end may have refused them.
    Again,
    /// What families are: of no use once it may have changed.
    Metadata {
        /// Until then it is.
        until: UnixMillis,
    },
    /// `target_info`: of no use once the next step of time has begun, when it is written anew.
    TargetInfo {
        /// When that is.
        until: UnixMillis,
    },
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
        Self { body, contents, purpose: Purpose::Samples, known: None }
    }

    /// The same for another purpose.
    #[must_use]
    pub fn meant_for(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }

    /// What it is divided into. None if it holds no time series, or is never divided.
    #[must_use]
    pub fn pieces(&self) -> Option<SeriesPieces> {
        match self.purpose {
            Purpose::Samples | Purpose::Again if self.contents.series > 0 => {
                let pieces = SeriesPieces::read(&self.body, self.contents)?;
                Some(pieces.known_as(self.known.clone()))
            }
            _ => None,
        }
    }
}

impl Item for WriteRequest {
    fn points(&self) -> usize {
        self.contents.samples
    }
}
