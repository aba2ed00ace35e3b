//! Histograms with explicit bounds, of any bounds and counts.

use delta_to_cumulative::aggregate::Aggregate;
use delta_to_cumulative::explicit::Explicit;
use proptest::prelude::*;

use super::values::{explicit, histograms};
use super::{CASES, PAIRS, STRICT, Shape, agree, check_merged, native};
use crate::histograms::runner::{Build, Cells, Kind, Point, dropped, expect, explicit as histogram, point, run};

const MS: u64 = 1_000_000;
const MOST: u64 = u64::MAX;

/// A count, a bucket or a sum that cannot be told any more: the stream begins anew with the point, behind what was sent.
#[test]
fn a_total_beyond_all_numbers_begins_anew() {
    let with_sum = |mut point: Point<Explicit>, sum| {
        point.aggregate.sum = Some(sum);
        point
    };
    let of = |time, count, counts: &[u64]| point(1, time, count, histogram(&[1.0], counts));
    let cases = [
        (of(10 * MS, MOST, &[1, 2]), of(20 * MS, 1, &[1, 1])),
        (of(10 * MS, 1, &[MOST, 0]), of(20 * MS, 1, &[1, 1])),
        (of(10 * MS, 1, &[MOST, 0]), of(20 * MS, 1, &[0, 1])),
        (with_sum(of(10 * MS, 1, &[1, 0]), f64::MAX), with_sum(of(20 * MS, 1, &[1, 0]), f64::MAX)),
        (with_sum(of(10 * MS, 1, &[1, 0]), f64::MIN), with_sum(of(20 * MS, 1, &[1, 0]), f64::MIN)),
    ];
    for (first, second) in cases {
        let began = Point { start: 10 * MS, ..second.clone() };
        expect("{}", &[first.clone(), second], &[Ok(first), Ok(began)]);
    }
}

/// As far as it can be told it is told.
#[test]
fn the_largest_totals() {
    let of = |time, count, counts: &[u64]| point(1, time, count, histogram(&[1.0], counts));
    let points = [of(10 * MS, MOST - 1, &[MOST - 3, 1]), of(20 * MS, 1, &[1, 1])];
    expect("{}", &points, &[Ok(points[0].clone()), Ok(of(20 * MS, MOST, &[MOST - 2, 2]))]);
}

/// Buckets that together hold more than a count can say are no histogram.
#[test]
fn too_many_values_are_dropped() {
    let point = point(1, MS, 1, histogram(&[1.0], &[MOST, 1]));
    expect("{}", &[point], &[dropped("invalid_buckets")]);
}

/// It is counted, once for each time.
#[test]
fn new_beginnings_are_counted() {
    use delta_to_cumulative::configure::Guest as _;
    let names = delta_to_cumulative::Component::configure("{}".into()).expect("valid").counters;
    let index = names.iter().position(|name| name == "overflow_reset").expect("it is announced");
    let [_, mut wasm] = Build::both("{}");
    let of = |time| point(1, time, MOST, histogram(&[1.0], &[1, 2]));
    let _ = Explicit::process(&mut wasm, &[of(10 * MS), of(20 * MS), of(30 * MS)], &Cells::fresh(1));
    let Build::Wasm(instance) = wasm else { panic!("the component") };
    assert_eq!(instance.counted()[index], 2);
}

/// Go's additions wrap, a sum beyond all doubles is infinite, and NaN stays NaN (`data/add.go`).
#[test]
fn strict_counts_wrap() {
    let aggregate = |count, sum, min, max| Aggregate { count, sum: Some(sum), min: Some(min), max: Some(max) };
    let of = |time, aggregate, counts: &[u64]| Point { aggregate, ..point(1, time, 0, histogram(&[1.0], counts)) };
    let points = [
        of(10, aggregate(MOST, f64::MAX, 0.0, -0.0), &[MOST, 7]),
        of(20, aggregate(3, f64::MAX, -0.0, 0.0), &[2, MOST]),
    ];
    let total = of(20, aggregate(2, f64::INFINITY, -0.0, 0.0), &[1, 6]);
    expect(STRICT, &points, &[Ok(points[0].clone()), Ok(total)]);
    for mut build in Build::both(STRICT) {
        let points = [
            of(10, aggregate(1, 1.0, f64::NAN, 1.0), &[]),
            of(20, aggregate(1, 1.0, 1.0, f64::NAN), &[]),
            of(30, aggregate(1, 1.0, f64::NEG_INFINITY, f64::INFINITY), &[]),
        ];
        let outcomes = run(&mut build, &[points.to_vec()]);
        let extremes = outcomes.iter().map(|outcome| {
            let Aggregate { min, max, .. } = outcome.as_ref().expect("strict drops none of them").aggregate;
            format!("{min:?} {max:?}")
        });
        let expected = ["Some(NaN) Some(1.0)", "Some(NaN) Some(NaN)", "Some(-inf) Some(inf)"];
        assert!(extremes.eq(expected), "{outcomes:?}");
    }
}

impl Shape for Explicit {
    fn held(&self) -> u128 {
        self.counts.iter().map(|&count| u128::from(count)).sum()
    }

    fn refused(&self) -> Option<&'static str> {
        let rising = self.bounds.windows(2).all(|pair| pair[0] < pair[1]);
        let wrong = !rising || self.bounds.iter().any(|bound| bound.is_nan());
        if wrong || self.counts.len() > self.bounds.len() + 1 || self.held() > u128::from(u64::MAX) {
            return Some("invalid_buckets");
        }
        // A cell has 512 words; nine are not of buckets and bounds.
        (self.bounds.len() + self.counts.len() > 503).then_some("too_many_buckets")
    }

    fn is_foreign(&self, other: &Self) -> bool {
        let shared = self.bounds.iter().any(|bound| other.bounds.contains(bound));
        !shared && !self.bounds.is_empty() && !other.bounds.is_empty()
    }

    fn check_sum(before: Option<&Self>, point: &Self, total: &Self) {
        let parts: Vec<&Self> = before.into_iter().chain([point]).collect();
        let shared = |bound: &f64| parts.iter().all(|part| part.bounds.contains(bound));
        let bounds: Vec<f64> = point.bounds.iter().copied().filter(shared).collect();
        assert_eq!(total.bounds, bounds);
        // What is not above a bound stays so.
        for bound in bounds {
            let below: u128 = parts.iter().map(|part| up_to(part, bound)).sum();
            assert_eq!(up_to(total, bound), below, "up to {bound}");
        }
        assert_eq!(total.held(), parts.iter().map(|part| part.held()).sum::<u128>());
    }
}

/// How many values are not above a bound.
fn up_to(histogram: &Explicit, bound: f64) -> u128 {
    let below = histogram.bounds.iter().take_while(|own| **own <= bound).count();
    histogram.counts.iter().take(below).map(|&count| u128::from(count)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn merged(batches in histograms(explicit())) {
        check_merged(&batches);
    }

    /// Only what the Collector drops is dropped, and what a cell cannot hold.
    #[test]
    fn strict(batches in histograms(explicit())) {
        for outcome in run(&mut native(STRICT), &batches) {
            if let Err(reason) = outcome {
                prop_assert!(["out_of_order", "older_start", "too_many_buckets"].contains(&reason.as_str()));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(PAIRS))]

    #[test]
    fn builds_agree(batches in histograms(explicit())) {
        agree(&batches);
    }
}
