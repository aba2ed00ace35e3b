//! Exponential histograms added up, by the vectors of the Collector's `internal/data/expo` (release 0.162 and later).

use std::cell::RefCell;

use delta_to_cumulative::exponential::{Buckets, Exponential};
use proptest::prelude::*;

use super::histograms::runner::{Build, point, run};

fn buckets(start: i64, counts: &[u64]) -> Buckets {
    Buckets { start, counts: counts.to_vec() }
}

/// Both signs carry the buckets, as in the Collector's tests.
fn both(scale: i32, start: i64, counts: &[u64]) -> Exponential {
    Exponential { scale, positive: buckets(start, counts), negative: buckets(start, counts), ..Exponential::default() }
}

/// The sum, which both builds of the guest make of the two as points.
fn sum(one: &Exponential, other: &Exponential) -> Exponential {
    let mut sum = one.clone();
    sum.add(other);
    thread_local! {
        static BUILDS: RefCell<[Build; 2]> = RefCell::new(Build::both("{}"));
    }
    let points = [point(1, 2, 0, one.clone()), point(1, 3, 0, other.clone())];
    BUILDS.with_borrow_mut(|builds| {
        for build in builds {
            let outcomes = run(build, &[points.to_vec()]);
            assert_eq!(outcomes[1].as_ref().map(|point| &point.buckets), Ok(&sum));
        }
    });
    sum
}

/// Two single counts: the scale falls until no more than 160 buckets are between them.
#[test]
fn far_apart_indexes_lower_the_scale() {
    for (one, other, scale, slots) in [
        (1, 160, 0, 160),
        (0, 319, -1, 160),
        (0, 320, -2, 81),
        (1, 320, -2, 81),
        (-321, -2, -2, 81),
        (-320, -2, -1, 160),
        (-161, 160, -2, 82),
        (1, 1280, -4, 81),
    ] {
        let sum = sum(&both(0, one, &[1]), &both(0, other, &[1]));
        assert_eq!((sum.scale, sum.positive.counts.len()), (scale, slots), "{one} and {other}");
        assert_eq!(sum.positive, sum.negative);
    }
}

#[test]
fn buckets_meet_by_index() {
    let merged = sum(&both(0, -2, &[1, 2]), &both(0, -5, &[1, 2, 3]));
    assert_eq!(merged.positive, buckets(-5, &[1, 2, 3, 1, 2]));
    // `exponential/1.test`, `expo.simple`.
    let one = Exponential {
        scale: 4,
        zero_count: 5,
        positive: buckets(2, &[4, 7, 9, 6, 25]),
        negative: buckets(6, &[2, 13, 7, 12, 4]),
        ..Exponential::default()
    };
    let other = Exponential {
        scale: 4,
        zero_count: 2,
        positive: buckets(2, &[1, 2, 1, 2, 1]),
        negative: buckets(6, &[1, 2, 1, 2, 1]),
        ..Exponential::default()
    };
    let merged = sum(&one, &other);
    assert_eq!(merged.zero_count, 7);
    assert_eq!(merged.positive, buckets(2, &[5, 9, 10, 8, 26]));
    assert_eq!(merged.negative, buckets(6, &[3, 15, 8, 14, 5]));
}

/// Neighbours of which the first is even become one. The Collector leaves empty slots where they were; here there are none.
#[test]
fn the_coarser_scale_wins() {
    // `exponential/1.test`, `expo.downscale`.
    let merged = sum(&both(2, 0, &[1, 2, 3, 4, 5]), &both(1, 0, &[0, 0, 0]));
    assert_eq!((merged.scale, merged.positive), (1, buckets(0, &[3, 7, 5])));
    for (before, steps, after) in [
        (buckets(-1, &[4, 0, 3, 0, 3, 0, 0, 8]), 1, buckets(-1, &[4, 3, 3, 0, 8])),
        (buckets(-1, &[1, 1]), 1, buckets(-1, &[1, 1])),
        (buckets(1, &[1; 11]), 1, buckets(0, &[1, 2, 2, 2, 2, 2])),
        (buckets(0, &[1, 2, 2, 2, 2, 2]), 1, buckets(0, &[3, 4, 4])),
        (buckets(7, &[1]), 5, buckets(0, &[1])),
        (buckets(-3, &[1]), 1, buckets(-2, &[1])),
    ] {
        let mut buckets = before.clone();
        buckets.downscale(steps);
        assert_eq!(buckets, after, "{before:?} by {steps}");
    }
}

