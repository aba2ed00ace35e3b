//! Adds up delta sums in a cell of one word, until it is asked to misbehave.
//!
//! Settings: `{"on": 13, "do": "trap"}` misbehaves when a point with the integer 13 arrives; see [`Fault`] for what it can
//! do. `{"every": 3, "do": "trap"}` misbehaves in each third call of an instance, so that a fresh one does better.
//! `{"drops": 7}` drops points with the integer 7. `{"reads": [1]}` asks for parts of descriptions, `{"additive": false}` for a cell for each stream. Each call of `process`
//! counts as one of `calls`.
#![allow(clippy::panic, clippy::expect_used)]

mod bindings;

use std::cell::Cell;
use std::hash::BuildHasher as _;

use bindings::alluvium::processor::host;
use bindings::alluvium::processor::types::{Attribute, Value as Told};
use bindings::exports::alluvium::processor::configure::{Guest as Configure, Needs, Problem};
use bindings::exports::alluvium::processor::process_numbers::{
    Answer, Failure, Guest as Process, Points, Replacement, Revision,
};
use bindings::exports::alluvium::processor::shape::{Guest as Shape, Output, Plan, Stream, Verdict};
use serde_json::Value;

struct Component;

/// What it does wrong.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// Panics.
    Trap,
    /// Never comes back.
    Loop,
    /// Asks for more memory than there is.
    Memory,
    /// Recurses without end.
    Stack,
    /// Says that it failed, and that a retry makes no sense.
    Fail,
    /// Answers a column of the wrong length.
    Short,
    /// Names a drop reason that it did not announce.
    Reason,
    /// Answers a kind of value that does not exist.
    Kind,
    /// Marks a point as dropped that was not sent.
    Bit,
    /// Answers too many cells.
    Cells,
    /// Answers more than the host is ready to take.
    Huge,
    /// Replaces the batch, which this host does not take.
    Replace,
    /// Adds to a counter that does not exist.
    Counter,
    /// Calls the host again and again.
    Calls,
    /// Writes many log lines, with control characters.
    Logs,
    /// Writes log lines, and panics.
    Shout,
    /// Decides about a stream in a way that is not allowed.
    Shape,
    /// Gives an output a description, which this host does not take.
    Describe,
    /// Fails to decide, and says what it was told of the stream.
    Tell,
    /// Answers times that have not come yet by far.
    Future,
    // The others need a runtime: they are for a build against WASI.
    /// Prints lines.
    Print,
    /// Leaves.
    Exit,
    /// Waits for a second.
    Sleep,
    /// Answers how much it can see of what is outside.
    Look,
    /// Answers the seconds of its clock.
    Clock,
    /// Answers something random.
    Random,
}

