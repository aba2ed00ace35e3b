//! `ordering: merge` with histograms. Where it differs from the Collector on purpose, the test says so and why.

use delta_to_cumulative::aggregate::Aggregate;
use delta_to_cumulative::explicit::Explicit;
use delta_to_cumulative::exponential::{Buckets, Exponential};

use super::runner::{Point, dropped, expect, explicit, exponential, point};

const MS: u64 = 1_000_000;

/// `testdata/histograms/1.test` of the Collector, which forgets everything at its third point. Here the bounds that are
/// shared stay, so that no count is lost; an observation is never taken back.
#[test]
fn other_bounds_are_folded() {
    let bounds = [0.01, 0.1, 1.0, 10.0, 100.0];
    let points = [
        point(10, 11 * MS, 15, explicit(&bounds, &[1, 2, 3, 4, 5])),
        point(10, 12 * MS, 3, explicit(&bounds, &[1, 0, 1, 0, 1])),
        point(10, 13 * MS, 10, explicit(&bounds[1..], &[1, 2, 3, 4])),
    ];
    let expected = [
        Ok(points[0].clone()),
        Ok(point(10, 12 * MS, 18, explicit(&bounds, &[2, 2, 4, 4, 6]))),
        Ok(point(10, 13 * MS, 28, explicit(&bounds[1..], &[5, 6, 7, 10, 0]))),
    ];
    expect("{}", &points, &expected);
}

/// Without a shared bound a new run begins, which may not overlap the old one.
#[test]
fn without_a_shared_bound_a_run_begins() {
    let points = [point(10, 20 * MS, 3, explicit(&[1.0], &[1, 2])), point(10, 30 * MS, 5, explicit(&[2.0], &[2, 3]))];
    let expected = [Ok(points[0].clone()), Ok(point(20 * MS, 30 * MS, 5, explicit(&[2.0], &[2, 3])))];
    expect("{}", &points, &expected);
}

/// The Collector drops late points and such of an older start; here they are added, and keep their times.
#[test]
fn late_points_are_added() {
    let of = |start, time, count| point(start, time, count, explicit(&[1.0], &[count, 0]));
    let points = [of(10 * MS, 20 * MS, 1), of(5 * MS, 15 * MS, 2), of(10 * MS, 30 * MS, 4)];
    let expected = [Ok(of(10 * MS, 20 * MS, 1)), Ok(of(10 * MS, 15 * MS, 3)), Ok(of(10 * MS, 30 * MS, 7))];
    expect("{}", &points, &expected);
}

/// The Collector repeats a point without a recorded value as a value; here it ends the run.
#[test]
fn a_point_without_a_value_ends_the_run() {
    let of = |start, time, count| point(start, time, count, explicit(&[1.0], &[count, 0]));
    let none = |start, time| Point { flags: 1, ..point(start, time, 0, explicit(&[], &[])) };
    let points = [of(1, 10 * MS, 3), none(1, 20 * MS), of(1, 30 * MS, 4)];
    expect("{}", &points, &[Ok(of(1, 10 * MS, 3)), Ok(none(1, 20 * MS)), Ok(of(20 * MS, 30 * MS, 4))]);
}

/// What would spoil the total for ever is dropped.
#[test]
fn impossible_histograms_are_dropped() {
    let good = point(1, 10 * MS, 1, explicit(&[1.0, 2.0], &[1, 0, 0]));
    let of = |bounds: &[f64], counts: &[u64]| point(1, 20 * MS, 1, explicit(bounds, counts));
    let not_finite = Point {
        aggregate: Aggregate { count: 1, sum: Some(f64::NAN), ..Aggregate::default() },
        ..of(&[1.0, 2.0], &[1, 0, 0])
    };
    let points = [
        good.clone(),
        of(&[2.0, 1.0], &[1, 0, 0]),
        of(&[1.0, 1.0], &[1, 0, 0]),
        of(&[1.0, f64::NAN], &[1, 0, 0]),
        of(&[1.0], &[1, 2, 3]),
        not_finite,
        point(1, 30 * MS, 1, explicit(&(0..400).map(f64::from).collect::<Vec<_>>(), &[1; 401])),
    ];
    let expected = [
        Ok(good),
        dropped("invalid_buckets"),
        dropped("invalid_buckets"),
        dropped("invalid_buckets"),
        dropped("invalid_buckets"),
        dropped("not_finite"),
        dropped("too_many_buckets"),
    ];
    expect("{}", &points, &expected);
}

