//! Runs histograms through both builds of the guest, keeping state between calls as the host does.

use clock::UnixNanos;
use delta_to_cumulative::aggregate::Aggregate;
use delta_to_cumulative::configure::Guest as _;
use delta_to_cumulative::explicit::Explicit;
use delta_to_cumulative::exponential::{Buckets, Exponential};
use delta_to_cumulative::{Component, process_exponential_histograms, process_histograms, types};
use wasm::check::{self, Call};
use wasm::{self, Instance};

use crate::runner::{NOW, instantiate, reasons};

use delta_to_cumulative::process_exponential_histograms::Points as NativeExponential;
use delta_to_cumulative::process_histograms::Points as NativeExplicit;
use model::columns::{ExponentialHistograms, Histograms, VariableCells};

/// A histogram of stream `row`.
#[derive(Debug, Clone, PartialEq)]
pub struct Point<B> {
    pub row: u32,
    pub start: u64,
    pub time: u64,
    pub flags: u32,
    pub aggregate: Aggregate,
    pub buckets: B,
}

/// What became of a point: itself, or why it was dropped.
pub type Outcome<B> = Result<Point<B>, String>;

/// A point of stream 0 with that many values.
pub fn point<B>(start: u64, time: u64, count: u64, buckets: B) -> Point<B> {
    let aggregate = Aggregate { count, ..Aggregate::default() };
    Point { row: 0, start, time, flags: 0, aggregate, buckets }
}

pub fn explicit(bounds: &[f64], counts: &[u64]) -> Explicit {
    Explicit { bounds: bounds.to_vec(), counts: counts.to_vec() }
}

pub fn exponential(scale: i32, start: i64, counts: &[u64]) -> Exponential {
    let positive = Buckets { start, counts: counts.to_vec() };
    Exponential { scale, positive, ..Exponential::default() }
}

/// One build of the guest.
pub enum Build {
    Native(String),
    Wasm(Box<Instance>),
}

/// Cells as they stand in a call.
#[derive(Debug, Clone)]
pub struct Cells {
    pub offsets: Vec<u32>,
    pub words: Vec<u64>,
}

impl Cells {
    pub fn fresh(rows: usize) -> Self {
        Self { offsets: vec![0; rows + 1], words: Vec::new() }
    }
}

impl Build {
    pub fn both(settings: &str) -> [Self; 2] {
        [Self::Native(settings.into()), Self::Wasm(Box::new(instantiate(settings)))]
    }
}

/// The kinds of histogram, each with an interface of its own.
pub trait Kind: Clone + PartialEq + std::fmt::Debug + Sized {
    /// Processes points; the dropped ones, by index and reason, all points as they come out, and the cells.
    fn process(build: &mut Build, points: &[Point<Self>], cells: &Cells) -> Answer<Self>;
}

/// The bitmap of dropped points, their reasons, all points, and the cells.
pub type Answer<B> = (Vec<u64>, Vec<u32>, Vec<Point<B>>, Cells);

const SUM: u8 = 1;
const MIN: u8 = 2;
const MAX: u8 = 4;

fn presence(aggregate: &Aggregate) -> u8 {
    let bits = [(aggregate.sum, SUM), (aggregate.min, MIN), (aggregate.max, MAX)];
    bits.iter().filter(|(value, _)| value.is_some()).map(|(_, bit)| bit).sum()
}

fn flags<B>(points: &[Point<B>]) -> Vec<u32> {
    // As in the host: no column while all are 0.
    if points.iter().all(|point| point.flags == 0) {
        return Vec::new();
    }
    points.iter().map(|point| point.flags).collect()
}

fn lists<'a, B: 'a, T: Copy + 'a>(points: &'a [Point<B>], list: impl Fn(&'a B) -> &'a [T]) -> (Vec<u32>, Vec<T>) {
    let (mut offsets, mut entries) = (vec![0], Vec::new());
    for point in points {
        entries.extend_from_slice(list(&point.buckets));
        offsets.push(entries.len() as u32);
    }
    (offsets, entries)
}

fn part<T: Clone>(entries: &[T], offsets: &[u32], index: usize) -> Vec<T> {
    entries[offsets[index] as usize..offsets[index + 1] as usize].to_vec()
}

