//! The native build and the component give the same answer to the same question, to the bit.

use clock::UnixNanos;
use delta_to_cumulative::WORDS;
use proptest::prelude::*;
use wasm::check;

use super::runner::{Build, Columns, Outcome, Point, Value, run};

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::None),
        8 => any::<i64>().prop_map(Value::Int),
        8 => (-1000_i64..1000).prop_map(Value::Int),
        8 => any::<f64>().prop_map(Value::Double),
        8 => (0_u32..1_000_000).prop_map(|steps| Value::Double(f64::from(steps) / 1_048_576.0)),
        1 => any::<u64>().prop_map(|bits| Value::Double(f64::from_bits(bits))),
    ]
}

fn time() -> impl Strategy<Value = u64> {
    prop_oneof![1 => any::<u64>(), 8 => (0_u64..50).prop_map(|step| 1_790_000_000_000_000_000 + step * 333_333)]
}

fn points() -> impl Strategy<Value = Vec<Vec<Point>>> {
    let point = (0_u32..5, time(), time(), value(), prop_oneof![9 => Just(0_u32), 1 => any::<u32>()])
        .prop_map(|(row, start, time, value, flags)| Point { row, start, time, value, flags });
    prop::collection::vec(prop::collection::vec(point, 1..70), 1..4)
}

/// NaN is unequal to itself; its bits are not.
fn bits(outcomes: Vec<Outcome>) -> Vec<(String, u64)> {
    outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Sent(point @ Point { value: Value::Double(value), .. }) => {
                (format!("{:?}", Point { value: Value::None, ..point }), value.to_bits())
            }
            other => (format!("{other:?}"), 0),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn builds_agree(batches in points(), strict in any::<bool>()) {
        let settings = if strict { r#"{"ordering":"strict"}"# } else { "{}" };
        let [mut native, mut wasm] = Build::both(settings);
        prop_assert_eq!(bits(run(&mut native, &batches)), bits(run(&mut wasm, &batches)));
    }

    /// What `merge` sends has a start that does not move while a run lasts, and no time before it; runs do not overlap.
    #[test]
    fn merged_streams_are_proper(batches in points()) {
        let mut build = Build::both("{}").into_iter().next().expect("two builds");
        let outcomes = run(&mut build, &batches);
        for row in 0..5 {
            let sent = outcomes.iter().filter_map(|outcome| match outcome {
                Outcome::Sent(point) if point.row == row => Some(point),
                _ => None,
            });
            let mut previous: Option<&Point> = None;
            for point in sent {
                if let Some(previous) = previous {
                    let same_run = point.value != Value::None && previous.value != Value::None;
                    prop_assert!(!same_run || point.start == previous.start);
                    prop_assert!(same_run || point.time > previous.time || point.time == u64::MAX);
                }
                prop_assert!(point.start <= point.time);
                previous = Some(point);
            }
        }
    }

    /// Cells that no guest ever wrote (a broken journal, say) do not make it trap, and the answer stays valid.
    #[test]
    fn any_cell_is_survived(cell in prop::collection::vec(any::<u64>(), WORDS), batches in points()) {
        let cells = cell.repeat(5);
        for strict in ["{}", r#"{"ordering":"strict"}"#] {
            for mut build in Build::both(strict) {
                for batch in &batches {
                    let columns = Columns::of(batch);
                    let answer = build.process(&columns, &cells);
                    prop_assert!(answer.kinds.iter().all(|&kind| kind <= 2));
                }
            }
        }
    }
}

/// Columns that do not fit together are a failure of the call, not a trap.
#[test]
fn broken_calls_fail() {
    use model::columns::Numbers;
    use wasm::GuestError;
    let mut instance = super::runner::instantiate("{}");
    let mut broken =
        Numbers { rows: vec![7], kinds: vec![1], flags: Vec::new(), starts: vec![1], times: vec![2], values: vec![3] };
    assert!(check::is_whole(&broken));
    let error = instance.process_numbers(&mut broken, &[0; WORDS], UnixNanos(0)).expect_err("row 7 has no cell");
    assert!(matches!(error, GuestError::Failed { code: 1, .. }), "{error}");
}
