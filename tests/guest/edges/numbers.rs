//! Sums of any numbers.

use delta_to_cumulative::configure::Guest as _;
use delta_to_cumulative::process_numbers::{Answer, Guest as _, Points};
use delta_to_cumulative::{Component, WORDS};
use proptest::prelude::*;

use super::values::{numbers, time};
use super::{CASES, NO_RECORDED_VALUE, PAIRS, STRICT};
use crate::runner::{Build, Columns, Outcome, Point, Value, double, expect, int, run, run_from, seed, sent};

const MS: u64 = 1_000_000;

/// The sum of two finite values is not: the stream begins anew with the second, and goes on from there.
#[test]
fn a_sum_beyond_all_doubles_begins_anew() {
    let points = [double(1, 10 * MS, f64::MAX), double(1, 20 * MS, f64::MAX), double(1, 30 * MS, 1.0)];
    let totals = [double(1, 10 * MS, f64::MAX), double(10 * MS, 20 * MS, f64::MAX), double(10 * MS, 30 * MS, f64::MAX)];
    expect("{}", &points, &totals.map(sent));
    let fall = [double(1, 10 * MS, f64::MIN), double(1, 20 * MS, f64::MIN), double(1, 30 * MS, 2.0)];
    let totals = [double(1, 10 * MS, f64::MIN), double(10 * MS, 20 * MS, f64::MIN), double(10 * MS, 30 * MS, f64::MIN)];
    for mut build in Build::both("{}") {
        assert_eq!(run_from(&mut build, &[fall.to_vec()], seed(false)), totals.map(sent));
    }
}

/// Integers meet a double at the end of all doubles.
#[test]
fn integers_overflow_doubles() {
    let points = [double(1, 10 * MS, f64::MAX), int(1, 20 * MS, i64::MAX)];
    // 2^63 is far below half the distance between the largest doubles.
    expect("{}", &points, &[double(1, 10 * MS, f64::MAX), double(1, 20 * MS, f64::MAX)].map(sent));
}

/// It is counted, once for each time.
#[test]
fn new_beginnings_are_counted() {
    let needs = Component::configure("{}".into()).expect("valid");
    let index = needs.counters.iter().position(|name| name == "overflow_reset").expect("it is announced");
    let [_, mut wasm] = Build::both("{}");
    let points = [double(1, MS, f64::MAX), double(1, 2 * MS, f64::MAX), double(1, 3 * MS, f64::MAX)];
    wasm.process(&Columns::of(&points), &seed(true));
    let Build::Wasm(instance) = wasm else { panic!("the component") };
    assert_eq!(instance.counted()[index], 2);
}

/// The Collector's total is infinite then, and stays so.
#[test]
fn strict_stays_infinite() {
    let points = [double(1, 2, f64::MAX), double(1, 3, f64::MAX), double(1, 4, -1.0)];
    let totals = [double(1, 2, f64::MAX), double(1, 3, f64::INFINITY), double(1, 4, f64::INFINITY)];
    expect(STRICT, &points, &totals.map(sent));
}

/// What a total and a value come to by the rules: exact while both are integers and 64 bits are enough, else a double.
fn sum(total: Value, value: Value) -> Value {
    let float = |value| match value {
        Value::Int(value) => value as f64,
        Value::Double(value) => value,
        Value::None => 0.0,
    };
    if let (Value::Int(total), Value::Int(value)) = (total, value)
        && let Ok(sum) = i64::try_from(i128::from(total) + i128::from(value))
    {
        return Value::Int(sum);
    }
    Value::Double(float(total) + float(value))
}

fn is_finite(value: Value) -> bool {
    !matches!(value, Value::Double(value) if !value.is_finite())
}

fn check_merged(batches: &[Vec<Point>]) {
    let mut build = Build::Native("{}".into());
    let outcomes = run_from(&mut build, batches, seed(false));
    for row in 0..2 {
        let (mut before, mut newest): (Option<Point>, Option<u64>) = (None, None);
        for (point, outcome) in batches.iter().flatten().zip(&outcomes).filter(|(point, _)| point.row == row) {
            if point.flags & NO_RECORDED_VALUE != 0 {
                let Outcome::Sent(marker) = outcome else { panic!("a marker goes on") };
                (before, newest) = (None, Some(marker.time));
                continue;
            }
            let refused = match point.value {
                Value::None => Some("no_value"),
                value => (!is_finite(value)).then_some("not_finite"),
            };
            let total = match (refused, outcome) {
                (Some(reason), Outcome::Dropped(dropped)) => {
                    assert_eq!(dropped, reason);
                    continue;
                }
                (None, Outcome::Sent(total)) => total,
                other => panic!("{point:?} became {other:?}"),
            };
            let told = before.map(|before| (before.start, sum(before.value, point.value)));
            match told.filter(|(_, sum)| is_finite(*sum)) {
                Some((start, sum)) => assert_eq!((total.start, total.value), (start, sum)),
                None => {
                    assert_eq!(total.value, point.value);
                    assert!(total.start >= newest.unwrap_or(0).min(total.time), "runs do not overlap");
                }
            }
            (before, newest) = (Some(*total), Some(total.time));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn merged(batches in numbers()) {
        check_merged(&batches);
    }

    /// Any time, by any clock, behind any cell.
    #[test]
    fn any_clock(batches in numbers(), now in time(), cell in prop::collection::vec(time(), WORDS)) {
        for settings in ["{}", STRICT] {
            Component::configure(settings.into()).expect("valid");
            let mut cells = cell.repeat(2);
            for batch in &batches {
                let Columns { rows, kinds, flags, starts, times, values } = Columns::of(batch);
                let points = Points { rows, kinds, flags, starts, times, values };
                let Ok(Answer::Revised(revision)) = Component::process(points, cells, now) else { panic!("an answer") };
                cells = revision.cells;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(PAIRS))]

    #[test]
    fn builds_agree(batches in numbers()) {
        for settings in ["{}", STRICT] {
            let [native, wasm] = Build::both(settings).map(|mut build| format!("{:?}", run(&mut build, &batches)));
            prop_assert_eq!(native, wasm);
        }
    }
}
