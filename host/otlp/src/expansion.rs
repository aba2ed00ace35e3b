//! What data points become in an exporter's queue, bytes: so much is reserved before a request is accepted.
//!
//! A queue holds requests as they are sent, compressed; beside them each shard has one request open, of a size that is set,
//! which is not. So what a point takes in the end is what it takes compressed. Points of different streams have little in
//! common, and count as they are. The series of one histogram have all labels in common but one, and stand one after another:
//! the first counts as it is, the others by what Snappy makes of a repetition.
//!
//! That is no proof, though it leaves room for labels that have nothing in common. When a request is compressed its reservation is set to what it takes, whether that fits or not; as long as a
//! queue holds more than it may, nothing is accepted. If Snappy found no repetition at all, the points that were accepted
//! until then would take [`OVERRUN`] times what was reserved for them. The total of an exponential histogram may have
//! more buckets than the point that changes it, and than `scan` adds for that: up to seven times as many.

/// Labels take no more than so many times the description that they are made of: `service.name` becomes `job` as well,
/// names of scope attributes get a prefix, numbers become text.
const LABELS: usize = 2;

/// What a series takes beside its labels: what is added to the metric's name, and the sample.
const SERIES: usize = 256;

/// The same of a further series of a histogram: what differs in its labels (the suffix of the name, and a bound of 17
/// digits), its sample, and the beginning of each copy.
const FURTHER_SERIES: usize = 64;

/// Snappy writes a repetition as copies of up to 64 bytes, 3 bytes each. This is a little less.
const REPETITION: usize = 16;

/// Snappy finds repetitions within blocks of this size; the first occurrence in each counts as it is.
const BLOCK: usize = 64 << 10;

/// What a point takes at most without compression is less than so many times what is reserved for it.
pub const OVERRUN: usize = 10;

/// Bytes that `series` series take, compressed, whose labels are made of `described` bytes and are the same but for one.
#[must_use]
pub fn compressed(described: usize, series: usize) -> usize {
    let labels = LABELS * described;
    let again = (labels / REPETITION + labels.saturating_mul(labels) / BLOCK).min(labels);
    labels + SERIES + series.saturating_sub(1) * (again + FURTHER_SERIES)
}
