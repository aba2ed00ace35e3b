//! Why points do not arrive: one closed list a pipeline, for counters and for the answer to the sender.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Index into the pipeline's [`Drops`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason(pub u16);

/// Reasons that every pipeline has; those of its guests follow.
pub const BUILT_IN: [&str; 11] = [
    "host_streams_limit",
    "too_many_buckets",
    "delta_at_exporter",
    "no_valid_name",
    "out_of_memory",
    "description_too_long",
    "too_many_labels",
    "refused_in_part",
    "no_service_name",
    "labels_too_long",
    "replica_without_cluster",
];

/// The host-wide bound on streams is reached.
pub const HOST_LIMIT: Reason = Reason(0);
/// A histogram or a summary has more than [`otlp::points::BUCKETS`] buckets or quantiles.
pub const TOO_MANY_BUCKETS: Reason = Reason(1);
/// A delta stream that no processor makes cumulative reaches an exporter that takes only cumulative ones.
pub const DELTA: Reason = Reason(2);
/// No valid Prometheus name can be made of a metric's or an attribute's name.
pub const UNNAMEABLE: Reason = Reason(3);
/// The system had no memory for a new stream.
pub const OUT_OF_MEMORY: Reason = Reason(4);
/// The description of a stream is longer than [`otlp::scan::DESCRIPTION_BYTES`].
pub const TOO_LONG: Reason = Reason(5);
/// A series would have more than a back-end takes.
pub const TOO_MANY_LABELS: Reason = Reason(6);

/// The part of a request to which they belong failed for good, and another part had been counted already.
pub const REFUSED_IN_PART: Reason = Reason(7);

/// It is routed by the name of its service, and its resource has none.
pub const NO_SERVICE_NAME: Reason = Reason(8);
/// The labels of a series would take more bytes than a back-end takes.
pub const LABELS_TOO_LONG: Reason = Reason(9);
/// A series would name a replica, and not the cluster that it is of.
pub const LONE_REPLICA: Reason = Reason(10);

/// Name and count of each reason.
#[derive(Debug, Clone)]
pub struct Drops(Arc<[Cause]>);

#[derive(Debug)]
struct Cause {
    /// The processor that dropped, or `host`.
    component: Arc<str>,
    reason: Box<str>,
    points: AtomicU64,
}

impl Drops {
    /// The built-in reasons, then those of `guests`: component and reason.
    #[must_use]
    pub fn new(guests: impl IntoIterator<Item = (Arc<str>, String)>) -> Self {
        let host: Arc<str> = Arc::from("host");
        let built_in = BUILT_IN.map(|reason| (Arc::clone(&host), reason.to_owned()));
        let all = built_in.into_iter().chain(guests).map(|(component, reason)| Cause {
            component,
            reason: reason.into(),
            points: AtomicU64::new(0),
        });
        Self(all.collect())
    }

    /// Counts dropped points.
    pub fn count(&self, tally: &Tally) {
        for &(reason, points) in &tally.0 {
            if let Some(cause) = self.0.get(usize::from(reason.0)) {
                cause.points.fetch_add(points, Ordering::Relaxed);
            }
        }
    }

    /// Component, reason and points dropped so far.
    pub fn read(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.0.iter().map(|cause| (&*cause.component, &*cause.reason, cause.points.load(Ordering::Relaxed)))
    }

    /// A sentence for the sender.
    #[must_use]
    pub fn explain(&self, tally: &Tally) -> String {
        let mut text = String::from("dropped:");
        for (index, (reason, points)) in tally.0.iter().enumerate() {
            if let Some(cause) = self.0.get(usize::from(reason.0)) {
                let comma = if index > 0 { "," } else { "" };
                // Writing to a string cannot fail.
                let _ = write!(text, "{comma} {points} by {} ({})", cause.component, cause.reason);
            }
        }
        text
    }
}

/// Points dropped from one request, by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(Vec<(Reason, u64)>);

impl Tally {
    /// Counts one point.
    pub fn add(&mut self, reason: Reason) {
        self.add_many(reason, 1);
    }

    /// Counts points.
    pub fn add_many(&mut self, reason: Reason, points: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += points,
            None => self.0.push((reason, points)),
        }
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        for &(reason, points) in &other.0 {
            self.add_many(reason, points);
        }
    }

    /// Points in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, points)| points).sum()
    }
}
