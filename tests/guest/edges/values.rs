//! Values at the edges of what OTLP can carry, beside plain ones: each case is a pair of edges sooner or later.

use delta_to_cumulative::aggregate::Aggregate;
use delta_to_cumulative::explicit::Explicit;
use delta_to_cumulative::exponential::{Buckets, Exponential};
use proptest::prelude::*;
use proptest::sample::select;

use crate::histograms::runner::Point;
use crate::runner::{self, Value};

/// Scales and indexes.
pub fn int32() -> impl Strategy<Value = i32> {
    const EDGES: [i32; 24] = [
        i32::MIN,
        i32::MIN + 1,
        i32::MIN + 31,
        i32::MIN + 160,
        -2048,
        -1075,
        -65,
        -33,
        -12,
        -11,
        -10,
        -1,
        0,
        1,
        10,
        20,
        48,
        63,
        64,
        1024,
        i32::MAX - 160,
        i32::MAX - 2,
        i32::MAX - 1,
        i32::MAX,
    ];
    prop_oneof![4 => select(&EDGES[..]), 4 => -8..24_i32, 1 => any::<i32>()]
}

/// Counts.
pub fn count() -> impl Strategy<Value = u64> {
    const EDGES: [u64; 8] =
        [1, u32::MAX as u64, 1 << 53, i64::MAX as u64, 1 << 63, u64::MAX / 2, u64::MAX - 1, u64::MAX];
    prop_oneof![4 => Just(0), 8 => 1..9_u64, 1 => select(&EDGES[..]), 1 => any::<u64>()]
}

/// Sums, extremes, bounds, thresholds.
pub fn double() -> impl Strategy<Value = f64> {
    const EDGES: [f64; 16] = [
        -0.0,
        5e-324,
        -5e-324,
        f64::MIN_POSITIVE,
        1.0 - f64::EPSILON / 2.0,
        1.0,
        1.0 + f64::EPSILON,
        -1.0,
        f64::MAX / 2.0,
        f64::MAX,
        f64::MIN,
        9_223_372_036_854_775_808.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        1.7e308,
    ];
    let plain = (0_u16..200).prop_map(|steps| f64::from(steps) / 16.0);
    prop_oneof![4 => Just(0.0), 8 => plain, 3 => select(&EDGES[..]), 1 => any::<u64>().prop_map(f64::from_bits)]
}

/// Starts and times.
pub fn time() -> impl Strategy<Value = u64> {
    const EDGES: [u64; 7] = [0, 1, 999_999, 1_000_000, i64::MAX as u64, u64::MAX - 1, u64::MAX];
    let plain = (0_u64..50).prop_map(|step| 1_790_000_000_000_000_000 + step * 333_333);
    prop_oneof![8 => plain, 2 => select(&EDGES[..]), 1 => any::<u64>()]
}

fn flags() -> impl Strategy<Value = u32> {
    prop_oneof![12 => Just(0), 1 => Just(1), 1 => Just(u32::MAX), 1 => any::<u32>()]
}

/// Values of number points.
fn value() -> impl Strategy<Value = Value> {
    const EDGES: [i64; 8] = [i64::MIN, i64::MIN + 1, -1, 0, 1, 1 << 53, i64::MAX - 1, i64::MAX];
    prop_oneof![
        1 => Just(Value::None),
        4 => select(&EDGES[..]).prop_map(Value::Int),
        4 => (-9..99_i64).prop_map(Value::Int),
        8 => double().prop_map(Value::Double),
    ]
}

/// Points of numbers, in calls.
pub fn numbers() -> impl Strategy<Value = Vec<Vec<runner::Point>>> {
    let point = (0_u32..2, time(), time(), value(), flags())
        .prop_map(|(row, start, time, value, flags)| runner::Point { row, start, time, value, flags });
    prop::collection::vec(prop::collection::vec(point, 1..8), 1..4)
}

fn aggregate() -> impl Strategy<Value = Aggregate> {
    let some = || prop::option::weighted(0.6, double());
    (count(), some(), some(), some()).prop_map(|(count, sum, min, max)| Aggregate { count, sum, min, max })
}

/// None, one, some, and as many as a host lets through.
fn counts() -> impl Strategy<Value = Vec<u64>> {
    prop_oneof![
        2 => Just(Vec::new()),
        4 => count().prop_map(|count| vec![count]),
        8 => prop::collection::vec(count(), 0..12),
        1 => (count(), 150_usize..1_024).prop_map(|(count, length)| vec![count; length]),
    ]
}

pub fn explicit() -> impl Strategy<Value = Explicit> {
    let rising = |mut bounds: Vec<f64>| {
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        bounds
    };
    let bounds = prop_oneof![
        4 => prop::collection::vec(double(), 0..6).prop_map(rising),
        4 => (0_u8..6).prop_map(|bounds| (0..bounds).map(f64::from).collect()),
        1 => prop::collection::vec(double(), 0..6),
        1 => (240_u16..260).prop_map(|bounds| (0..bounds).map(f64::from).collect()),
    ];
    (bounds, counts()).prop_map(|(bounds, mut counts)| {
        // Half of the lists are as long as they should be.
        if counts.len() % 2 == 0 {
            counts.resize(bounds.len() + 1, 1);
        }
        Explicit { bounds, counts }
    })
}

fn buckets() -> impl Strategy<Value = Buckets> {
    (int32(), counts()).prop_map(|(start, counts)| Buckets { start: start.into(), counts })
}

pub fn exponential() -> impl Strategy<Value = Exponential> {
    let threshold = prop_oneof![2 => Just(0.0), 1 => double()];
    (int32(), count(), threshold, buckets(), buckets()).prop_map(
        |(scale, zero_count, zero_threshold, positive, negative)| Exponential {
            scale,
            zero_count,
            zero_threshold,
            positive,
            negative,
        },
    )
}

/// Points of histograms, in calls.
pub fn histograms<B: std::fmt::Debug>(buckets: impl Strategy<Value = B>) -> impl Strategy<Value = Vec<Vec<Point<B>>>> {
    let point = (0_u32..2, time(), time(), flags(), aggregate(), buckets).prop_map(
        |(row, start, time, flags, aggregate, buckets)| Point { row, start, time, flags, aggregate, buckets },
    );
    prop::collection::vec(prop::collection::vec(point, 1..5), 1..4)
}
