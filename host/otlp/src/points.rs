//! What is found in a request: its points, and where their descriptions stand.

use super::key::FormKey;
use clock::UnixNanos;
use model::{Kind, Number};

/// The points of a request, in the order in which they stand, and where their descriptions are.
#[derive(Debug, Default, Clone)]
pub struct Points {
    /// One entry a data point.
    pub points: Vec<Point>,
    /// The metrics that they belong to, and those without points.
    pub metrics: Vec<MetricPlace>,
    /// The scopes that those belong to, and those without metrics.
    pub scopes: Vec<ScopePlace>,
    /// The resources that those belong to, and those without scopes.
    pub resources: Vec<ResourcePlace>,
    /// What the points take in the queue of an exporter that writes each with its full description, bytes: see
    /// [`expansion`](super::expansion).
    pub expanded: usize,
    /// Series that may get their first total from a point: those of delta sums that only rise, and of delta histograms.
    pub beginnings: usize,
}

impl Points {
    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.points.capacity() * size_of::<Point>()
            + self.metrics.capacity() * size_of::<MetricPlace>()
            + self.scopes.capacity() * size_of::<ScopePlace>()
            + self.resources.capacity() * size_of::<ResourcePlace>()
    }
}

/// A data point as it goes through the host: 64 bytes.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Stands for resource, scope, metric and attributes as written.
    pub key: FormKey,
    /// When what it says began.
    pub start: UnixNanos,
    /// When it was so.
    pub time: UnixNanos,
    /// Integer or double, as bits; meaningless for other kinds.
    pub value: u64,
    /// The data point's bytes.
    pub place: ByteRange,
    /// Index into [`Points::metrics`].
    pub metric: u32,
    /// OTLP's flags.
    pub flags: u32,
    /// What kind of point it is.
    pub kind: Kind,
    /// What [`Self::value`] is.
    pub number: Number,
    /// Whether it has exemplars.
    pub exemplars: bool,
    /// Whether its series would take more than [`FAMILY_BYTES`](super::scan::FAMILY_BYTES).
    pub too_wide: bool,
}

const _: () = assert!(size_of::<Point>() == 64, "a point is a cache line");

/// A range of the request's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByteRange {
    start: u32,
    length: u32,
}

/// A `Metric` message, which may have no points.
#[derive(Debug, Clone, Copy)]
pub struct MetricPlace {
    /// Its name: text, as are description and unit.
    pub name: ByteRange,
    /// What it is, in words.
    pub description: ByteRange,
    /// Its unit.
    pub unit: ByteRange,
    /// The fields before the data field; all of them if there is none.
    pub before: ByteRange,
    /// The fields behind the data field. With [`Self::before`] they are the message without data.
    pub behind: ByteRange,
    /// The data message: a `Gauge`, a `Sum` and so on.
    pub data: ByteRange,
    /// Index into [`Points::scopes`].
    pub scope: u32,
    /// What kind of points it has; none without a data field.
    pub kind: Option<Kind>,
    /// OTLP's code: 0 unspecified, 1 delta, 2 cumulative.
    pub temporality: u8,
    /// Sums only.
    pub monotonic: bool,
}

/// A `ScopeMetrics` message, which may have no metrics.
#[derive(Debug, Clone, Copy)]
pub struct ScopePlace {
    /// All of it, metrics included.
    pub whole: ByteRange,
    /// The bytes of its `InstrumentationScope`.
    pub message: ByteRange,
    /// Its schema URL: text.
    pub schema_url: ByteRange,
    /// Index into [`Points::resources`].
    pub resource: u32,
}

/// A `ResourceMetrics` message, which may have no scopes.
#[derive(Debug, Clone, Copy)]
pub struct ResourcePlace {
    /// All of it, scopes included.
    pub whole: ByteRange,
    /// The bytes of its `Resource`.
    pub message: ByteRange,
    /// Its schema URL: text.
    pub schema_url: ByteRange,
}

impl ByteRange {
    /// This range and the one behind it as one; none if there is something between them.
    #[must_use]
    pub fn joined(self, next: Self) -> Option<Self> {
        (self.start + self.length == next.start).then(|| Self { length: self.length + next.length, ..self })
    }

    /// Where `part` stands in `whole`, of which it must be a part.
    #[must_use]
    pub fn of(part: &[u8], whole: &[u8]) -> Self {
        let start = part.as_ptr().addr().wrapping_sub(whole.as_ptr().addr());
        // Requests are far smaller than 4 GiB; an empty part may lie anywhere.
        Self {
            start: if part.is_empty() { 0 } else { u32::try_from(start).unwrap_or(0) },
            length: u32::try_from(part.len()).unwrap_or(0),
        }
    }

    /// How many bytes it stands for.
    #[must_use]
    pub fn len(self) -> usize {
        self.length as usize
    }

    /// Whether it stands for none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.length == 0
    }

    /// The bytes that it stands for in the request that it was made from.
    #[inline]
    #[must_use]
    pub fn bytes(self, whole: &[u8]) -> &[u8] {
        let start = self.start as usize;
        whole.get(start..start + self.length as usize).unwrap_or_default()
    }
}
