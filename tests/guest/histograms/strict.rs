//! `ordering: strict` does with histograms what the Collector's processor does (releases 0.162 to 0.164): its fixtures, and
//! what was seen of it at work.

use delta_to_cumulative::aggregate::Aggregate;
use delta_to_cumulative::exponential::{Buckets, Exponential};

use super::runner::{Point, dropped, expect, explicit, exponential, point};

const STRICT: &str = r#"{"ordering":"strict"}"#;

/// `testdata/histograms/1.test`: other bounds are a new beginning. A bucket less than there should be is put up with.
#[test]
fn the_fixture_of_explicit_histograms() {
    let bounds = [0.01, 0.1, 1.0, 10.0, 100.0];
    let points = [
        point(1000, 1100, 0, explicit(&bounds, &[1, 2, 3, 4, 5])),
        point(1000, 1200, 0, explicit(&bounds, &[1, 0, 1, 0, 1])),
        point(1000, 1300, 0, explicit(&bounds[1..], &[1, 2, 3, 4])),
    ];
    let expected =
        [Ok(points[0].clone()), Ok(point(1000, 1200, 0, explicit(&bounds, &[2, 2, 4, 4, 6]))), Ok(points[2].clone())];
    expect(STRICT, &points, &expected);
}

/// With other bounds the start is the new point's, and what began before it is too old from then on.
#[test]
fn other_bounds_bring_their_start() {
    let points = [
        point(10, 20, 1, explicit(&[1.0], &[1, 0])),
        point(30, 40, 2, explicit(&[2.0], &[2, 0])),
        point(20, 50, 3, explicit(&[2.0], &[3, 0])),
    ];
    expect(STRICT, &points, &[Ok(points[0].clone()), Ok(points[1].clone()), dropped("older_start")]);
}

/// Counts are added over the length that both have, and the total keeps its own; the number of values is added in full.
#[test]
fn lengths_may_differ() {
    let bounds = [1.0, 2.0];
    for (counts, total) in [(&[1, 2, 3][..], [2, 4]), (&[], [1, 2])] {
        let points = [point(1, 2, 3, explicit(&bounds, &[1, 2])), point(1, 3, 6, explicit(&bounds, counts))];
        expect(STRICT, &points, &[Ok(points[0].clone()), Ok(point(1, 3, 9, explicit(&bounds, &total)))]);
    }
}

/// Sum and extremes stay while both sides have them.
#[test]
fn sums_and_extremes() {
    let of = |time, count, [sum, min, max]: [f64; 3]| Point {
        aggregate: Aggregate { count, sum: Some(sum), min: Some(min), max: Some(max) },
        ..point(1, time, 0, explicit(&[], &[]))
    };
    let points = [
        of(2, 42, [777.2, 12.3, 66.8]),
        of(3, 33, [568.2, 8.21, 23.6]),
        point(1, 4, 0, explicit(&[], &[])),
        of(5, 1, [1.0, 1.0, 1.0]),
    ];
    let expected = [
        Ok(points[0].clone()),
        Ok(of(3, 75, [1345.4, 8.21, 66.8])),
        Ok(point(1, 4, 75, explicit(&[], &[]))),
        Ok(point(1, 5, 76, explicit(&[], &[]))),
    ];
    expect(STRICT, &points, &expected);
}

/// `testdata/exponential/1.test`, `expo.simple`.
#[test]
fn the_simple_fixture_of_exponential_histograms() {
    let of = |time, zero_count, positive: &[u64], negative: &[u64]| {
        let buckets = Exponential {
            zero_count,
            negative: Buckets { start: 6, counts: negative.to_vec() },
            ..exponential(4, 2, positive)
        };
        point(1, time, 0, buckets)
    };
    let points = [of(2, 5, &[4, 7, 9, 6, 25], &[2, 13, 7, 12, 4]), of(3, 2, &[1, 2, 1, 2, 1], &[1, 2, 1, 2, 1])];
    let total = of(3, 7, &[5, 9, 10, 8, 26], &[3, 15, 8, 14, 5]);
    expect(STRICT, &points, &[Ok(points[0].clone()), Ok(total)]);
}

/// `testdata/exponential/1.test`, `expo.downscale`: slots that the coarser scale leaves over stay, empty.
#[test]
fn the_coarser_scale_leaves_its_slots() {
    let zero = |scale, counts: &[u64], zero_count| Exponential { zero_count, ..exponential(scale, 0, counts) };
    let points = [point(1, 2, 0, zero(2, &[1, 2, 3, 4, 5], 1)), point(1, 3, 0, zero(1, &[], 0))];
    expect(STRICT, &points, &[Ok(points[0].clone()), Ok(point(1, 3, 0, zero(1, &[3, 7, 5, 0, 0], 1)))]);
}

/// The side with the lower threshold is widened; the total keeps its own where that is the incoming one.
#[test]
fn thresholds() {
    let of = |time, zero_threshold| point(1, time, 0, Exponential { zero_threshold, ..exponential(0, 0, &[]) });
    let high_first = [of(2, 0.3), of(3, 0.2)];
    expect(STRICT, &high_first, &[Ok(of(2, 0.3)), Ok(of(3, 0.3))]);
    let low_first = [of(2, 0.2), of(3, 0.3), of(4, 0.3)];
    expect(STRICT, &low_first, &[Ok(of(2, 0.2)), Ok(of(3, 0.5)), Ok(of(4, 0.5))]);
}

/// The Collector's processor panics here (to 0.164), and its stream hangs for ever. `2^1` at scale -1 lies in the bucket
/// `(1, 4]`.
#[test]
fn a_negative_scale_with_thresholds_is_survived() {
    let of = |time, zero_threshold, counts: &[u64]| {
        point(1, time, 0, Exponential { zero_threshold, ..exponential(-1, 0, counts) })
    };
    let points = [of(2, 0.0, &[5]), of(3, 2.0, &[7])];
    let total = Exponential { zero_count: 5, zero_threshold: 4.0, ..exponential(-1, 0, &[7]) };
    expect(STRICT, &points, &[Ok(points[0].clone()), Ok(point(1, 3, 0, total))]);
}

/// The Collector keeps slots without end; a cell does not, and the point that is too much is dropped alone.
#[test]
fn slots_beyond_a_cell_are_dropped() {
    let negative = Exponential { negative: Buckets { start: 0, counts: vec![1; 400] }, ..Exponential::default() };
    let points = [point(1, 2, 400, negative), point(1, 3, 400, exponential(0, 0, &[1; 400]))];
    expect(STRICT, &points, &[Ok(points[0].clone()), dropped("too_many_buckets")]);
}

/// Order counts as it does for numbers; flags are those of the first point.
#[test]
fn order_and_flags() {
    let of = |start, time, count, flags| Point { flags, ..point(start, time, count, explicit(&[1.0], &[count, 0])) };
    let points = [of(10, 20, 1, 4), of(5, 30, 1, 0), of(10, 20, 1, 0), of(15, 30, 1, 0)];
    let expected = [Ok(of(10, 20, 1, 4)), dropped("older_start"), dropped("out_of_order"), Ok(of(10, 30, 2, 4))];
    expect(STRICT, &points, &expected);
}