/// The columns that both kinds have, for a type of points from either side of the boundary.
macro_rules! columns {
    ($type:ident, $points:expr, { $($own:ident: $value:expr),* $(,)? }) => {
        $type {
            rows: $points.iter().map(|point| point.row).collect(),
            flags: flags($points),
            starts: $points.iter().map(|point| point.start).collect(),
            times: $points.iter().map(|point| point.time).collect(),
            counts: $points.iter().map(|point| point.aggregate.count).collect(),
            sums: $points.iter().map(|point| point.aggregate.sum.unwrap_or(0.0)).collect(),
            minima: $points.iter().map(|point| point.aggregate.min.unwrap_or(0.0)).collect(),
            maxima: $points.iter().map(|point| point.aggregate.max.unwrap_or(0.0)).collect(),
            presence: $points.iter().map(|point| presence(&point.aggregate)).collect(),
            $($own: $value),*
        }
    };
}

/// Point `$at` of an answer.
macro_rules! read {
    ($new:expr, $sent:expr, $at:expr, $buckets:expr) => {{
        let present = |bit: u8, value: f64| ($new.presence[$at] & bit != 0).then_some(value);
        Point {
            row: $sent.row,
            start: $new.starts[$at],
            time: $new.times[$at],
            flags: $new.flags.get($at).copied().unwrap_or($sent.flags),
            aggregate: Aggregate {
                count: $new.counts[$at],
                sum: present(SUM, $new.sums[$at]),
                min: present(MIN, $new.minima[$at]),
                max: present(MAX, $new.maxima[$at]),
            },
            buckets: $buckets,
        }
    }};
}

macro_rules! explicit_columns {
    ($type:ident, $points:expr) => {{
        let (bound_offsets, bounds) = lists($points, |histogram: &Explicit| &histogram.bounds);
        let (bucket_offsets, buckets) = lists($points, |histogram: &Explicit| &histogram.counts);
        columns!($type, $points, {
            bound_offsets: bound_offsets, bounds: bounds, bucket_offsets: bucket_offsets, buckets: buckets,
        })
    }};
}

macro_rules! explicit_answer {
    ($revision:expr, $sent:expr) => {{
        let new = &$revision.points;
        let read = |(at, sent): (usize, &Point<Explicit>)| {
            let bounds = part(&new.bounds, &new.bound_offsets, at);
            let counts = part(&new.buckets, &new.bucket_offsets, at);
            read!(new, sent, at, Explicit { bounds, counts })
        };
        let points = $sent.iter().enumerate().map(read).collect();
        let cells = Cells { offsets: $revision.cells.offsets.clone(), words: $revision.cells.words.clone() };
        ($revision.dropped.clone(), $revision.reasons.clone(), points, cells)
    }};
}

impl Kind for Explicit {
    fn process(build: &mut Build, points: &[Point<Self>], cells: &Cells) -> Answer<Self> {
        let Cells { offsets, words } = cells.clone();
        match build {
            Build::Native(settings) => {
                Component::configure(settings.clone()).expect("the native build takes the settings");
                let columns = explicit_columns!(NativeExplicit, points);
                let cells = types::VariableCells { offsets, words };
                let revision =
                    <Component as process_histograms::Guest>::process(columns, cells, NOW).expect("an answer");
                explicit_answer!(revision, points)
            }
            Build::Wasm(instance) => {
                let mut columns = explicit_columns!(Histograms, points);
                let call = call(points.len(), &offsets);
                let mut cells = VariableCells { offsets, words };
                let revision =
                    instance.process_histograms(&mut columns, &mut cells, UnixNanos(NOW)).expect("the guest answers");
                let revision = check::explicit(revision, call).expect("the answer is valid");
                explicit_answer!(revision, points)
            }
        }
    }
}

macro_rules! exponential_columns {
    ($type:ident, $points:expr) => {{
        let (positive_offsets, positive_buckets) = lists($points, |own: &Exponential| &own.positive.counts);
        let (negative_offsets, negative_buckets) = lists($points, |own: &Exponential| &own.negative.counts);
        columns!($type, $points, {
            scales: $points.iter().map(|point| point.buckets.scale).collect(),
            zero_counts: $points.iter().map(|point| point.buckets.zero_count).collect(),
            zero_thresholds: $points.iter().map(|point| point.buckets.zero_threshold).collect(),
            positive_starts: $points.iter().map(|point| point.buckets.positive.start as i32).collect(),
            positive_offsets: positive_offsets,
            positive_buckets: positive_buckets,
            negative_starts: $points.iter().map(|point| point.buckets.negative.start as i32).collect(),
            negative_offsets: negative_offsets,
            negative_buckets: negative_buckets,
        })
    }};
}

