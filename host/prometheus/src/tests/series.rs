//! Expected values are those of the sources: each counts its own events, and a series is worth what they count together.

use crate::series::{Aggregation, Next, Sample, SeriesTable};
use clock::{UnixMillis, UnixNanos};
use model::Origin::{self, Accumulated, PassedThrough};
use streams::OutputStream;

struct Streams(SeriesTable<OutputStream, UnixMillis>, Aggregation);

impl Streams {
    /// Streams that share one series.
    fn of(aggregation: Aggregation, origins: &[Origin]) -> Self {
        let mut streams = Self(SeriesTable::default(), aggregation);
        for (stream, &origin) in origins.iter().enumerate() {
            streams.join(stream as u32, origin);
        }
        streams
    }

    fn join(&mut self, stream: u32, origin: Origin) {
        self.0.insert(OutputStream(stream), b"labels".to_vec(), self.1, origin);
    }

    /// Time and value of what is written.
    fn meet(&mut self, stream: u32, time: i64, value: f64) -> Option<(i64, f64)> {
        self.meet_of(stream, 0, time, value)
    }

    fn meet_of(&mut self, stream: u32, start: u64, time: i64, value: f64) -> Option<(i64, f64)> {
        let sample = Sample { time: UnixMillis(time), start: UnixNanos(start), value };
        let place = |next: Next<UnixMillis>| next.rising(UnixMillis::NEVER);
        self.0.meet(OutputStream(stream), sample, place).map(|series| (series.time.0, series.value))
    }

    fn end(&mut self, stream: u32, time: i64) -> Option<i64> {
        let place = |next: Next<UnixMillis>| next.rising(UnixMillis::NEVER);
        self.0.end(OutputStream(stream), UnixMillis(time), place).map(|series| series.time.0)
    }
}

/// A late point of a counter that arrives cumulative: it says less than what its stream has said already, and is no restart.
#[test]
fn a_late_point_is_no_restart() {
    let mut streams = Streams::of(Aggregation::Counter, &[PassedThrough, PassedThrough]);
    assert_eq!(streams.meet(0, 10, 100.0), Some((10, 100.0)));
    assert_eq!(streams.meet(1, 11, 50.0), Some((11, 150.0)));
    assert_eq!(streams.meet(0, 5, 90.0), None);
    assert_eq!(streams.meet(0, 10, 100.0), None);
    assert_eq!(streams.meet(0, 20, 101.0), Some((20, 151.0)));
    // A newer one that has fallen is a restart.
    assert_eq!(streams.meet(0, 30, 3.0), Some((30, 154.0)));
}

/// The same for a series of one stream, of every kind.
#[test]
fn late_points_of_a_single_row_are_left_out() {
    for aggregation in [Aggregation::Counter, Aggregation::Gauge] {
        let mut streams = Streams::of(aggregation, &[PassedThrough]);
        assert_eq!(streams.meet(0, 10, 100.0), Some((10, 100.0)));
        assert_eq!(streams.meet(0, 9, 90.0), None);
        assert_eq!(streams.end(0, 9), None);
        assert_eq!(streams.meet(0, 11, 101.0), Some((11, 101.0)));
    }
}

/// A total that is made here is newer than the one before it, whatever its time: a late interval has been added.
#[test]
fn totals_made_here_are_always_written() {
    let mut streams = Streams::of(Aggregation::Counter, &[Accumulated]);
    assert_eq!(streams.meet(0, 10, 100.0), Some((10, 100.0)));
    assert_eq!(streams.meet(0, 9, 110.0), Some((11, 110.0)));
    assert_eq!(streams.end(0, 8), Some(12));
}

/// Streams of different clocks: a point that is older than the newest of the others is added, a step behind it. Of gauges
/// the newest counts.
#[test]
fn a_row_that_is_behind_is_written() {
    let mut streams = Streams::of(Aggregation::Counter, &[Accumulated, Accumulated]);
    assert_eq!(streams.meet(0, 1_000, 10.0), Some((1_000, 10.0)));
    assert_eq!(streams.meet(1, 500, 7.0), Some((1_001, 17.0)));
    assert_eq!(streams.meet(0, 2_000, 11.0), Some((2_000, 18.0)));
    let mut streams = Streams::of(Aggregation::Gauge, &[PassedThrough, PassedThrough]);
    assert_eq!(streams.meet(0, 1_000, 10.0), Some((1_000, 10.0)));
    assert_eq!(streams.meet(1, 500, 7.0), None);
}

/// A source that is forgotten while it is silent, and comes back with its total: only what it has counted meanwhile is
/// added, with start times and without.
#[test]
fn a_source_that_comes_back_is_not_added_twice() {
    for start in [0, 42] {
        let mut streams = Streams::of(Aggregation::Counter, &[PassedThrough, PassedThrough]);
        streams.meet_of(0, 1, 10, 1_000.0);
        assert_eq!(streams.meet_of(1, start, 11, 500.0), Some((11, 1_500.0)));
        drop(streams.0.remove(OutputStream(1)));
        assert_eq!(streams.meet_of(0, 1, 12, 1_001.0), Some((12, 1_501.0)));
        streams.join(7, PassedThrough);
        assert_eq!(streams.meet_of(7, start, 20, 502.0), Some((20, 1_503.0)));
        // It came back once; another that looks like it is another.
        streams.join(8, PassedThrough);
        assert_eq!(streams.meet_of(8, start, 21, 600.0), Some((21, 2_103.0)));
    }
}

