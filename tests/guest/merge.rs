//! `ordering: merge`: whatever arrives is added; what leaves has the point's own time. Expected values follow from OTLP's
//! data model: a cumulative sum is the sum of its deltas, its start does not move, and no time is before its start.

use super::runner::{Build, Point, double, dropped, empty, expect, int, run, run_from, seed, sent};

const MERGE: &str = "{}";
const MS: u64 = 1_000_000;

/// A plain client: contiguous intervals.
#[test]
fn contiguous_intervals_add_up() {
    let points = [int(10 * MS, 20 * MS, 1), int(20 * MS, 30 * MS, 2), int(30 * MS, 40 * MS, 3)];
    let totals = [int(10 * MS, 20 * MS, 1), int(10 * MS, 30 * MS, 3), int(10 * MS, 40 * MS, 6)];
    expect(MERGE, &points, &totals.map(sent));
}

/// A late interval is added; its output keeps its own time, so that whoever writes it can tell that it is late.
#[test]
fn late_interval_is_added() {
    let points = [int(10 * MS, 20 * MS, 1), int(30 * MS, 40 * MS, 4), int(20 * MS, 30 * MS, 2)];
    let totals = [int(10 * MS, 20 * MS, 1), int(10 * MS, 40 * MS, 5), int(10 * MS, 30 * MS, 7)];
    expect(MERGE, &points, &totals.map(sent));
}

/// Two processes of one session: overlapping intervals are both right.
#[test]
fn overlapping_intervals_are_added() {
    let points = [int(10 * MS, 70 * MS, 1), int(40 * MS, 100 * MS, 10), int(70 * MS, 130 * MS, 2)];
    let totals = [int(10 * MS, 70 * MS, 1), int(10 * MS, 100 * MS, 11), int(10 * MS, 130 * MS, 13)];
    expect(MERGE, &points, &totals.map(sent));
}

/// An interval from before the first one: the start that was sent does not move, and no time is before it.
#[test]
fn older_start_does_not_move_the_start() {
    let points = [int(50 * MS, 60 * MS, 1), int(10 * MS, 20 * MS, 2)];
    expect(MERGE, &points, &[sent(int(50 * MS, 60 * MS, 1)), sent(int(50 * MS, 50 * MS, 3))]);
}

/// Two points of one time, and of times that no back-end tells apart, keep them.
#[test]
fn times_are_handed_on() {
    let points = [int(MS, 5 * MS, 1), int(MS, 5 * MS, 2), int(MS, 5 * MS + 1000, 4)];
    expect(MERGE, &points, &[int(MS, 5 * MS, 1), int(MS, 5 * MS, 3), int(MS, 5 * MS + 1000, 7)].map(sent));
}

/// Start and time of one point may coincide, as JS SDKs have it; a start behind the time is none.
#[test]
fn starts_of_first_points() {
    expect(MERGE, &[int(5 * MS, 5 * MS, 1)], &[sent(int(5 * MS, 5 * MS, 1))]);
    expect(MERGE, &[int(9 * MS, 5 * MS, 1)], &[sent(int(5 * MS, 5 * MS, 1))]);
    expect(MERGE, &[int(0, 5 * MS, 1)], &[sent(int(0, 5 * MS, 1))]);
}

/// Integers stay integers, beyond what a double could hold.
#[test]
fn integers_are_exact() {
    let large = (1 << 53) + 1;
    expect(MERGE, &[int(1, MS, large), int(1, 2 * MS, 1)], &[sent(int(1, MS, large)), sent(int(1, 2 * MS, large + 1))]);
}

/// Both kinds in one stream: a double from then on, and nothing is lost.
#[test]
fn mixed_kinds_are_promoted() {
    let points = [int(1, MS, 5), double(1, 2 * MS, 2.5), int(1, 3 * MS, 7)];
    let totals = [int(1, MS, 5), double(1, 2 * MS, 7.5), double(1, 3 * MS, 14.5)];
    expect(MERGE, &points, &totals.map(sent));
}

