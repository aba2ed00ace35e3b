//! Values in the form of marks: by the definition of exponential buckets, `(base^i, base^(i + 1)]` with
//! `base = 2^(2^-scale)` (OpenTelemetry metrics data model, "ExponentialHistogram").

use crate::families::classic::Classic;
use otlp::values::PointValue;
use otlp::values::{Aggregate, Buckets, Exponential};

fn exponential<'a>(scale: i32, zero_count: u64, positive: Buckets<'a>, negative: Buckets<'a>) -> Exponential<'a> {
    let counts =
        positive.counts.iter().chain(negative.counts).fold(zero_count, |sum, count| sum.saturating_add(*count));
    let aggregate = Aggregate { count: counts, ..Aggregate::default() };
    Exponential { aggregate, scale, zero_count, zero_threshold: 0.0, positive, negative }
}

fn buckets(start: i32, counts: &[u64]) -> Buckets<'_> {
    Buckets { start, counts }
}

fn marks(histogram: Exponential<'_>) -> Vec<(f64, f64)> {
    let mut classic = Classic::default();
    classic.read(PointValue::Exponential(histogram));
    classic.marks
}

/// At scale 1 two buckets make an octave. Below zero the largest distance comes first.
#[test]
fn both_signs() {
    let histogram = exponential(1, 3, buckets(-1, &[1, 2, 4, 0, 8]), buckets(1, &[16, 32, 64]));
    let expected = [(-2.0, 96.0), (-1.0, 112.0), (0.0, 115.0), (1.0, 116.0), (2.0, 122.0), (4.0, 130.0)];
    assert_eq!(marks(histogram), expected);
}

/// A coarse histogram has bounds at every fourth power of two, or fewer.
#[test]
fn negative_scales() {
    let histogram = exponential(-2, 0, buckets(-1, &[1, 2]), buckets(0, &[]));
    assert_eq!(marks(histogram), [(0.0, 0.0), (1.0, 1.0), (16.0, 3.0)]);
}

/// More octaves than there may be marks are brought together.
#[test]
fn many_octaves() {
    let counts = [1; 400];
    let marks = marks(exponential(0, 0, buckets(-200, &counts), buckets(0, &[])));
    assert_eq!(marks.len(), 1 + 100, "four octaves a mark, and zero");
    assert_eq!(marks.last(), Some(&(f64::exp2(200.0), 400.0)));
}

/// Whatever a sender writes: no panic, marks that rise, and counts that do not fall.
#[test]
fn extremes() {
    let counts = [1, u64::MAX, 0, 3];
    let extremes = [i32::MIN, i32::MIN + 1, -40, -1, 0, 1, 40, i32::MAX - 4, i32::MAX];
    for scale in extremes {
        for start in extremes {
            for other in extremes {
                let marks = marks(exponential(scale, 1, buckets(start, &counts), buckets(other, &counts)));
                assert!(marks.is_sorted_by(|(low, few), (high, many)| low < high && few <= many), "{marks:?}");
                assert!(marks.iter().all(|(mark, _)| mark.is_finite()));
            }
        }
    }
}

/// The index of the last bucket is beyond 32 bits; at scale -31 it is the second octave of 2^31. Where buckets are so far out
/// that no double is between them, they are counted at infinity, or at zero.
#[test]
fn the_ends_of_all_indexes() {
    let counts = [1, 2];
    let at = |scale, start| marks(exponential(scale, 0, buckets(start, &counts), buckets(0, &[])));
    for start in [i32::MAX - 1, i32::MAX] {
        assert_eq!(at(0, start), [(0.0, 0.0)], "all above the largest double");
        // 2^31 and its neighbours by 2^31 are 0 and 1 at scale -31 + 31.
        let expected: &[_] =
            if start == i32::MAX { &[(0.0, 0.0), (2.0, 1.0), (4.0, 3.0)] } else { &[(0.0, 0.0), (2.0, 3.0)] };
        assert_eq!(at(31, start), expected);
    }
    assert_eq!(at(0, i32::MIN), [(0.0, 0.0)], "between zero and the smallest double");
    assert_eq!(at(31, i32::MIN), [(0.0, 0.0), (1.0, 3.0)], "(2^-1, 2^0]");
}

/// A bucket below zero that ends nearer to it than any double is counted at zero, with what is there.
#[test]
fn below_zero_there_is_one_zero() {
    for start in [-1_080, i32::MIN] {
        let found = marks(exponential(0, 5, buckets(0, &[]), buckets(start, &[7])));
        assert_eq!(found, [(0.0, 12.0)]);
        assert!(found[0].0.is_sign_positive());
    }
    let histogram = exponential(0, 5, buckets(0, &[]), buckets(0, &[]));
    for zero_threshold in [-0.0, -1.0, f64::NAN] {
        let found = marks(Exponential { zero_threshold, ..histogram });
        assert_eq!(found, [(0.0, 5.0)]);
        assert!(found[0].0.is_sign_positive());
    }
}

/// Marks that are new hold what is below; what somebody gains is added at each mark by what they have below it.
#[test]
fn gains() {
    let mut total = Classic { marks: vec![(1.0, 1.0), (4.0, 3.0)], ..Classic::default() };
    let now = [(0.5, 5.0), (1.0, 10.0), (2.0, 20.0)];
    total.make_room_for(&now, 1_024);
    assert_eq!(total.marks, [(0.5, 0.0), (1.0, 1.0), (2.0, 1.0), (4.0, 3.0)]);
    total.gain(&[], &now);
    assert_eq!(total.marks, [(0.5, 5.0), (1.0, 11.0), (2.0, 21.0), (4.0, 23.0)]);
    // A mark less: at 1 there is only what is below it, which takes nothing back.
    total.gain(&now, &[(0.5, 6.0), (2.0, 25.0)]);
    assert_eq!(total.marks, [(0.5, 6.0), (1.0, 11.0), (2.0, 26.0), (4.0, 28.0)]);
    // No more marks than there may be.
    total.make_room_for(&[(8.0, 0.0)], 4);
    assert_eq!(total.marks.len(), 4);
}
