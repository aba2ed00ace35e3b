//! The answers of the two interfaces that process histograms.

use super::{Call, Violation, drops, within};
use crate::limits::CELL_WORDS;
use model::BUCKETS;
use model::columns::{ExponentialHistograms, Histograms, Revision, VariableCells};

/// Bits of the column `presence`, plus one.
const PRESENCE: u64 = 1 << 3;

/// Looks at the answer of `process-histograms`.
///
/// # Errors
/// The first rule that it breaks.
pub fn explicit(revision: Revision<Histograms>, call: Call) -> Result<Revision<Histograms>, Violation> {
    drops(&revision.dropped, &revision.reasons, call)?;
    cells(&revision.cells, call)?;
    if revision.changed {
        let points = &revision.points;
        let count = call.points;
        let (starts, times, counts) = (points.starts.len(), points.times.len(), points.counts.len());
        let extremes = [points.sums.len(), points.minima.len(), points.maxima.len()];
        common([starts, times, counts], extremes, count)?;
        flags_and_presence(&points.flags, &points.presence, count)?;
        lists("bound-offsets", &points.bound_offsets, points.bounds.len(), count)?;
        lists("bucket-offsets", &points.bucket_offsets, points.buckets.len(), count)?;
    }
    Ok(revision)
}

/// Looks at the answer of `process-exponential-histograms`.
///
/// # Errors
/// The first rule that it breaks.
pub fn exponential(
    revision: Revision<ExponentialHistograms>,
    call: Call,
) -> Result<Revision<ExponentialHistograms>, Violation> {
    drops(&revision.dropped, &revision.reasons, call)?;
    cells(&revision.cells, call)?;
    if revision.changed {
        let points = &revision.points;
        let count = call.points;
        let (starts, times, counts) = (points.starts.len(), points.times.len(), points.counts.len());
        let extremes = [points.sums.len(), points.minima.len(), points.maxima.len()];
        common([starts, times, counts], extremes, count)?;
        flags_and_presence(&points.flags, &points.presence, count)?;
        exact("scales", points.scales.len(), count)?;
        exact("zero-counts", points.zero_counts.len(), count)?;
        exact("zero-thresholds", points.zero_thresholds.len(), count)?;
        exact("positive-starts", points.positive_starts.len(), count)?;
        exact("negative-starts", points.negative_starts.len(), count)?;
        lists("positive-offsets", &points.positive_offsets, points.positive_buckets.len(), count)?;
        lists("negative-offsets", &points.negative_offsets, points.negative_buckets.len(), count)?;
    }
    Ok(revision)
}

/// A column that may not be left empty.
fn exact(column: &'static str, length: usize, expected: usize) -> Result<(), Violation> {
    if length == expected { Ok(()) } else { Err(Violation::Length { column, length, expected }) }
}

/// The columns that both kinds have, by their lengths.
fn common(
    [starts, times, counts]: [usize; 3],
    [sums, minima, maxima]: [usize; 3],
    points: usize,
) -> Result<(), Violation> {
    exact("starts", starts, points)?;
    exact("times", times, points)?;
    exact("counts", counts, points)?;
    exact("sums", sums, points)?;
    exact("minima", minima, points)?;
    exact("maxima", maxima, points)
}

fn flags_and_presence(flags: &[u32], presence: &[u8], points: usize) -> Result<(), Violation> {
    super::column("flags", flags.len(), points)?;
    exact("presence", presence.len(), points)?;
    presence.iter().try_for_each(|&bits| within("presence", bits.into(), PRESENCE))
}

/// Offsets of as many lists as `lists`, which together hold `entries`.
fn offsets(column: &'static str, offsets: &[u32], entries: usize, lists: usize) -> Result<(), Violation> {
    exact(column, offsets.len(), lists + 1)?;
    within("first offset", offsets.first().copied().unwrap_or(0).into(), 1)?;
    for pair in offsets.array_windows() {
        let [low, high] = *pair;
        if high < low {
            return Err(Violation::Falling { column, offset: high, before: low });
        }
    }
    exact(column, offsets.last().copied().unwrap_or(0) as usize, entries)
}

/// Offsets of the lists of points, of which none is longer than what a sender may send.
fn lists(column: &'static str, offsets: &[u32], entries: usize, lists: usize) -> Result<(), Violation> {
    self::offsets(column, offsets, entries, lists)?;
    let longest = offsets.array_windows().map(|[low, high]| high - low).max().unwrap_or(0);
    within("entries of a list", longest.into(), BUCKETS as u64 + 1)
}

/// All cells, or no offsets at all where none has changed.
fn cells(cells: &VariableCells, call: Call) -> Result<(), Violation> {
    if cells.offsets.is_empty() {
        return exact("words", cells.words.len(), 0);
    }
    offsets("cells.offsets", &cells.offsets, cells.words.len(), call.rows)?;
    let longest = cells.offsets.array_windows().map(|[low, high]| high - low).max().unwrap_or(0);
    within("words of a cell", longest.into(), u64::from(CELL_WORDS) + 1)
}