macro_rules! exponential_answer {
    ($revision:expr, $sent:expr) => {{
        let new = &$revision.points;
        let read = |(at, sent): (usize, &Point<Exponential>)| {
            let buckets = Exponential {
                scale: new.scales[at],
                zero_count: new.zero_counts[at],
                zero_threshold: new.zero_thresholds[at],
                positive: Buckets {
                    start: new.positive_starts[at].into(),
                    counts: part(&new.positive_buckets, &new.positive_offsets, at),
                },
                negative: Buckets {
                    start: new.negative_starts[at].into(),
                    counts: part(&new.negative_buckets, &new.negative_offsets, at),
                },
            };
            read!(new, sent, at, buckets)
        };
        let points = $sent.iter().enumerate().map(read).collect();
        let cells = Cells { offsets: $revision.cells.offsets.clone(), words: $revision.cells.words.clone() };
        ($revision.dropped.clone(), $revision.reasons.clone(), points, cells)
    }};
}

impl Kind for Exponential {
    fn process(build: &mut Build, points: &[Point<Self>], cells: &Cells) -> Answer<Self> {
        let Cells { offsets, words } = cells.clone();
        match build {
            Build::Native(settings) => {
                Component::configure(settings.clone()).expect("the native build takes the settings");
                let columns = exponential_columns!(NativeExponential, points);
                let cells = types::VariableCells { offsets, words };
                let revision = <Component as process_exponential_histograms::Guest>::process(columns, cells, NOW)
                    .expect("an answer");
                exponential_answer!(revision, points)
            }
            Build::Wasm(instance) => {
                let mut columns = exponential_columns!(ExponentialHistograms, points);
                let call = call(points.len(), &offsets);
                let mut cells = VariableCells { offsets, words };
                let revision = instance
                    .process_exponential_histograms(&mut columns, &mut cells, UnixNanos(NOW))
                    .expect("the guest answers");
                let revision = check::exponential(revision, call).expect("the answer is valid");
                exponential_answer!(revision, points)
            }
        }
    }
}

fn call(points: usize, offsets: &[u32]) -> Call {
    Call { points, rows: offsets.len() - 1, words: 0, reasons: reasons().len() }
}

/// Runs batches of points one after another through a build.
pub fn run<B: Kind>(build: &mut Build, batches: &[Vec<Point<B>>]) -> Vec<Outcome<B>> {
    let names = reasons();
    let rows = batches.iter().flatten().map(|point| point.row + 1).max().unwrap_or(1) as usize;
    let mut cells = Cells::fresh(rows);
    let mut outcomes = Vec::new();
    for batch in batches {
        let (dropped, reasons, points, new) = B::process(build, batch, &cells);
        let mut reasons = reasons.iter();
        for (index, point) in points.into_iter().enumerate() {
            if dropped.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1) {
                let reason = *reasons.next().expect("a reason for each dropped point") as usize;
                outcomes.push(Err(names[reason].clone()));
            } else {
                outcomes.push(Ok(point));
            }
        }
        cells = new;
    }
    outcomes
}

/// Runs a scenario through both builds, each point in a call of its own and all in one call; all four must give `expected`.
pub fn expect<B: Kind>(settings: &str, points: &[Point<B>], expected: &[Outcome<B>]) {
    let one_by_one: Vec<Vec<Point<B>>> = points.iter().map(|point| vec![point.clone()]).collect();
    for batches in [one_by_one, vec![points.to_vec()]] {
        for (mut build, name) in Build::both(settings).into_iter().zip(["native", "wasm"]) {
            assert_eq!(run(&mut build, &batches), expected, "{name}, {} calls", batches.len());
        }
    }
}

/// That the point is dropped.
pub fn dropped<B>(reason: &str) -> Outcome<B> {
    Err(reason.into())
}
