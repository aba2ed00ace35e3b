//! Whatever numbers senders write: the guest answers, both builds say the same, and each total is the sum of what came.
//! Sums are made here with more bits than the guest has.

mod explicit;
mod exponential;
mod numbers;
pub mod values;

use crate::histograms::runner::{Build, Kind, Outcome, Point, run};

const NO_RECORDED_VALUE: u32 = 1;
const STRICT: &str = r#"{"ordering":"strict"}"#;

/// How often the native build is asked; both builds are asked less.
const CASES: u32 = 3_000;
const PAIRS: u32 = 150;

/// NaN is unequal to itself; its text is not.
fn text<B: Kind>(outcomes: &[Outcome<B>]) -> Vec<String> {
    outcomes.iter().map(|outcome| format!("{outcome:?}")).collect()
}

fn native(settings: &str) -> Build {
    Build::Native(settings.into())
}

/// Both builds, asked the same, answer the same.
fn agree<B: Kind>(batches: &[Vec<Point<B>>]) {
    for settings in ["{}", STRICT] {
        let [mut native, mut wasm] = Build::both(settings);
        assert_eq!(text(&run(&mut native, batches)), text(&run(&mut wasm, batches)), "{settings}");
    }
}

/// What the tests of both kinds of histogram have to know of one.
trait Shape: Kind {
    /// What all buckets together hold.
    fn held(&self) -> u128;
    /// Why a point with these buckets is dropped.
    fn refused(&self) -> Option<&'static str>;
    /// Whether `total` is what the buckets of `before` and `point` come to.
    fn check_sum(before: Option<&Self>, point: &Self, total: &Self);
    /// Whether buckets without a bound in common let a run end.
    fn is_foreign(&self, other: &Self) -> bool;
}

/// Runs points through `merge` and holds each answer against the rules.
fn check_merged<B: Shape>(batches: &[Vec<Point<B>>]) {
    let outcomes = run(&mut native("{}"), batches);
    for row in 0..2 {
        // The newest total of the run, and the newest time of all.
        let mut before: Option<Point<B>> = None;
        let mut newest: Option<u64> = None;
        for (point, outcome) in batches.iter().flatten().zip(&outcomes).filter(|(point, _)| point.row == row) {
            if point.flags & NO_RECORDED_VALUE != 0 {
                newest = Some(outcome.as_ref().expect("a marker goes on").time);
                before = None;
                continue;
            }
            let Point { aggregate, .. } = point;
            let finite = [aggregate.sum, aggregate.min, aggregate.max].iter().flatten().all(|value| value.is_finite());
            let refused = if finite { point.buckets.refused() } else { Some("not_finite") };
            let total = match (refused, outcome) {
                (Some(reason), Err(dropped)) => {
                    assert_eq!(dropped, reason);
                    continue;
                }
                (None, Ok(total)) => total,
                other => panic!("{point:?} became {other:?}"),
            };
            let taken = before.take().filter(|before| can_be_told(before, point));
            let taken = taken.filter(|before| !before.buckets.is_foreign(&point.buckets));
            check_aggregate(taken.as_ref(), point, total);
            B::check_sum(taken.as_ref().map(|before| &before.buckets), &point.buckets, &total.buckets);
            if let Some(before) = &taken {
                assert_eq!(total.start, before.start, "a start does not move");
            } else if let Some(newest) = newest {
                assert!(total.start >= newest.min(total.time), "runs do not overlap");
            }
            assert!(total.start <= total.time);
            newest = Some(total.time);
            before = Some(total.clone());
        }
    }
}

/// Whether 64 bits and doubles are enough for the sum of both.
fn can_be_told<B: Shape>(before: &Point<B>, point: &Point<B>) -> bool {
    let most = u128::from(u64::MAX);
    let sum = before.aggregate.sum.zip(point.aggregate.sum).map(|(one, other)| one + other);
    before.buckets.held() + point.buckets.held() <= most
        && u128::from(before.aggregate.count) + u128::from(point.aggregate.count) <= most
        && sum.is_none_or(f64::is_finite)
}

fn check_aggregate<B>(before: Option<&Point<B>>, point: &Point<B>, total: &Point<B>) {
    let Some(before) = before else {
        assert_eq!(total.aggregate, point.aggregate);
        return;
    };
    let (before, point, total) = (before.aggregate, point.aggregate, total.aggregate);
    assert_eq!(u128::from(total.count), u128::from(before.count) + u128::from(point.count));
    assert_eq!(total.sum, before.sum.zip(point.sum).map(|(one, other)| one + other));
    assert_eq!(total.min, before.min.zip(point.min).map(|(one, other)| one.min(other)));
    assert_eq!(total.max, before.max.zip(point.max).map(|(one, other)| one.max(other)));
}
