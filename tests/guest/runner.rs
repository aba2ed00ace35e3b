//! Runs points through the guest, once compiled natively and once as the component that the host embeds.

use std::sync::{Arc, OnceLock};

use clock::{Clock, UnixNanos};
use delta_to_cumulative::configure::Guest as _;
use delta_to_cumulative::process_numbers::{self, Guest as _};
use delta_to_cumulative::shaping::{Guest as _, Verdict};
use delta_to_cumulative::types::Stream;
use delta_to_cumulative::{Component, WORDS};
use model::columns::{NumberRevision, Numbers};
use wasm::check::{self, Call};
use wasm::{DELTA_TO_CUMULATIVE, Engine, GuestLog, Instance, Limits, Module, Source};

/// The host's time: later than any of the points.
pub const NOW: u64 = u64::MAX;

/// A value of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    None,
    Int(i64),
    Double(f64),
}

/// A point of stream `row`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub row: u32,
    pub start: u64,
    pub time: u64,
    pub value: Value,
    pub flags: u32,
}

/// What became of a point.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Sent(Point),
    Dropped(String),
}

pub fn int(start: u64, time: u64, value: i64) -> Point {
    Point { row: 0, start, time, value: Value::Int(value), flags: 0 }
}

pub fn double(start: u64, time: u64, value: f64) -> Point {
    Point { row: 0, start, time, value: Value::Double(value), flags: 0 }
}

/// A point without a value.
pub fn empty(start: u64, time: u64, flags: u32) -> Point {
    Point { row: 0, start, time, value: Value::None, flags }
}

/// Columns and cells in, columns and cells out: what both builds do.
pub struct Columns {
    pub rows: Vec<u32>,
    pub kinds: Vec<u8>,
    pub flags: Vec<u32>,
    pub starts: Vec<u64>,
    pub times: Vec<u64>,
    pub values: Vec<u64>,
}

pub struct Answer {
    pub dropped: Vec<u64>,
    pub reasons: Vec<u32>,
    pub kinds: Vec<u8>,
    pub flags: Vec<u32>,
    pub starts: Vec<u64>,
    pub times: Vec<u64>,
    pub values: Vec<u64>,
    pub cells: Vec<u64>,
}

impl Columns {
    pub fn of(points: &[Point]) -> Self {
        let (kinds, values) = points.iter().map(|point| parts(point.value)).unzip();
        Self {
            rows: points.iter().map(|point| point.row).collect(),
            kinds,
            // As in the host: no column while all are 0.
            flags: if points.iter().all(|point| point.flags == 0) {
                Vec::new()
            } else {
                points.iter().map(|point| point.flags).collect()
            },
            starts: points.iter().map(|point| point.start).collect(),
            times: points.iter().map(|point| point.time).collect(),
            values,
        }
    }
}

fn parts(value: Value) -> (u8, u64) {
    match value {
        Value::None => (0, 0),
        Value::Int(value) => (1, value as u64),
        Value::Double(value) => (2, value.to_bits()),
    }
}

fn value(kind: u8, bits: u64) -> Value {
    match kind {
        1 => Value::Int(bits as i64),
        2 => Value::Double(f64::from_bits(bits)),
        _ => Value::None,
    }
}

/// One build of the guest.
pub enum Build {
    /// With its settings: all native guests of a thread share one configuration.
    Native(String),
    Wasm(Box<Instance>),
}

impl Build {
    /// Both, configured with `settings`.
    pub fn both(settings: &str) -> [Self; 2] {
        [Self::Native(settings.into()), Self::Wasm(Box::new(instantiate(settings)))]
    }

    pub fn process(&mut self, columns: &Columns, cells: &[u64]) -> Answer {
        match self {
            Self::Native(settings) => {
                Component::configure(settings.clone()).expect("the native build takes the settings");
                let points = process_numbers::Points {
                    rows: columns.rows.clone(),
                    kinds: columns.kinds.clone(),
                    flags: columns.flags.clone(),
                    starts: columns.starts.clone(),
                    times: columns.times.clone(),
                    values: columns.values.clone(),
                };
                match Component::process(points, cells.to_vec(), NOW) {
                    Ok(process_numbers::Answer::Revised(process_numbers::Revision {
                        dropped,
                        reasons,
                        kinds,
                        flags,
                        starts,
                        times,
                        values,
                        cells,
                    })) => Answer { dropped, reasons, kinds, flags, starts, times, values, cells },
                    other => panic!("unexpected answer: {other:?}"),
                }
            }
            Self::Wasm(instance) => {
                let mut points = Numbers {
                    rows: columns.rows.clone(),
                    kinds: columns.kinds.clone(),
                    flags: columns.flags.clone(),
                    starts: columns.starts.clone(),
                    times: columns.times.clone(),
                    values: columns.values.clone(),
                };
                let rows = cells.len() / WORDS;
                let call = Call { points: columns.rows.len(), rows, words: WORDS, reasons: reasons().len() };
                let answer = instance.process_numbers(&mut points, cells, UnixNanos(NOW)).expect("the guest answers");
                let NumberRevision { dropped, reasons, kinds, flags, starts, times, values, cells } =
                    check::numbers(answer, call).expect("the answer is valid");
                Answer { dropped, reasons, kinds, flags, starts, times, values, cells }
            }
        }
    }
}