/// What one side does not say, the total cannot say either.
#[test]
fn sums_and_extremes() {
    let of = |time, count, sum, min, max| Point {
        aggregate: Aggregate { count, sum, min, max },
        ..point(1, time, 0, Explicit::default())
    };
    let points = [
        of(10 * MS, 42, Some(777.2), Some(12.3), Some(66.8)),
        of(20 * MS, 33, Some(568.2), Some(8.21), Some(23.6)),
        of(30 * MS, 1, Some(1.0), None, Some(70.0)),
    ];
    let expected = [
        Ok(points[0].clone()),
        Ok(of(20 * MS, 75, Some(1345.4), Some(8.21), Some(66.8))),
        Ok(of(30 * MS, 76, Some(1346.4), None, Some(70.0))),
    ];
    expect("{}", &points, &expected);
}

/// `testdata/exponential/1.test`, `expo.simple`.
#[test]
fn exponential_histograms_are_added() {
    let of = |time, zero_count, positive: &[u64], negative: &[u64]| {
        let negative = Buckets { start: 6, counts: negative.to_vec() };
        point(1, time, 0, Exponential { zero_count, negative, ..exponential(4, 2, positive) })
    };
    let points =
        [of(10 * MS, 5, &[4, 7, 9, 6, 25], &[2, 13, 7, 12, 4]), of(20 * MS, 2, &[1, 2, 1, 2, 1], &[1, 2, 1, 2, 1])];
    let total = of(20 * MS, 7, &[5, 9, 10, 8, 26], &[3, 15, 8, 14, 5]);
    expect("{}", &points, &[Ok(points[0].clone()), Ok(total)]);
}

/// `expo.downscale`: the Collector leaves the slots that the coarser scale empties; here they go, for they say nothing and
/// would be written for ever.
#[test]
fn the_coarser_scale_wins() {
    let zero = |scale, counts: &[u64], zero_count| Exponential { zero_count, ..exponential(scale, 0, counts) };
    let points = [point(1, 10 * MS, 0, zero(2, &[1, 2, 3, 4, 5], 1)), point(1, 20 * MS, 0, zero(1, &[0, 0], 0))];
    expect("{}", &points, &[Ok(points[0].clone()), Ok(point(1, 20 * MS, 0, zero(1, &[3, 7, 5], 1)))]);
}

/// The Collector never limits a first point; here no total has more than 160 buckets of a sign.
#[test]
fn a_first_point_is_limited_too() {
    let first = point(1, 10 * MS, 320, exponential(0, 0, &[1; 320]));
    expect("{}", &[first], &[Ok(point(1, 10 * MS, 320, exponential(-1, 0, &[2; 160])))]);
}

/// Empty slots far away cost the Collector 30 s; here they cost nothing.
#[test]
fn distant_emptiness() {
    let points = [
        point(1, 10 * MS, 0, exponential(0, -1_000_000_000, &[0])),
        point(1, 20 * MS, 1, exponential(0, 1_000_000_000, &[1])),
    ];
    let first = point(1, 10 * MS, 0, exponential(0, 0, &[]));
    expect("{}", &points, &[Ok(first), Ok(point(1, 20 * MS, 1, exponential(0, 1_000_000_000, &[1])))]);
}

/// Whichever comes first, both thresholds become one.
#[test]
fn thresholds_become_one() {
    let of = |time, zero_threshold, start, counts: &[u64]| {
        point(1, time, 0, Exponential { zero_count: 2, zero_threshold, ..exponential(0, start, counts) })
    };
    let points = [of(10 * MS, 0.2, -2, &[1; 5]), of(20 * MS, 0.3, -1, &[1; 4])];
    let total = Exponential { zero_count: 5, zero_threshold: 0.5, ..exponential(0, -1, &[2; 4]) };
    expect("{}", &points, &[Ok(points[0].clone()), Ok(point(1, 20 * MS, 0, total))]);
}
