//! `ordering: strict` does what the Collector's processor does. Expected values are those of its own test data (release
//! 0.156 to 0.164, `processor/deltatocumulativeprocessor/testdata`) or were seen in a Collector 0.161 at work.

use super::runner::{Outcome, Point, double, dropped, empty, expect, int, sent};

const STRICT: &str = r#"{"ordering":"strict"}"#;

/// `testdata/timestamps`: gaps are accepted, late points and points of an older series are not.
#[test]
fn timestamps() {
    let points = [
        double(1000, 1100, 0.0),
        double(1100, 1200, 0.0),
        double(1300, 1400, 0.0),
        double(1200, 1300, 0.0),
        double(500, 550, 0.0),
    ];
    let expected = [
        sent(double(1000, 1100, 0.0)),
        sent(double(1000, 1200, 0.0)),
        sent(double(1000, 1400, 0.0)),
        dropped("out_of_order"),
        dropped("older_start"),
    ];
    expect(STRICT, &points, &expected);
}

/// `testdata/notemporality-ignored`: a first point goes on as it is, here without a start.
#[test]
fn first_point_is_unchanged() {
    expect(STRICT, &[int(0, 1, 3)], &[sent(int(0, 1, 3))]);
}

/// `testdata/tracking`: interleaved streams have a total each.
#[test]
fn streams_do_not_mix() {
    let of = |row, time, value| Point { row, ..int(1, time, value) };
    let points = [of(0, 2, 1), of(1, 2, 10), of(2, 2, 100), of(1, 3, 20), of(0, 3, 2), of(2, 3, 200), of(0, 4, 4)];
    let totals = [of(0, 2, 1), of(1, 2, 10), of(2, 2, 100), of(1, 3, 30), of(0, 3, 3), of(2, 3, 300), of(0, 4, 7)];
    expect(STRICT, &points, &totals.map(sent));
}

/// Equal times are duplicates: a resend changes nothing.
#[test]
fn equal_time_is_out_of_order() {
    let points = [int(1, 2, 5), int(1, 2, 5), int(2, 3, 1)];
    expect(STRICT, &points, &[sent(int(1, 2, 5)), dropped("out_of_order"), sent(int(1, 3, 6))]);
}

/// A missing start behind a known one is older; the start is looked at before the time.
#[test]
fn missing_start_is_older() {
    let points = [int(10, 20, 1), int(0, 15, 1), int(0, 30, 1)];
    expect(STRICT, &points, &[sent(int(10, 20, 1)), dropped("older_start"), dropped("older_start")]);
}

/// Where all starts are missing everything works.
#[test]
fn all_starts_missing() {
    expect(STRICT, &[int(0, 1, 1), int(0, 2, 2)], &[sent(int(0, 1, 1)), sent(int(0, 2, 3))]);
}

/// A first point with time 0 leaves the state empty, so that the next one is the first again.
#[test]
fn time_zero_is_no_state() {
    expect(STRICT, &[int(0, 0, 5), int(1, 2, 7)], &[sent(int(0, 0, 5)), sent(int(1, 2, 7))]);
}

/// A start behind the time is accepted, and so are overlapping intervals.
#[test]
fn odd_starts() {
    let points = [int(5, 2, 1), int(9, 3, 1), int(5, 4, 1)];
    expect(STRICT, &points, &[sent(int(5, 2, 1)), sent(int(5, 3, 2)), sent(int(5, 4, 3))]);
}

/// The total of the other kind reads as zero: 5, 2.5, 7, 1 give 5, 2.5, 7, 8.
#[test]
fn kinds_flip() {
    let points = [int(1, 2, 5), double(1, 3, 2.5), int(1, 4, 7), int(1, 5, 1)];
    let expected = [int(1, 2, 5), double(1, 3, 2.5), int(1, 4, 7), int(1, 5, 8)];
    expect(STRICT, &points, &expected.map(sent));
}

/// Integers wrap.
#[test]
fn integers_wrap() {
    expect(STRICT, &[int(1, 2, i64::MAX), int(1, 3, 1)], &[sent(int(1, 2, i64::MAX)), sent(int(1, 3, i64::MIN))]);
}

/// NaN stays.
#[test]
fn nan_sticks() {
    let points = [double(1, 2, 1.0), double(1, 3, f64::NAN), double(1, 4, 1.0)];
    let is_nan = |outcome: &Outcome| matches!(outcome, Outcome::Sent(Point { value: super::runner::Value::Double(value), .. }) if value.is_nan());
    for mut build in super::runner::Build::both(STRICT) {
        let outcomes = super::runner::run(&mut build, &[points.to_vec()]);
        assert_eq!(outcomes[0], sent(double(1, 2, 1.0)));
        assert!(is_nan(&outcomes[1]) && is_nan(&outcomes[2]), "{outcomes:?}");
    }
}

/// A flagged first point is stored with its flag, and every later output repeats it.
#[test]
fn flag_of_the_first_point_is_repeated() {
    let points = [empty(1, 2, 1), int(1, 3, 4)];
    let expected = [empty(1, 2, 1), Point { flags: 1, ..int(1, 3, 4) }];
    expect(STRICT, &points, &expected.map(sent));
}

/// A flagged later point adds nothing and its flag is lost: 4, flagged, 4 give 4, 4, 8.
#[test]
fn flag_of_a_later_point_is_lost() {
    let points = [int(1, 2, 4), empty(1, 3, 1), int(1, 4, 4)];
    expect(STRICT, &points, &[int(1, 2, 4), int(1, 3, 4), int(1, 4, 8)].map(sent));
}
