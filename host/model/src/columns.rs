//! Points as columns: what stages are given and what they give back. Entry `i` of each list belongs to point `i`; where a
//! list may be empty, its comment says what that means.
//!
//! Columns go to guests and come back without a copy, so that what is in them has the interface's types, bare integers. Who
//! reads a point gives its values their own types.

/// Sums and gauges.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Numbers {
    /// The stream of each point, numbered from 0 within the call.
    pub rows: Vec<u32>,
    /// The code of [`Number`](crate::Number).
    pub kinds: Vec<u8>,
    /// OTLP's flags; empty while all are 0.
    pub flags: Vec<u32>,
    /// Nanoseconds since the Unix epoch; 0 is unknown.
    pub starts: Vec<u64>,
    /// Nanoseconds since the Unix epoch.
    pub times: Vec<u64>,
    /// Integer or double, as bits.
    pub values: Vec<u64>,
}

/// What a stage makes of sums and gauges. An empty column stays as it was sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NumberRevision {
    /// Dropped points, a bit each; empty if there are none.
    pub dropped: Vec<u64>,
    /// The reason of each dropped point, by its index among the stage's own.
    pub reasons: Vec<u32>,
    /// See [`Numbers`].
    pub kinds: Vec<u8>,
    /// See [`Numbers`].
    pub flags: Vec<u32>,
    /// See [`Numbers`].
    pub starts: Vec<u64>,
    /// See [`Numbers`].
    pub times: Vec<u64>,
    /// See [`Numbers`].
    pub values: Vec<u64>,
    /// The state cells of all rows; empty if none has changed.
    pub cells: Vec<u64>,
}

/// Histograms with explicit bounds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histograms {
    /// See [`Numbers`].
    pub rows: Vec<u32>,
    /// See [`Numbers`].
    pub flags: Vec<u32>,
    /// See [`Numbers`].
    pub starts: Vec<u64>,
    /// See [`Numbers`].
    pub times: Vec<u64>,
    /// How many values were observed.
    pub counts: Vec<u64>,
    /// Their sum, 0 where absent.
    pub sums: Vec<f64>,
    /// The smallest, 0 where absent.
    pub minima: Vec<f64>,
    /// The largest, 0 where absent.
    pub maxima: Vec<f64>,
    /// Which of the three are there: bit 0 the sum, bit 1 the minimum, bit 2 the maximum.
    pub presence: Vec<u8>,
    /// Where the bounds of each point begin, and the end: one more than points.
    pub bound_offsets: Vec<u32>,
    /// Bounds of all points.
    pub bounds: Vec<f64>,
    /// Where the buckets of each point begin, and the end: one more than points.
    pub bucket_offsets: Vec<u32>,
    /// Bucket counts of all points.
    pub buckets: Vec<u64>,
}

/// Exponential histograms.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExponentialHistograms {
    /// See [`Numbers`].
    pub rows: Vec<u32>,
    /// See [`Numbers`].
    pub flags: Vec<u32>,
    /// See [`Numbers`].
    pub starts: Vec<u64>,
    /// See [`Numbers`].
    pub times: Vec<u64>,
    /// See [`Histograms`].
    pub counts: Vec<u64>,
    /// See [`Histograms`].
    pub sums: Vec<f64>,
    /// See [`Histograms`].
    pub minima: Vec<f64>,
    /// See [`Histograms`].
    pub maxima: Vec<f64>,
    /// See [`Histograms`].
    pub presence: Vec<u8>,
    /// Any 32-bit scale.
    pub scales: Vec<i32>,
    /// Values within the zero threshold.
    pub zero_counts: Vec<u64>,
    /// How far from zero those are.
    pub zero_thresholds: Vec<f64>,
    /// Index of the first positive bucket.
    pub positive_starts: Vec<i32>,
    /// Where the positive buckets of each point begin, and the end.
    pub positive_offsets: Vec<u32>,
    /// Positive bucket counts of all points.
    pub positive_buckets: Vec<u64>,
    /// Index of the first negative bucket.
    pub negative_starts: Vec<i32>,
    /// Where the negative buckets of each point begin, and the end.
    pub negative_offsets: Vec<u32>,
    /// Negative bucket counts of all points.
    pub negative_buckets: Vec<u64>,
}

/// What a stage makes of points of the kind `Points`, whose state cells have no fixed size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Revision<Points> {
    /// Dropped points, a bit each; empty if there are none.
    pub dropped: Vec<u64>,
    /// The reason of each dropped point, by its index among the stage's own.
    pub reasons: Vec<u32>,
    /// Whether `points` counts; if not, the points go on as they were sent.
    pub changed: bool,
    /// The points as they come out.
    pub points: Points,
    /// The state cells of all rows, or no offsets at all when none has changed.
    pub cells: VariableCells,
}

/// State cells without a fixed size: the cell of row `i` is `words[offsets[i]..offsets[i + 1]]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VariableCells {
    /// Where each cell begins, and the end: one more than rows.
    pub offsets: Vec<u32>,
    /// All cells.
    pub words: Vec<u64>,
}
