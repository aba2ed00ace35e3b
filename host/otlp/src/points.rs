//! What is found in a request: its points, and where their descriptions stand.

use model::{Kind, Number};

/// The points of a request, in the order in which they stand, and where their descriptions are.
#[derive(Debug, Default, Clone)]
pub struct Points {
    /// One entry a data point.
    pub points: Vec<Point>,
    /// The metrics that they belong to.
    pub metrics: Vec<MetricPlace>,
    /// The scopes that those belong to.
    pub scopes: Vec<ScopePlace>,
    /// The bytes of the `Resource` messages that those belong to.
    pub resources: Vec<Span>,
    /// What the points would take if each were written with its full description, bytes: what exporters make of a
    /// request is of this order. A histogram counts once for each series that it becomes.
    pub expanded: usize,
    /// Series samples that the points become.
    pub series: usize,
}

impl Points {
    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.points.capacity() * size_of::<Point>()
            + self.metrics.capacity() * size_of::<MetricPlace>()
            + self.scopes.capacity() * size_of::<ScopePlace>()
            + self.resources.capacity() * size_of::<Span>()
    }
}

/// A data point as it goes through the host: 64 bytes.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Stands for resource, scope, metric and attributes as written.
    pub key: u128,
    /// Nanoseconds since the Unix epoch; 0 is unknown.
    pub start: u64,
    /// Nanoseconds since the Unix epoch.
    pub time: u64,
    /// Integer or double, as bits; meaningless for other kinds.
    pub value: u64,
    /// The data point's bytes.
    pub place: Span,
    /// Index into [`Points::metrics`].
    pub metric: u32,
    /// OTLP's flags.
    pub flags: u32,
    /// What [`Self::value`] is.
    pub number: Number,
    /// Whether it has exemplars.
    pub exemplars: bool,
    /// Whether its series would take more than [`FAMILY_BYTES`](super::walk::FAMILY_BYTES).
    pub too_wide: bool,
}

/// A range of the request's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    start: u32,
    length: u32,
}

/// A `Metric` message.
#[derive(Debug, Clone, Copy)]
pub struct MetricPlace {
    /// Its bytes.
    pub message: Span,
    /// Index into [`Points::scopes`].
    pub scope: u32,
    /// What kind of points it has.
    pub kind: Kind,
    /// OTLP's code: 0 unspecified, 1 delta, 2 cumulative.
    pub temporality: u8,
    /// Sums only.
    pub monotonic: bool,
}

/// An `InstrumentationScope` message.
#[derive(Debug, Clone, Copy)]
pub struct ScopePlace {
    /// Its bytes.
    pub message: Span,
    /// Index into [`Points::resources`].
    pub resource: u32,
}

impl Span {
    pub(crate) fn of(part: &[u8], whole: &[u8]) -> Self {
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