/// All sources of a series are silent until they are forgotten, and come back: it goes on from where it was.
#[test]
fn sources_that_come_back_together_go_on() {
    let mut streams = Streams::of(Aggregation::Counter, &[PassedThrough, PassedThrough]);
    streams.meet_of(0, 1, 10, 1_000.0);
    assert_eq!(streams.meet_of(1, 2, 11, 500.0), Some((11, 1_500.0)));
    drop(streams.0.remove(OutputStream(0)));
    drop(streams.0.remove(OutputStream(1)));
    assert!(streams.0.is_empty());
    streams.join(5, PassedThrough);
    assert_eq!(streams.meet_of(5, 2, 20, 501.0), Some((20, 1_501.0)));
    streams.join(6, PassedThrough);
    assert_eq!(streams.meet_of(6, 1, 19, 1_004.0), Some((21, 1_505.0)));
}

/// Another source in place of the one that has gone: its start time tells, and all that it says is added.
#[test]
fn another_source_is_added() {
    let mut streams = Streams::of(Aggregation::Counter, &[PassedThrough, PassedThrough]);
    streams.meet_of(0, 1, 10, 1_000.0);
    streams.meet_of(1, 2, 11, 500.0);
    drop(streams.0.remove(OutputStream(1)));
    streams.join(2, PassedThrough);
    assert_eq!(streams.meet_of(2, 3, 12, 600.0), Some((12, 2_100.0)));
}

/// The first point after a return may be a late one; it changes nothing, and the source is still known.
#[test]
fn a_late_point_of_a_source_that_comes_back() {
    let mut streams = Streams::of(Aggregation::Counter, &[PassedThrough, PassedThrough]);
    streams.meet_of(0, 1, 10, 1_000.0);
    streams.meet_of(1, 2, 11, 500.0);
    drop(streams.0.remove(OutputStream(1)));
    streams.join(2, PassedThrough);
    assert_eq!(streams.meet_of(2, 2, 9, 450.0), None);
    assert_eq!(streams.meet_of(2, 2, 12, 501.0), Some((12, 1_501.0)));
}

/// A total that is made here begins at nothing when its stream comes back: all of it is added.
#[test]
fn what_is_made_here_is_added_whole() {
    let mut streams = Streams::of(Aggregation::Counter, &[Accumulated, Accumulated]);
    streams.meet_of(0, 1, 10, 5.0);
    streams.meet_of(1, 2, 11, 5.0);
    drop(streams.0.remove(OutputStream(1)));
    streams.join(2, Accumulated);
    assert_eq!(streams.meet_of(2, 2, 12, 6.0), Some((12, 16.0)));
}

/// Levels: one that goes is taken out, and one that comes is put in.
#[test]
fn levels_come_and_go() {
    let mut streams = Streams::of(Aggregation::Sum, &[PassedThrough, PassedThrough]);
    streams.meet(0, 10, 8.0);
    assert_eq!(streams.meet(1, 11, 4.0), Some((11, 12.0)));
    drop(streams.0.remove(OutputStream(1)));
    assert_eq!(streams.meet(0, 12, 7.0), Some((12, 7.0)));
    streams.join(1, PassedThrough);
    assert_eq!(streams.meet(1, 13, 4.0), Some((13, 11.0)));
}

/// A series ends with the last of its streams. What is made here begins anew after that; before that, what has been added
/// stays and the next run is added whole.
#[test]
fn a_series_ends_with_its_last_row() {
    let mut streams = Streams::of(Aggregation::Counter, &[Accumulated, Accumulated]);
    streams.meet(0, 10, 5.0);
    assert_eq!(streams.meet(1, 11, 3.0), Some((11, 8.0)));
    assert_eq!(streams.end(1, 12), None);
    // A run of the same length as the one before: 7 is more than 3, and yet all of it is new.
    assert_eq!(streams.meet(1, 13, 7.0), Some((13, 15.0)));
    assert_eq!(streams.end(1, 14), None);
    assert_eq!(streams.end(0, 14), Some(14));
    assert_eq!(streams.meet(0, 15, 2.0), Some((15, 2.0)));
}

/// A source that goes on after its end goes on from where it was.
#[test]
fn a_counter_from_elsewhere_survives_its_end() {
    let mut streams = Streams::of(Aggregation::Counter, &[PassedThrough, PassedThrough]);
    streams.meet(0, 10, 100.0);
    streams.meet(1, 11, 50.0);
    streams.end(1, 12);
    assert_eq!(streams.meet(1, 13, 51.0), Some((13, 151.0)));
}

/// What is no number cannot be added, and spoils nothing.
#[test]
fn what_is_no_number_spoils_nothing() {
    let mut streams = Streams::of(Aggregation::Counter, &[PassedThrough, PassedThrough]);
    streams.meet(0, 10, 100.0);
    assert_eq!(streams.meet(1, 11, f64::NAN), None);
    assert_eq!(streams.meet(1, 12, f64::INFINITY), None);
    assert_eq!(streams.meet(1, 13, 1.0), Some((13, 101.0)));
}
