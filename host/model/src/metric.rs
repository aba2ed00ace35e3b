//! Kinds of metric, and what their points may hold.

/// What the value of a number point is; the codes are those of the guests' interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Number {
    /// No value.
    None = 0,
    /// A signed integer.
    Int = 1,
    /// A double.
    Double = 2,
}

/// What the metric contributes to an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MetricTraits {
    /// What kind of points it has.
    pub kind: Kind,
    /// OTLP's code: 0 unspecified, 1 delta, 2 cumulative.
    pub temporality: u8,
    /// Sums only.
    pub monotonic: bool,
}

/// Kinds of metric; the codes are those of the guests' interface and of the Collector's stream identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A gauge.
    Gauge = 1,
    /// A sum.
    Sum = 2,
    /// A histogram with explicit bounds.
    Histogram = 3,
    /// An exponential histogram.
    ExponentialHistogram = 4,
    /// A summary.
    Summary = 5,
}

impl Kind {
    /// The kind with that code; a sum for any other.
    #[must_use]
    pub fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Gauge,
            3 => Self::Histogram,
            4 => Self::ExponentialHistogram,
            5 => Self::Summary,
            _ => Self::Sum,
        }
    }

    /// The field of a data point that holds its attributes.
    #[must_use]
    pub fn attributes_field(self) -> u32 {
        match self {
            Self::Gauge | Self::Sum | Self::Summary => 7,
            Self::Histogram => 9,
            Self::ExponentialHistogram => 1,
        }
    }

    /// The field of a data point that holds its exemplars. Summaries have none.
    #[must_use]
    pub fn exemplars_field(self) -> u32 {
        match self {
            Self::Gauge | Self::Sum => 5,
            Self::Histogram => 8,
            Self::ExponentialHistogram => 11,
            Self::Summary => 0,
        }
    }

    /// Whether its points are one number each.
    #[inline]
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::Gauge | Self::Sum)
    }

    /// Whether its points may be deltas, which add up.
    #[must_use]
    pub fn accumulates(self) -> bool {
        matches!(self, Self::Sum | Self::Histogram | Self::ExponentialHistogram)
    }
}

/// Buckets that a point may have (of one sign), or quantiles: each becomes a series. A point with more is dropped.
pub const BUCKETS: usize = 1_024;

/// OTLP's temporality `delta`.
pub const DELTA: u8 = 1;
/// OTLP's temporality `cumulative`.
pub const CUMULATIVE: u8 = 2;

/// OTLP's flag of a point without a recorded value.
pub const NO_RECORDED_VALUE: u32 = 1;
