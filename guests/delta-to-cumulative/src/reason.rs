//! Why a point is dropped. The names are announced to the host, which counts by them.

/// The index of each is its place in [`NAMES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Reason {
    /// `strict`: not newer than the newest point of the stream.
    OutOfOrder,
    /// `strict`: starts before the stream.
    OlderStart,
    /// `merge`: carries neither a value nor the flag that says so.
    NoValue,
    /// `merge`: NaN or infinite; added, it would stay in the total for ever.
    NotFinite,
    /// `merge`: below zero in a monotonic sum; added, it would look like a restart.
    Negative,
    /// `merge`: a histogram whose bounds do not rise, that has more buckets than its bounds make, or whose buckets together
    /// hold more than 64 bits can count.
    InvalidBuckets,
    /// A histogram whose state would not fit into a cell.
    TooManyBuckets,
}

/// Names as the Collector's counter has them where it has the case.
pub(crate) const NAMES: [&str; 7] =
    ["out_of_order", "older_start", "no_value", "not_finite", "negative", "invalid_buckets", "too_many_buckets"];
