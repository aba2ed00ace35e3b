//! What the exporter is told.

use std::num::NonZeroUsize;
use std::time::Duration;

use component::authenticator::Reference;
use prometheus::labels::Labelling;

pub use super::limits::Limits;
use super::truthful::ownership::Writers;
pub use super::verdict::Receiver;
pub use delivery::Retry;

/// Settings of one remote-write exporter, as meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Its id as configured.
    pub id: String,
    /// Where to write to.
    pub endpoint: http::Uri,
    /// How it takes requests in which something is bad.
    pub receiver: Receiver,
    /// What it takes of a series.
    pub limits: Limits,
    /// Who is asked to authenticate each attempt.
    pub authenticator: Option<Reference>,
    /// Headers that the user adds.
    pub headers: http::HeaderMap,
    /// Names and labels.
    pub labelling: Labelling,
    /// Whether the series `target_info` is written.
    pub target_info: TargetInfo,
    /// Whether type, help and unit of families are sent.
    pub metadata: bool,
    /// One attempt may take so long.
    pub timeout: Duration,
    /// What follows a failed attempt.
    pub retry: Retry,
    /// Lanes of the exporter, over all shards; none means one a shard.
    pub lanes: Option<NonZeroUsize>,
    /// Requests that may wait in all lanes.
    pub queue_requests: usize,
    /// Bytes that may wait in all lanes, compressed, together with what is being encoded.
    pub queue_bytes: usize,
    /// When a request is closed.
    pub batch: Batching,
    /// What is written beside the points.
    pub truthful: TruthfulCounters,
}

/// What is written so that `increase()` is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TruthfulCounters {
    /// Zeros in front of each new total; none if it has none.
    pub zeros: usize,
    /// Whether totals are repeated while their streams live.
    pub repeats: Switch,
    /// The step at which they are.
    pub repeat_interval: Duration,
    /// Whether series that end get a staleness marker.
    pub stale_markers: Switch,
    /// Who else writes the series, as far as the configuration says.
    pub writers: Writers,
}

/// Whether something is done that harms where several processes write a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
    /// It is where this process is known to be the only writer.
    Auto,
}

impl Switch {
    /// Whether it is done.
    #[must_use]
    pub fn is_on(self, writers: Writers) -> bool {
        match self {
            Self::On => true,
            Self::Off => false,
            Self::Auto => writers == Writers::Single,
        }
    }
}

impl TruthfulCounters {
    /// Nothing is written but points.
    pub const OFF: Self = Self {
        zeros: 0,
        repeats: Switch::Off,
        repeat_interval: Duration::from_secs(60),
        stale_markers: Switch::Off,
        writers: Writers::Unknown,
    };
}

/// Whether resources are told about in a series of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetInfo {
    /// `target_info` is written.
    Written,
    /// It is not.
    Omitted,
}

/// When a request is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batching {
    /// It is closed at so many samples.
    pub samples: usize,
    /// It never has more samples; none where it may have as many as come together when it is closed.
    pub most_samples: Option<usize>,
    /// It never has more bytes before compression, unless a single time series has.
    pub bytes: usize,
    /// The first sample in it has waited so long.
    pub wait: Duration,
}

/// A shard has no more lanes of an exporter. Each has a request in flight: a back-end that needs more is not helped by more.
pub const MOST_LANES: usize = 256;

impl Settings {
    /// Lanes in each of so many shards. What is asked for is shared out, rounded up.
    ///
    /// One where nothing is asked for, not the Collector's five: there requests share a queue, here each series keeps to its
    /// lane. So five lanes would make five requests of what fits into one, and what streams of a client have in common, which
    /// Snappy writes once where they stand side by side, would be in all of them: of 2,048 series of 11 streams a client,
    /// requests get 1.9 times as large compressed, and Snappy takes 1.4 times as long.
    #[must_use]
    pub fn lanes_of_a_shard(&self, shards: usize) -> usize {
        self.lanes.map_or(1, |lanes| lanes.get().div_ceil(shards.max(1)).min(MOST_LANES))
    }
}

/// Bytes of a queue where the configuration sets no bound in bytes: 20 MiB requests of gzip inflate to less.
pub const QUEUE_BYTES: usize = 256 << 20;

/// What a request never has more of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    /// Samples.
    pub samples: usize,
    /// Bytes before compression.
    pub bytes: usize,
}

impl Batching {
    /// What a request never has more of. Where no bound of samples is set: twice as many as those at which it is closed, which
    /// matters when it was kept open while its lane had to wait.
    #[must_use]
    pub fn most(&self) -> Most {
        let samples = self.most_samples.unwrap_or(self.samples.saturating_mul(2));
        Most { samples: samples.max(1), bytes: self.bytes }
    }

    /// Bytes at which it is closed: a sixteenth less than it may have, so that what comes next has room, a histogram as well.
    #[must_use]
    pub fn full_bytes(&self) -> usize {
        self.bytes - self.bytes / 16
    }
}

/// Where no batch processor says otherwise: small delay, requests of the size that the Prometheus sender uses.
impl Default for Batching {
    fn default() -> Self {
        Self { samples: 2_000, most_samples: None, bytes: 3_000_000, wait: Duration::from_millis(200) }
    }
}