thread_local! {
    static FAULT: Cell<Fault> = const { Cell::new(Fault::None) };
    static ON: Cell<Option<i64>> = const { Cell::new(None) };
    static DROPS: Cell<Option<i64>> = const { Cell::new(None) };
    static EVERY: Cell<u64> = const { Cell::new(u64::MAX) };
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

impl Configure for Component {
    fn configure(settings: String) -> Result<Needs, Vec<Problem>> {
        let settings: Value = serde_json::from_str(&settings).expect("the host sends JSON");
        let fault = match settings["do"].as_str() {
            None => Fault::None,
            Some("trap") => Fault::Trap,
            Some("loop") => Fault::Loop,
            Some("memory") => Fault::Memory,
            Some("stack") => Fault::Stack,
            Some("fail") => Fault::Fail,
            Some("short") => Fault::Short,
            Some("reason") => Fault::Reason,
            Some("kind") => Fault::Kind,
            Some("bit") => Fault::Bit,
            Some("cells") => Fault::Cells,
            Some("huge") => Fault::Huge,
            Some("replace") => Fault::Replace,
            Some("counter") => Fault::Counter,
            Some("calls") => Fault::Calls,
            Some("logs") => Fault::Logs,
            Some("shout") => Fault::Shout,
            Some("shape") => Fault::Shape,
            Some("describe") => Fault::Describe,
            Some("tell") => Fault::Tell,
            Some("future") => Fault::Future,
            Some("print") => Fault::Print,
            Some("exit") => Fault::Exit,
            Some("sleep") => Fault::Sleep,
            Some("look") => Fault::Look,
            Some("clock") => Fault::Clock,
            Some("random") => Fault::Random,
            Some("trap-in-configure") => panic!("asked for it"),
            Some(other) => {
                let message = format!("cannot do {other}");
                return Err(vec![Problem { path: "do".into(), message }]);
            }
        };
        FAULT.set(fault);
        ON.set(settings["on"].as_i64());
        DROPS.set(settings["drops"].as_i64());
        EVERY.set(settings["every"].as_u64().unwrap_or(u64::MAX));
        let name = settings["name"].as_str().unwrap_or("faulty").to_owned();
        Ok(Needs {
            name,
            version: "1".into(),
            kinds: vec![2],
            reads: numbers(&settings["reads"]),
            state_version: 1,
            number_words: u32::try_from(settings["words"].as_u64().unwrap_or(1)).expect("a small number"),
            additive: settings["additive"].as_bool().unwrap_or(true),
            max_streams: None,
            max_idle: None,
            tick_every: None,
            drop_reasons: vec!["because".into()],
            counters: vec!["calls".into()],
            extra: Vec::new(),
        })
    }
}

fn numbers(list: &Value) -> Vec<u32> {
    let numbers = list.as_array().into_iter().flatten();
    numbers.map(|number| number.as_u64().and_then(|number| number.try_into().ok()).expect("a small number")).collect()
}

impl Shape for Component {
    fn shape(streams: Vec<Stream>) -> Result<Vec<Verdict>, Failure> {
        if FAULT.get() == Fault::Shape {
            return Ok(vec![Verdict::Drop(7); streams.len()]);
        }
        if FAULT.get() == Fault::Tell {
            let message = streams.iter().map(told).collect();
            return Err(Failure { code: 1, message, retryable: false });
        }
        let verdict = |stream: &Stream| {
            if stream.temporality != 1 {
                return Verdict::Pass;
            }
            let description = (FAULT.get() == Fault::Describe).then(|| {
                let broken = Attribute { key: "odd".into(), value: Told::Structured("{".into()) };
                Stream { attributes: vec![broken], ..stream.clone() }
            });
            let output = Output { description, kind: 2, temporality: 2, monotonic: stream.monotonic };
            Verdict::Process(Plan { outputs: vec![output], seed: Vec::new() })
        };
        Ok(streams.iter().map(verdict).collect())
    }
}

impl Process for Component {
    fn process(points: Points, mut cells: Vec<u64>, _now: u64) -> Result<Answer, Failure> {
        CALLS.set(CALLS.get() + 1);
        host::count(0, 1);
        let asked = ON.get().is_some_and(|on| points.values.contains(&on.cast_unsigned()));
        let fault = if asked || CALLS.get().is_multiple_of(EVERY.get()) { FAULT.get() } else { Fault::None };
        let Points { rows, kinds, mut values, .. } = points;
        let count = rows.len();
        let sent = values.clone();
        for (row, value) in rows.iter().zip(&mut values) {
            let cell = &mut cells[*row as usize];
            *cell = cell.wrapping_add(*value);
            *value = *cell;
        }
        let mut revision = Revision {
            dropped: Vec::new(),
            reasons: Vec::new(),
            kinds: Vec::new(),
            flags: Vec::new(),
            starts: Vec::new(),
            times: Vec::new(),
            values,
            cells,
        };
        if let Some(unwanted) = DROPS.get() {
            revision.dropped = vec![0; count.div_ceil(64)];
            for point in (0..count).filter(|point| sent[*point] == unwanted.cast_unsigned()) {
                revision.dropped[point / 64] |= 1 << (point % 64);
                revision.reasons.push(0);
            }
        }
        match fault {
            Fault::None | Fault::Shape | Fault::Describe | Fault::Tell => {}
            Fault::Trap => panic!("asked for it"),
            #[expect(clippy::empty_loop, reason = "it is the point")]
            Fault::Loop => loop {},
            Fault::Memory => revision.values = vec![1; 1 << 27],
            Fault::Stack => revision.values.push(recurse(1)),
            Fault::Fail => return Err(Failure { code: 7, message: "no\nway".into(), retryable: false }),
            Fault::Future => revision.times = vec![u64::MAX; count],
            Fault::Short => revision.times = vec![1; count + 1],
            Fault::Reason => {
                revision.dropped = vec![1];
                revision.reasons = vec![1];
            }
            Fault::Kind => revision.kinds = vec![3; count],
            Fault::Bit => {
                revision.dropped = vec![u64::MAX; count.div_ceil(64)];
                revision.reasons = vec![0; count.div_ceil(64) * 64];
            }
            Fault::Cells => revision.cells.push(1),
            Fault::Huge => revision.values = vec![1; 5 << 20],
            Fault::Replace => {
                return Ok(Answer::Replaced(Replacement {
                    sources: rows.clone(),
                    starts: vec![1; count],
                    times: vec![2; count],
                    rows,
                    outputs: Vec::new(),
                    kinds,
                    flags: Vec::new(),
                    values: revision.values,
                    cells: revision.cells,
                    reasons: Vec::new(),
                }));
            }
            Fault::Counter => host::count(1, 1),
            Fault::Calls => (0..20_000).for_each(|_| host::count(0, 1)),
            Fault::Shout => {
                (0..50).for_each(|line| host::log(2, &format!("line {line}")));
                panic!("asked for it");
            }
            Fault::Print => {
                println!("first\nsecond");
                eprint!("unfinished");
            }
            #[expect(clippy::disallowed_methods, reason = "it is the point")]
            Fault::Exit => std::process::exit(0),
            #[expect(clippy::disallowed_methods, reason = "it is the point")]
            Fault::Sleep => std::thread::sleep(std::time::Duration::from_secs(1)),
            Fault::Look => revision.values = vec![seen(); count],
            #[expect(clippy::disallowed_methods, reason = "it is the point")]
            Fault::Clock => {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time");
                revision.values = vec![now.as_secs(); count];
            }
            Fault::Random => {
                let random = std::hash::RandomState::new().hash_one(1) % 1_000_000;
                revision.values = vec![random; count];
            }
            Fault::Logs => (0..500).for_each(|line| host::log(2, &format!("line {line}\n\u{1b}[31m"))),
        }
        Ok(Answer::Revised(revision))
    }
}

/// How many of the things that a process may have are there.
fn seen() -> u64 {
    let found = [
        std::fs::read("/etc/hostname").is_ok(),
        std::fs::read_dir(".").is_ok_and(|entries| entries.count() > 0),
        std::fs::write("mark", "here").is_ok(),
        std::env::vars().count() > 0,
        std::env::args().count() > 1,
        std::io::stdin().lines().next().is_some_and(|line| line.is_ok()),
    ];
    found.iter().map(|found| u64::from(*found)).sum()
}

/// What is known of a stream, in one line.
fn told(stream: &Stream) -> String {
    let list = |attributes: &[Attribute]| -> String {
        attributes.iter().map(|attribute| format!("{}={:?};", attribute.key, attribute.value)).collect()
    };
    format!(
        "resource[{}] scope[{} {} {}] point[{}]",
        list(&stream.resource),
        stream.scope_name,
        stream.scope_version,
        list(&stream.scope_attributes),
        list(&stream.attributes),
    )
}

#[inline(never)]
#[expect(unconditional_recursion, reason = "it is the point")]
fn recurse(depth: u64) -> u64 {
    std::hint::black_box([depth; 64]);
    recurse(depth + 1) + 1
}
