//! Exponential histograms of any scale, at any index.

use std::collections::BTreeMap;

use delta_to_cumulative::exponential::{Buckets, Exponential};
use proptest::prelude::*;

use super::values::{exponential, histograms};
use super::{CASES, PAIRS, STRICT, Shape, agree, check_merged, native};
use crate::histograms::runner::{Point, expect, exponential as histogram, point, run};

const MS: u64 = 1_000_000;

/// The scale at which all doubles are in two buckets: the largest is below `2^1024`, the smallest is `2^-1074`.
const COARSEST: i32 = -11;

/// Two points of one stream that nothing can bring together but the two buckets at either side of 1. As many empty slots
/// would be 32 GiB.
#[test]
fn the_ends_of_all_indexes_meet_at_the_last_scale() {
    let ends = |scale| {
        [
            point(1, 10 * MS, 1, histogram(scale, i32::MIN.into(), &[1])),
            point(1, 20 * MS, 1, histogram(scale, i32::MAX.into(), &[1])),
        ]
    };
    for scale in [i32::MIN, i32::MIN + 1, i32::MIN + 24, -12, COARSEST] {
        let expected = [
            Ok(point(1, 10 * MS, 1, histogram(COARSEST, -1, &[1]))),
            Ok(point(1, 20 * MS, 2, histogram(COARSEST, -1, &[1, 1]))),
        ];
        expect("{}", &ends(scale), &expected);
    }
    // From 2^32 apart to at most 160 takes 25 halvings, which would be scale -25 here.
    let [first, last] = ends(0);
    let total = point(1, 20 * MS, 2, histogram(COARSEST, -1, &[1, 1]));
    expect("{}", &[first.clone(), last], &[Ok(first), Ok(total)]);
    // And are no trouble where there is enough to halve. -2^31 and 2^31 - 1 by 2^25 are -64 and 63.
    let [first, last] = ends(20);
    let mut counts = vec![0; 128];
    (counts[0], counts[127]) = (1, 1);
    let total = point(1, 20 * MS, 2, histogram(-5, -64, &counts));
    expect("{}", &[first.clone(), last], &[Ok(first), Ok(total)]);
}

/// The Collector's scale runs over there, and it crashes. Down to it, `strict` counts on.
#[test]
fn strict_survives_the_last_scale() {
    let of = |time, start: i32| point(1, time, 1, histogram(i32::MIN, start.into(), &[1]));
    let points = [of(10, i32::MIN), of(20, i32::MAX)];
    let total = point(1, 20, 2, histogram(i32::MIN, -1, &[1, 1]));
    expect(STRICT, &points, &[Ok(points[0].clone()), Ok(total)]);
}

/// One poisonous stream does not harm its neighbours in the call.
#[test]
fn neighbours_are_served() {
    let poison = |time, start: i32| Point { row: 1, ..point(1, time, 1, histogram(i32::MIN, start.into(), &[1])) };
    let good = |time, counts: &[u64]| point(1, time, 1, histogram(0, 0, counts));
    let batch = vec![poison(10 * MS, i32::MIN), good(10 * MS, &[1]), poison(20 * MS, i32::MAX), good(20 * MS, &[2])];
    for settings in ["{}", STRICT] {
        for mut build in crate::histograms::runner::Build::both(settings) {
            let outcomes = run(&mut build, std::slice::from_ref(&batch));
            assert_eq!(outcomes[3].as_ref().map(|point| &point.buckets), Ok(&histogram(0, 0, &[3])));
        }
    }
}

