//! What the exporter is told.

use std::time::Duration;

use prometheus::labels::Labelling;

/// Settings of one remote-write exporter, as meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Its id as configured.
    pub id: String,
    /// Where to write to.
    pub endpoint: http::Uri,
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
    /// Requests that may wait in a lane.
    pub queue_requests: usize,
    /// Bytes that may wait in all lanes, compressed, together with what is being encoded.
    pub queue_bytes: usize,
    /// When a request is closed.
    pub batch: Batching,
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
    /// So many samples.
    pub samples: usize,
    /// So many bytes, before compression.
    pub bytes: usize,
    /// The first sample in it has waited so long.
    pub wait: Duration,
}

/// Waits between attempts grow by a factor, with jitter, up to a bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retry {
    /// The first wait; none if there are no retries.
    pub initial: Option<Duration>,
    /// Each wait is so many times the one before.
    pub multiplier: f64,
    /// A wait is up to this share shorter or longer.
    pub jitter: f64,
    /// The longest wait.
    pub longest: Duration,
    /// After so long a request is given up; none means never.
    pub give_up: Option<Duration>,
}

/// Bytes of a queue where the configuration sets no bound in bytes: 20 MiB requests of gzip inflate to less.
pub const QUEUE_BYTES: usize = 256 << 20;

/// The Collector's defaults.
impl Default for Retry {
    fn default() -> Self {
        Self {
            initial: Some(Duration::from_millis(50)),
            multiplier: 1.5,
            jitter: 0.5,
            longest: Duration::from_secs(30),
            give_up: Some(Duration::from_secs(5 * 60)),
        }
    }
}

/// Where no batch processor says otherwise: small delay, requests of the size that the Prometheus sender uses.
impl Default for Batching {
    fn default() -> Self {
        Self { samples: 2_000, bytes: 3_000_000, wait: Duration::from_millis(200) }
    }
}