/// Where the range of integers ends, a double goes on.
#[test]
fn overflow_is_promoted() {
    let points = [int(1, MS, i64::MAX), int(1, 2 * MS, i64::MAX)];
    // 2^64 - 2 is nearest to 2^64 among doubles.
    expect(MERGE, &points, &[sent(int(1, MS, i64::MAX)), sent(double(1, 2 * MS, 18_446_744_073_709_551_616.0))]);
}

/// One value that is no number would spoil the total for ever.
#[test]
fn not_finite_is_dropped() {
    let points =
        [double(1, MS, 1.0), double(1, 2 * MS, f64::NAN), double(1, 3 * MS, f64::INFINITY), double(1, 4 * MS, 2.0)];
    let expected =
        [sent(double(1, MS, 1.0)), dropped("not_finite"), dropped("not_finite"), sent(double(1, 4 * MS, 3.0))];
    expect(MERGE, &points, &expected);
}

/// A monotonic sum cannot fall; other sums can.
#[test]
fn negative_values() {
    let points = [int(1, MS, 5), int(1, 2 * MS, -2), double(1, 3 * MS, -0.5), int(1, 4 * MS, 1)];
    let monotonic = [sent(int(1, MS, 5)), dropped("negative"), dropped("negative"), sent(int(1, 4 * MS, 6))];
    expect(MERGE, &points, &monotonic);
    for mut build in Build::both(MERGE) {
        let outcomes = run_from(&mut build, &[points.to_vec()], seed(false));
        let totals = [int(1, MS, 5), int(1, 2 * MS, 3), double(1, 3 * MS, 2.5), double(1, 4 * MS, 3.5)];
        assert_eq!(outcomes, totals.map(sent));
    }
}

/// A point with neither a value nor the flag for that says nothing.
#[test]
fn no_value_is_dropped() {
    expect(MERGE, &[int(1, MS, 5), empty(1, 2 * MS, 0)], &[sent(int(1, MS, 5)), dropped("no_value")]);
}

/// `NoRecordedValue` ends the run: the marker goes on, and the next point begins anew, after it.
#[test]
fn no_recorded_value_ends_the_run() {
    let points =
        [int(10 * MS, 20 * MS, 5), empty(20 * MS, 30 * MS, 1), int(15 * MS, 40 * MS, 7), int(40 * MS, 50 * MS, 1)];
    let expected =
        [int(10 * MS, 20 * MS, 5), empty(10 * MS, 30 * MS, 1), int(30 * MS, 40 * MS, 7), int(30 * MS, 50 * MS, 8)];
    expect(MERGE, &points, &expected.map(sent));
}

/// The marker of a stream that was never seen goes on; times still rise behind it.
#[test]
fn no_recorded_value_first() {
    let points = [empty(10 * MS, 20 * MS, 1), int(10 * MS, 15 * MS, 7)];
    let expected = [empty(10 * MS, 20 * MS, 1), int(20 * MS, 21 * MS, 7)];
    expect(MERGE, &points, &expected.map(sent));
}

/// Whatever the order of arrival, the last total is the same.
#[test]
fn order_does_not_matter() {
    let points: Vec<Point> =
        (0..6).map(|i| double(i * 10 * MS, (i + 1) * 10 * MS, 2_f64.powi(i as i32 - 20))).collect();
    let total = points
        .iter()
        .map(|point| if let super::runner::Value::Double(value) = point.value { value } else { 0.0 })
        .sum();
    for mut build in Build::both(MERGE) {
        for turn in 0..points.len() {
            let mut turned = points.clone();
            turned.rotate_left(turn);
            if turn % 2 == 1 {
                turned.reverse();
            }
            let last = run(&mut build, &[turned]).pop();
            let Some(super::runner::Outcome::Sent(Point { value, .. })) = last else { panic!("{last:?}") };
            assert_eq!(value, super::runner::Value::Double(total));
        }
    }
}

/// Times at the end of their range do not overflow.
#[test]
fn latest_times() {
    let points = [int(1, u64::MAX, 1), int(1, u64::MAX, 2)];
    expect(MERGE, &points, &[sent(int(1, u64::MAX, 1)), sent(int(1, u64::MAX, 3))]);
}