/// The bucket behind the last index that 32 bits can name has one at half the resolution: 2^31 becomes 2^30. Before, it came
/// back as the first of all indexes.
#[test]
fn indexes_do_not_wrap() {
    const LAST: i64 = i32::MAX as i64;
    for (start, counts, scale, expected) in [
        (LAST - 1, &[7, 5][..], 4, histogram(4, LAST - 1, &[7, 5])),
        (LAST, &[5], 4, histogram(4, LAST, &[5])),
        (LAST, &[0, 5], 4, histogram(3, 1 << 30, &[5])),
        (LAST - 1, &[0, 7, 5], 4, histogram(3, LAST >> 1, &[7, 5])),
        (LAST, &[7, 5], 4, histogram(3, LAST >> 1, &[7, 5])),
        (i32::MIN.into(), &[0, 5], 4, histogram(4, i64::from(i32::MIN) + 1, &[5])),
        (i32::MIN.into(), &[5, 7], 4, histogram(4, i32::MIN.into(), &[5, 7])),
        (LAST, &[0, 5], i32::MIN, histogram(COARSEST, 0, &[5])),
    ] {
        let points = [
            point(1, 10 * MS, 0, histogram(scale, start, counts)),
            point(1, 20 * MS, 0, histogram(scale, start, counts)),
        ];
        let mut twice = expected.clone();
        twice.positive.counts.iter_mut().for_each(|count| *count *= 2);
        let outputs = [Ok(point(1, 10 * MS, 0, expected)), Ok(point(1, 20 * MS, 0, twice))];
        expect("{}", &points, &outputs);
    }
}

/// `strict` as well, from the second point on; the first is stored as sent.
#[test]
fn strict_indexes_do_not_wrap() {
    let of = |time| point(1, time, 0, histogram(4, i32::MAX.into(), &[0, 5]));
    let total = point(1, 20, 0, histogram(3, 1 << 30, &[10]));
    expect(STRICT, &[of(10), of(20)], &[Ok(of(10)), Ok(total)]);
}

/// The upper bound of the last bucket is beyond all doubles: the threshold is the largest of them, and stays.
#[test]
fn the_largest_threshold() {
    let of = |time, zero_count, zero_threshold, counts: &[u64]| {
        point(1, time, 0, Exponential { zero_count, zero_threshold, ..histogram(0, 1_023, counts) })
    };
    let points = [of(10 * MS, 0, 0.0, &[3]), of(20 * MS, 2, 1.5e308, &[]), of(30 * MS, 0, 0.0, &[1])];
    let total = |time, zero_count| {
        let buckets = Exponential { zero_count, zero_threshold: f64::MAX, ..Exponential::default() };
        point(1, time, 0, buckets)
    };
    expect("{}", &points, &[Ok(points[0].clone()), Ok(total(20 * MS, 5)), Ok(total(30 * MS, 6))]);
}

/// A threshold that is the bound of a bucket takes in nothing more, however often something is added. Thresholds here are in
/// the middle of a bucket, so that the first addition makes them its bound.
#[test]
fn thresholds_do_not_creep() {
    for scale in 1..=20 {
        let of = |zero_threshold| Exponential { zero_threshold, ..histogram(scale, 0, &[1; 100]) };
        for bucket in 0..99 {
            let mut total = of(0.0);
            total.add(&of(f64::exp2((f64::from(bucket) + 0.5) / f64::exp2(scale.into()))));
            for additions in 2..5 {
                total.add(&of(0.0));
                let taken = (bucket as u64 + 1) * (additions + 1);
                assert_eq!(total.zero_count, taken, "scale {scale}, bucket {bucket}, {additions} additions");
            }
        }
    }
}

/// A threshold that is none is none in the first output too.
#[test]
fn impossible_thresholds() {
    for zero_threshold in [f64::NAN, f64::INFINITY, -1.0] {
        let sent = point(1, 10 * MS, 0, Exponential { zero_threshold, ..histogram(0, 0, &[1]) });
        expect("{}", &[sent], &[Ok(point(1, 10 * MS, 0, histogram(0, 0, &[1])))]);
    }
}

impl Shape for Exponential {
    fn held(&self) -> u128 {
        let counts = self.positive.counts.iter().chain(&self.negative.counts);
        counts.map(|&count| u128::from(count)).sum::<u128>() + u128::from(self.zero_count)
    }

