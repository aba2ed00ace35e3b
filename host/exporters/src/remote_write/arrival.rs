//! Which times a back-end takes, and what becomes of samples with others.

use std::sync::atomic::Ordering;

use super::counts::WriteCounts;
use clock::MILLISECOND;
use model::Origin;
use prometheus::series::Series;

/// Prometheus and its relatives refuse samples that are an hour older than their newest, and with them the whole request.
/// What is nearly as old is not written with its own time. Milliseconds.
pub(super) const OLDEST_MS: i64 = 50 * 60 * 1_000;

/// What is farther ahead of the clock is not written: Prometheus refuses what is ten minutes ahead, and every sample that
/// is ahead brings the present nearer to the hour that it refuses. As far as a point may be (`shard::FUTURE_NS`);
/// milliseconds.
const AHEAD_MS: i64 = 5 * 60 * 1_000;

/// Sees to it that no sample is refused for its time, as all samples of its request would be. Says whether the newest of
/// `series` is to be written.
#[inline]
pub(super) fn arrive_in_time(series: &mut Series, now: u64, written: &WriteCounts) -> bool {
    let arrival = (now / MILLISECOND).cast_signed();
    let ahead = series.time.saturating_sub(arrival);
    (-OLDEST_MS..=AHEAD_MS).contains(&ahead) || arrive_anyway(series, arrival, written)
}

/// The oldest time that is written, milliseconds.
pub(super) fn oldest(now: u64) -> i64 {
    (now / MILLISECOND).cast_signed() - OLDEST_MS
}

#[cold]
fn arrive_anyway(series: &mut Series, arrival: i64, written: &WriteCounts) -> bool {
    if series.time > arrival {
        // Points that come faster than one a millisecond push a series that several share ahead of the clock. What is not
        // written is part of the total that follows, as soon as the clock has moved.
        series.time = arrival + AHEAD_MS;
        written.too_far_ahead.fetch_add(1, Ordering::Relaxed);
        return false;
    }
    if series.origin == Origin::PassedThrough {
        written.too_old.fetch_add(1, Ordering::Relaxed);
        return false;
    }
    // A total that is made here is true now as well.
    series.time = arrival;
    written.late.fetch_add(1, Ordering::Relaxed);
    true
}