/// The Collector's vectors for a limit of eight buckets, each with the scale and the buckets that it ends with.
#[test]
fn a_smaller_limit() {
    for (one, other, scale, expected) in [
        (buckets(0, &[1; 8]), buckets(6, &[2; 8]), -1, buckets(0, &[2, 2, 2, 6, 4, 4, 4])),
        (buckets(-6, &[1; 8]), buckets(6, &[2; 8]), -2, buckets(-2, &[2, 4, 2, 4, 8, 4])),
        (
            buckets(-4, &[0, 0, 1, 10, 10, 1, 0, 0]),
            buckets(4, &[0, 0, 2, 10, 10, 2, 0, 0]),
            -1,
            buckets(-1, &[11, 11, 0, 0, 12, 12]),
        ),
        (
            buckets(-2, &[0, 0, 1, 5, 5, 1, 0, 0]),
            buckets(0, &[0, 2, 2, 3, 3, 2, 2, 0]),
            0,
            buckets(0, &[1, 7, 7, 4, 3, 2, 2]),
        ),
    ] {
        let of = |positive| Exponential { positive, ..Exponential::default() };
        let mut sum = of(one);
        sum.add_within(&of(other), 8);
        assert_eq!((sum.scale, sum.positive), (scale, expected));
    }
}

/// The lower threshold rises to the higher, and on to the end of a bucket that it would cut in two.
#[test]
fn thresholds_become_one() {
    let at = |threshold, zero_count, start, counts: &[u64]| Exponential {
        zero_threshold: threshold,
        zero_count,
        ..both(0, start, counts)
    };
    let nothing = |threshold| at(threshold, 0, 0, &[]);
    for (one, other, expected) in [
        (at(0.0, 2, -1, &[1, 2, 3, 4, 5]), nothing(2.0), at(2.0, 8, 1, &[3, 4, 5])),
        (at(0.0, 2, -1, &[1, 2, 3, 4, 5]), nothing(3.0), at(4.0, 14, 2, &[4, 5])),
        (at(1.0, 0, 3, &[1, 1]), nothing(2.0), at(2.0, 0, 3, &[1, 1])),
        (at(0.0, 2, -1, &[0, 1, 1, 1]), at(2.0, 2, 1, &[1, 1]), at(2.0, 6, 1, &[2, 2])),
        (at(0.2, 2, -2, &[1; 5]), at(0.3, 2, -1, &[1; 4]), at(0.5, 6, -1, &[2; 4])),
    ] {
        assert_eq!(sum(&one, &other), expected);
        assert_eq!(sum(&other, &one), expected, "the order does not matter");
    }
}

/// A negative scale and a threshold that is a power of two: the Collector (to 0.164) panics. `2^e` lies in the bucket
/// `(e - 1) >> k` of scale `-k`.
#[test]
fn thresholds_at_negative_scales() {
    let low = both(-1, -1, &[1, 1, 1]);
    let high = Exponential { zero_threshold: 4.0, ..both(-1, 1, &[1]) };
    let expected = Exponential { zero_threshold: 4.0, zero_count: 4, ..both(-1, 1, &[2]) };
    assert_eq!(sum(&low, &high), expected);
}

/// Empty slots far away from everything: the Collector walks all the way, here they are trimmed first.
#[test]
fn distant_emptiness_costs_nothing() {
    let sum = sum(&both(0, -1_000_000_000, &[0]), &both(0, 1_000_000_000, &[1]));
    assert_eq!(sum, both(0, 1_000_000_000, &[1]));
}

fn anything() -> impl Strategy<Value = Exponential> {
    // So that both together stay within 64 bits.
    let side = || (any::<i32>(), prop::collection::vec(prop_oneof![Just(0), 0..1_u64 << 56], 0..40));
    let near = || (-50_i32..50, prop::collection::vec(0_u64..9, 0..40));
    let sides = prop_oneof![(side(), side()), (near(), near())];
    let scale = prop_oneof![-12_i32..22, any::<i32>()];
    let threshold = prop_oneof![Just(0.0), 0.0..1e6_f64, any::<f64>()];
    (sides, scale, threshold, 0_u64..100).prop_map(|((positive, negative), scale, zero_threshold, zero_count)| {
        let of = |(start, counts): (i32, Vec<u64>)| Buckets { start: start.into(), counts };
        Exponential { scale, zero_count, zero_threshold, positive: of(positive), negative: of(negative) }
    })
}

fn total(histogram: &Exponential) -> u128 {
    let counts = histogram.positive.counts.iter().chain(&histogram.negative.counts);
    counts.map(|&count| u128::from(count)).sum::<u128>() + u128::from(histogram.zero_count)
}

proptest! {
    /// Whatever senders write: no panic, no count lost, no more buckets than there may be, and the order does not matter.
    #[test]
    fn nothing_is_lost(one in anything(), other in anything()) {
        let merged = sum(&one, &other);
        prop_assert_eq!(total(&merged), total(&one) + total(&other));
        for buckets in [&merged.positive, &merged.negative] {
            prop_assert!(buckets.counts.len() <= 160);
        }
        prop_assert_eq!(merged, sum(&other, &one));
    }
}
