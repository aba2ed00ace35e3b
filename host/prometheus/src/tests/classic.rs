//! Values in the form of marks: by the definition of exponential buckets, `(base^i, base^(i + 1)]` with
//! `base = 2^(2^-scale)` (OpenTelemetry metrics data model, "ExponentialHistogram").

use crate::families::classic::Classic;
use otlp::values::Worth;
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
    classic.read(Worth::Exponential(histogram));
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
