//! Histograms with explicit bounds added up, by the Collector's fixtures and the rules of `ordering: merge`.

use delta_to_cumulative::aggregate::Aggregate;
use delta_to_cumulative::explicit::{Added, Explicit};
use proptest::prelude::*;

fn histogram(bounds: &[f64], counts: &[u64]) -> Explicit {
    Explicit { bounds: bounds.to_vec(), counts: counts.to_vec() }
}

/// `histograms/1.test` of the Collector, whose points have a bucket less than they should. Its third point has other bounds:
/// the Collector forgets everything then; here the bounds that are shared are kept, and nothing is lost.
#[test]
fn the_fixture_of_the_collector() {
    let bounds = [0.01, 0.1, 1.0, 10.0, 100.0];
    let mut total = histogram(&bounds, &[1, 2, 3, 4, 5]);
    assert_eq!(total.add(&histogram(&bounds, &[1, 0, 1, 0, 1])), Added::Whole);
    assert_eq!(total, histogram(&bounds, &[2, 2, 4, 4, 6]));
    assert_eq!(total.add(&histogram(&bounds[1..], &[1, 2, 3, 4])), Added::Folded);
    assert_eq!(total, histogram(&bounds[1..], &[5, 6, 7, 10, 0]));
}

/// Bounds of which each side has some of its own: what lies between two shared ones comes together.
#[test]
fn different_bounds_are_folded() {
    let mut total = histogram(&[1.0, 2.0, 5.0, 10.0], &[1, 2, 3, 4, 5]);
    assert_eq!(total.add(&histogram(&[2.0, 3.0, 10.0, 20.0], &[10, 20, 30, 40, 50])), Added::Folded);
    assert_eq!(total, histogram(&[2.0, 10.0], &[13, 57, 95]));
}

/// Without a shared bound nothing can be said of the sum.
#[test]
fn without_a_shared_bound_it_begins_anew() {
    let other = histogram(&[3.0, 4.0], &[1, 2, 3]);
    let mut total = histogram(&[1.0, 2.0], &[7, 7, 7]);
    assert_eq!(total.add(&other), Added::Reset);
    assert_eq!(total, other);
}

/// To have no bounds is to know less: the sum has none either, and loses nothing.
#[test]
fn without_any_bounds_all_is_one_bucket() {
    let (fine, coarse) = (histogram(&[1.0, 2.0], &[7, 7, 7]), histogram(&[], &[5]));
    for (mut total, other) in [(fine.clone(), &coarse), (coarse.clone(), &fine)] {
        assert_eq!(total.add(other), Added::Folded);
        assert_eq!(total, histogram(&[], &[26]));
    }
}

/// The Collector's vectors for points without buckets.
#[test]
fn sums_and_extremes() {
    let one = Aggregate { count: 42, sum: Some(777.2), min: Some(12.3), max: Some(66.8) };
    let mut total = one;
    total.add(&Aggregate { count: 33, sum: Some(568.2), min: Some(8.21), max: Some(23.6) });
    assert_eq!(total, Aggregate { count: 75, sum: Some(1345.4), min: Some(8.21), max: Some(66.8) });
    let mut total = one;
    total.add(&Aggregate { count: 33, ..Aggregate::default() });
    assert_eq!(total, Aggregate { count: 75, sum: None, min: None, max: None });
}

fn anything() -> impl Strategy<Value = Explicit> {
    let bound = prop_oneof![(0_i8..12).prop_map(f64::from), any::<f64>()];
    let rising = prop::collection::vec(bound, 0..8).prop_map(|mut bounds| {
        bounds.sort_by(f64::total_cmp);
        bounds
    });
    let counts = prop::collection::vec(0_u64..1_000, 0..10);
    (rising, counts).prop_map(|(bounds, counts)| Explicit { bounds, counts })
}

proptest! {
    /// Whatever senders write: no panic, and unless it is a reset no count is lost.
    #[test]
    fn nothing_is_lost(one in anything(), other in anything()) {
        let total = |histogram: &Explicit| histogram.counts.iter().sum::<u64>();
        let mut sum = one.clone();
        match sum.add(&other) {
            Added::Reset => prop_assert_eq!(total(&sum), total(&other)),
            Added::Whole | Added::Folded => prop_assert_eq!(total(&sum), total(&one) + total(&other)),
        }
    }
}