    fn refused(&self) -> Option<&'static str> {
        (self.held() > u128::from(u64::MAX)).then_some("invalid_buckets")
    }

    fn is_foreign(&self, _: &Self) -> bool {
        false
    }

    fn check_sum(before: Option<&Self>, point: &Self, total: &Self) {
        assert_eq!(total.held(), before.map_or(0, Self::held) + point.held(), "nothing is lost");
        assert!(total.zero_threshold.is_finite() && total.zero_threshold >= 0.0);
        for side in [&total.positive, &total.negative] {
            assert!(side.counts.len() <= 160, "{side:?}");
            assert!(side.start >= i64::from(i32::MIN));
            assert!(side.start + side.counts.len() as i64 - 1 <= i64::from(i32::MAX), "{side:?}");
        }
        let parts: Vec<&Self> = before.into_iter().chain([point]).collect();
        let scale = finest(&parts);
        assert_eq!(total.scale, scale, "as fine as it can be");
        if parts.iter().any(|part| part.zero_threshold != 0.0) {
            return;
        }
        for (side, own) in [(0, &total.positive), (1, &total.negative)] {
            assert_eq!(at(own, scale, scale), together(&parts, side, scale), "each count is in its bucket");
        }
    }
}

/// The largest scale that is not above any of the histograms' and at which all of them have room.
fn finest(parts: &[&Exponential]) -> i32 {
    let mut scale = parts.iter().map(|part| part.scale).min().unwrap_or(0);
    while scale > COARSEST {
        let fits = |buckets: BTreeMap<i128, u128>| {
            let (low, high) = (buckets.keys().next(), buckets.keys().next_back());
            low.zip(high).is_none_or(|(low, high)| high - low < 160 && *high <= i128::from(i32::MAX))
        };
        if fits(together(parts, 0, scale)) && fits(together(parts, 1, scale)) {
            break;
        }
        scale -= 1;
    }
    scale.max(COARSEST)
}

/// What is at each index of one sign, at `scale`.
fn together(parts: &[&Exponential], side: usize, scale: i32) -> BTreeMap<i128, u128> {
    let mut together = BTreeMap::new();
    for part in parts {
        for (index, count) in at([&part.positive, &part.negative][side], part.scale, scale) {
            *together.entry(index).or_insert(0) += count;
        }
    }
    together
}

/// Buckets of scale `from` at `scale`, by the data model: an index is halved, rounding down, for each step.
fn at(buckets: &Buckets, from: i32, scale: i32) -> BTreeMap<i128, u128> {
    let steps = (i64::from(from) - i64::from(scale)).clamp(0, 100);
    let mut found = BTreeMap::new();
    for (place, &count) in buckets.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let mut index = (i128::from(buckets.start) + place as i128).div_euclid(1 << steps);
        if scale == COARSEST {
            index = index.clamp(-1, 0);
        }
        *found.entry(index).or_insert(0) += u128::from(count);
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn merged(batches in histograms(exponential())) {
        check_merged(&batches);
    }

    /// Counts wrap as the Collector's do, and none is lost beside.
    #[test]
    fn strict(batches in histograms(exponential())) {
        let outcomes = run(&mut native(STRICT), &batches);
        for row in 0..2 {
            let mut before = None;
            for (point, outcome) in batches.iter().flatten().zip(&outcomes).filter(|(point, _)| point.row == row) {
                let Ok(total) = outcome else { continue };
                let sum = |before: &Point<Exponential>| before.buckets.held() + point.buckets.held();
                // After a time of 0 the next point is the first again.
                let sum = before.filter(|before: &&Point<_>| before.time != 0).map_or(point.buckets.held(), sum);
                prop_assert_eq!(total.buckets.held() as u64, sum as u64);
                before = Some(total);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(PAIRS))]

    #[test]
    fn builds_agree(batches in histograms(exponential())) {
        agree(&batches);
    }
}