fn module() -> &'static Module {
    static MODULE: OnceLock<Module> = OnceLock::new();
    MODULE.get_or_init(|| {
        let engine = Engine::start().expect("the engine starts");
        Module::load(&engine, &Source::Embedded(DELTA_TO_CUMULATIVE), Limits::default()).expect("the guest loads")
    })
}

pub fn instantiate(settings: &str) -> Instance {
    let id = Arc::from("test");
    module().instantiate(&GuestLog::new(&id, &Clock::system()), settings).expect("the component takes the settings").0
}

/// The reasons that the guest announces, by index.
pub fn reasons() -> Vec<String> {
    Component::configure("{}".into()).expect("defaults are valid").drop_reasons
}

/// The cell of a stream that was never seen, as `shape` seeds it.
pub fn seed(monotonic: bool) -> [u64; WORDS] {
    let stream = Stream {
        resource: Vec::new(),
        scope_name: String::new(),
        scope_version: String::new(),
        scope_attributes: Vec::new(),
        name: "n".into(),
        unit: String::new(),
        description: String::new(),
        kind: 2,
        temporality: 1,
        monotonic,
        attributes: Vec::new(),
        extra: Vec::new(),
    };
    let verdicts = Component::shape(vec![stream]).expect("it decides");
    let Some(Verdict::Process(plan)) = verdicts.into_iter().next() else { panic!("a delta sum is processed") };
    let mut cell = [0; WORDS];
    cell[..plan.seed.len()].copy_from_slice(&plan.seed);
    cell
}

/// Runs batches of points of monotonic streams one after another through a build, keeping state between them as the host
/// does.
pub fn run(build: &mut Build, batches: &[Vec<Point>]) -> Vec<Outcome> {
    run_from(build, batches, seed(true))
}

pub fn run_from(build: &mut Build, batches: &[Vec<Point>], fresh: [u64; WORDS]) -> Vec<Outcome> {
    let names = reasons();
    let rows = batches.iter().flatten().map(|point| point.row + 1).max().unwrap_or(1) as usize;
    let mut cells: Vec<u64> = fresh.repeat(rows);
    let mut outcomes = Vec::new();
    for batch in batches {
        let columns = Columns::of(batch);
        let answer = build.process(&columns, &cells);
        let mut reasons = answer.reasons.iter();
        for (index, point) in batch.iter().enumerate() {
            if answer.dropped.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1) {
                let reason = *reasons.next().expect("a reason for each dropped point") as usize;
                outcomes.push(Outcome::Dropped(names[reason].clone()));
                continue;
            }
            let kind = answer.kinds.get(index).copied().unwrap_or(columns.kinds[index]);
            let bits = answer.values.get(index).copied().unwrap_or(columns.values[index]);
            outcomes.push(Outcome::Sent(Point {
                row: point.row,
                start: answer.starts.get(index).copied().unwrap_or(point.start),
                time: answer.times.get(index).copied().unwrap_or(point.time),
                value: value(kind, bits),
                flags: answer.flags.get(index).copied().unwrap_or(point.flags),
            }));
        }
        if !answer.cells.is_empty() {
            cells = answer.cells;
        }
    }
    outcomes
}

/// Runs a scenario through both builds, each point in a call of its own and all in one call; all four must give `expected`.
pub fn expect(settings: &str, points: &[Point], expected: &[Outcome]) {
    let one_by_one: Vec<Vec<Point>> = points.iter().map(|point| vec![*point]).collect();
    for batches in [one_by_one, vec![points.to_vec()]] {
        for (mut build, name) in Build::both(settings).into_iter().zip(["native", "wasm"]) {
            assert_eq!(run(&mut build, &batches), expected, "{name}, {} calls", batches.len());
        }
    }
}

pub fn sent(point: Point) -> Outcome {
    Outcome::Sent(point)
}

pub fn dropped(reason: &str) -> Outcome {
    Outcome::Dropped(reason.into())
}
