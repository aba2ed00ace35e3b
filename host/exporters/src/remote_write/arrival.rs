//! Which times a back-end takes, and what becomes of samples with others.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::counts::WriteCounts;
use clock::{UnixMillis, UnixNanos};
use model::Origin;
use prometheus::series::Series;

/// Prometheus and its relatives refuse samples that are an hour older than their newest, and with them the whole request.
/// What is nearly as old is not written with its own time.
pub(super) const OLDEST: Duration = Duration::from_secs(50 * 60);

/// What is farther ahead of the clock is not written: Prometheus refuses what is ten minutes ahead, and every sample that
/// is ahead brings the present nearer to the hour that it refuses. As far as a point may be (`shard::FUTURE`).
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// Sees to it that no sample is refused for its time, as all samples of its request would be. Says whether the newest of
/// `series` is to be written.
#[inline]
pub(super) fn arrive_in_time<W>(series: &mut Series<W, UnixMillis>, now: UnixNanos, written: &WriteCounts) -> bool {
    let arrival = now.to_millis();
    (arrival.minus(OLDEST)..=arrival.plus(AHEAD)).contains(&series.time) || arrive_anyway(series, arrival, written)
}

/// The oldest time that is written.
pub(super) fn oldest(now: UnixNanos) -> UnixMillis {
    now.to_millis().minus(OLDEST)
}

#[cold]
fn arrive_anyway<W>(series: &mut Series<W, UnixMillis>, arrival: UnixMillis, written: &WriteCounts) -> bool {
    if series.time > arrival {
        // Points that come faster than one a millisecond push a series that several share ahead of the clock. What is not
        // written is part of the total that follows, as soon as the clock has moved.
        series.time = arrival.plus(AHEAD);
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
