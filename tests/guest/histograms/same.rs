//! The native build and the component give the same answer to the same question about histograms, to the bit.

use delta_to_cumulative::aggregate::Aggregate;
use delta_to_cumulative::explicit::Explicit;
use delta_to_cumulative::exponential::{Buckets, Exponential};
use proptest::prelude::*;

use super::runner::{Build, Cells, Kind, Outcome, Point, run};

fn time() -> impl Strategy<Value = u64> {
    prop_oneof![1 => any::<u64>(), 8 => (0_u64..50).prop_map(|step| 1_790_000_000_000_000_000 + step * 333_333)]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![8 => (-1_000_i32..1_000).prop_map(|steps| f64::from(steps) / 8.0), 1 => any::<f64>()]
}

fn aggregate() -> impl Strategy<Value = Aggregate> {
    let some = || prop::option::weighted(0.8, number());
    (any::<u32>(), some(), some(), some()).prop_map(|(count, sum, min, max)| Aggregate {
        count: count.into(),
        sum,
        min,
        max,
    })
}

fn explicit() -> impl Strategy<Value = Explicit> {
    let bounds = prop_oneof![
        4 => prop::collection::btree_set(0_u8..12, 0..8)
            .prop_map(|bounds| bounds.into_iter().map(f64::from).collect::<Vec<f64>>()),
        1 => prop::collection::vec(number(), 0..8),
    ];
    (bounds, prop::collection::vec(any::<u32>(), 0..9))
        .prop_map(|(bounds, counts)| Explicit { bounds, counts: counts.into_iter().map(u64::from).collect() })
}

fn buckets() -> impl Strategy<Value = Buckets> {
    let start = prop_oneof![8 => -300_i64..300, 1 => any::<i32>().prop_map(i64::from)];
    let count = prop_oneof![3 => Just(0_u64), 6 => 0..1_u64 << 50, 1 => any::<u64>()];
    (start, prop::collection::vec(count, 0..40)).prop_map(|(start, counts)| Buckets { start, counts })
}

fn exponential() -> impl Strategy<Value = Exponential> {
    let scale = prop_oneof![8 => -4_i32..20, 1 => any::<i32>()];
    let threshold =
        prop_oneof![4 => Just(0.0), 4 => (0_u32..100).prop_map(|steps| f64::from(steps) / 16.0), 1 => any::<f64>()];
    (scale, any::<u32>(), threshold, buckets(), buckets()).prop_map(
        |(scale, zero_count, zero_threshold, positive, negative)| Exponential {
            scale,
            zero_count: zero_count.into(),
            zero_threshold,
            positive,
            negative,
        },
    )
}

fn batches<B: Kind>(buckets: impl Strategy<Value = B>) -> impl Strategy<Value = Vec<Vec<Point<B>>>> {
    let flags = prop_oneof![9 => Just(0_u32), 1 => any::<u32>()];
    let point = (0_u32..4, time(), time(), flags, aggregate(), buckets).prop_map(
        |(row, start, time, flags, aggregate, buckets)| Point { row, start, time, flags, aggregate, buckets },
    );
    prop::collection::vec(prop::collection::vec(point, 1..20), 1..4)
}

/// NaN is unequal to itself; its text is not.
fn text<B: Kind>(outcomes: &[Outcome<B>]) -> Vec<String> {
    outcomes.iter().map(|outcome| format!("{outcome:?}")).collect()
}

fn agree<B: Kind>(batches: &[Vec<Point<B>>], strict: bool) -> Result<(), TestCaseError> {
    let [mut native, mut wasm] = Build::both(if strict { r#"{"ordering":"strict"}"# } else { "{}" });
    prop_assert_eq!(text(&run(&mut native, batches)), text(&run(&mut wasm, batches)));
    Ok(())
}

/// Cells that no guest ever wrote do not make it trap, and the answer stays valid.
fn survive<B: Kind>(cell: &[u64], batches: &[Vec<Point<B>>]) {
    const ROWS: u32 = 4;
    let offsets = (0..=ROWS).map(|row| row * cell.len() as u32).collect();
    let cells = Cells { offsets, words: cell.repeat(ROWS as usize) };
    for settings in ["{}", r#"{"ordering":"strict"}"#] {
        for mut build in Build::both(settings) {
            for batch in batches {
                let (_, _, points, _) = B::process(&mut build, batch, &cells);
                assert_eq!(points.len(), batch.len());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn builds_agree_on_explicit(batches in batches(explicit()), strict in any::<bool>()) {
        agree(&batches, strict)?;
    }

    #[test]
    fn builds_agree_on_exponential(batches in batches(exponential()), strict in any::<bool>()) {
        agree(&batches, strict)?;
    }

    #[test]
    fn any_cell_is_survived_by_explicit(cell in prop::collection::vec(any::<u64>(), 0..40), batches in batches(explicit())) {
        survive(&cell, &batches);
    }

    #[test]
    fn any_cell_is_survived_by_exponential(
        cell in prop::collection::vec(prop_oneof![any::<u64>(), 0_u64..20], 0..40),
        batches in batches(exponential()),
    ) {
        survive(&cell, &batches);
    }
}
