//! The WIT boundary with state owned by the host: gather the cells of a batch, call the guest, check the answer, scatter
//! the cells. Nanoseconds a point, for tables of different size, beside the same guest compiled natively.
//!
//! `cargo bench --bench boundary`
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    reason = "what panics has failed; time and sizes are real"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use clock::{Clock, UnixNanos};
use delta_to_cumulative::Component;
use delta_to_cumulative::process_numbers::{Answer, Guest as _, Points as NativePoints};
use model::columns::Numbers;
use streams::OutputStream;
use streams::cells::Cells;
use wasm::check::{self, Call};
use wasm::{DELTA_TO_CUMULATIVE, Engine, GuestLog, Instance, Limits, Module, Source};

const BATCHES: [usize; 3] = [600, 2_000, 10_000];
const STREAMS: [(usize, bool); 5] =
    [(1_000, false), (100_000, false), (1_000_000, false), (100_000, true), (1_000_000, true)];
const POINTS_A_RUN: usize = 4_000_000;
const INT: u8 = 1;

fn main() {
    let engine = Engine::start().expect("the engine starts");
    let module = Module::load(&engine, &Source::Embedded(DELTA_TO_CUMULATIVE), Limits::default()).expect("it loads");
    let (mut instance, needs) =
        module.instantiate(&GuestLog::new(&Arc::from("bench"), &Clock::system()), "{}").expect("it takes the defaults");
    let words = needs.number_words as usize;
    let reasons = needs.drop_reasons.len();
    println!("ns a point; gather, call, check and scatter included; best of 3");
    println!("{:>9} {:>8} {:>7} {:>7} {:>7}", "streams", "order", "batch", "wasm", "native");
    for (streams, random) in STREAMS {
        for batch in BATCHES.into_iter().filter(|&batch| batch <= streams) {
            let order = order(streams, random);
            let mut cells = Cells::new(words);
            (0..streams).for_each(|stream| cells.reset(OutputStream(stream as u32), &[]).expect("memory"));
            let wasm = best(|| {
                run(&order, batch, &mut cells, |points, cells| call(&mut instance, points, cells, words, reasons))
            });
            let native = best(|| run(&order, batch, &mut cells, native));
            let name = if random { "random" } else { "in order" };
            println!("{streams:>9} {name:>8} {batch:>7} {wasm:>7.1} {native:>7.1}");
        }
    }
}

fn order(streams: usize, random: bool) -> Vec<OutputStream> {
    let mut order: Vec<OutputStream> = (0..streams as u32).map(OutputStream).collect();
    if random {
        // Fisher-Yates with a fixed seed.
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        for index in (1..order.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            order.swap(index, (state >> 33) as usize % (index + 1));
        }
    }
    order
}

fn best(mut run: impl FnMut() -> f64) -> f64 {
    (0..3).map(|_| run()).fold(f64::INFINITY, f64::min)
}

fn run(
    order: &[OutputStream],
    batch: usize,
    cells: &mut Cells,
    mut process: impl FnMut(&mut Numbers, &[u64]) -> Vec<u64>,
) -> f64 {
    let mut points = Numbers {
        rows: Vec::new(),
        kinds: Vec::new(),
        flags: Vec::new(),
        starts: Vec::new(),
        times: Vec::new(),
        values: Vec::new(),
    };
    let mut state = Vec::new();
    let mut done = 0;
    let mut time = 1_790_000_000_000_000_000;
    let begun = Instant::now();
    while done < POINTS_A_RUN {
        for streams in order.chunks_exact(batch) {
            time += 1_000_000;
            points.rows.clear();
            points.rows.extend(0..streams.len() as u32);
            points.kinds.clear();
            points.kinds.resize(streams.len(), INT);
            points.starts.clear();
            points.starts.resize(streams.len(), time - 1_000_000);
            points.times.clear();
            points.times.resize(streams.len(), time);
            points.values.clear();
            points.values.resize(streams.len(), 7);
            state.clear();
            cells.gather(streams, &mut state);
            let new = process(&mut points, &state);
            cells.scatter(streams, &new);
            done += streams.len();
        }
    }
    begun.elapsed().as_nanos() as f64 / done as f64
}

fn call(instance: &mut Instance, points: &mut Numbers, cells: &[u64], words: usize, reasons: usize) -> Vec<u64> {
    let answer = instance.process_numbers(points, cells, UnixNanos(0)).expect("the guest answers");
    let rows = points.rows.len();
    let revision = check::numbers(answer, Call { points: rows, rows, words, reasons }).expect("a valid answer");
    black_box(revision.values);
    revision.cells
}

fn native(points: &mut Numbers, cells: &[u64]) -> Vec<u64> {
    let points = NativePoints {
        rows: points.rows.clone(),
        kinds: points.kinds.clone(),
        flags: Vec::new(),
        starts: points.starts.clone(),
        times: points.times.clone(),
        values: points.values.clone(),
    };
    let Ok(Answer::Revised(revision)) = Component::process(points, cells.to_vec(), 0) else {
        unreachable!("the guest answers with a revision")
    };
    black_box(revision.values);
    revision.cells
}
