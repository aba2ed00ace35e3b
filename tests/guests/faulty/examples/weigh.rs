//! Multiplies deltas by what their attribute `weight` says, and takes that attribute off: streams that begin differently
//! come out alike. It adds them up, unless `{"totals": false}` is configured. What has no weight passes by.

mod bindings {
    // The generated glue lifts and lowers through raw pointers; nothing in this crate does so by hand.
    #![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)]

    wit_bindgen::generate!({
        world: "number-processor",
        path: "../../../wit/0.1.0-draft",
    });

    use super::Component as ComponentExport;
    export!(ComponentExport);
}

use std::cell::Cell;

use bindings::alluvium::processor::types::{Attribute, Value as Told};
use bindings::exports::alluvium::processor::configure::{Guest as Configure, Needs, Problem};
use bindings::exports::alluvium::processor::process_numbers::{Answer, Failure, Guest as Process, Points, Revision};
use bindings::exports::alluvium::processor::shape::{Guest as Shape, Output, Plan, Stream, Verdict};
use serde_json::Value;

struct Component;

const SUM: u32 = 2;
const DELTA: u32 = 1;
const CUMULATIVE: u32 = 2;
/// The code of a point's attributes among the parts of a description.
const POINT: u32 = 3;

thread_local! {
    static TOTALS: Cell<bool> = const { Cell::new(true) };
}

impl Configure for Component {
    fn configure(settings: String) -> Result<Needs, Vec<Problem>> {
        let wrong = |_| vec![Problem { path: String::new(), message: "no JSON".into() }];
        let settings: Value = serde_json::from_str(&settings).map_err(wrong)?;
        TOTALS.set(settings["totals"].as_bool().unwrap_or(true));
        Ok(Needs {
            name: "weigh".into(),
            version: "1".into(),
            kinds: vec![SUM],
            reads: vec![POINT],
            state_version: 1,
            number_words: 2,
            additive: true,
            max_streams: None,
            max_idle: None,
            tick_every: None,
            drop_reasons: Vec::new(),
            counters: Vec::new(),
            extra: Vec::new(),
        })
    }
}

impl Shape for Component {
    fn shape(streams: Vec<Stream>) -> Result<Vec<Verdict>, Failure> {
        Ok(streams.into_iter().map(decide).collect())
    }
}

fn decide(mut stream: Stream) -> Verdict {
    let weight = stream.attributes.iter().find_map(weight);
    let Some(weight) = weight.filter(|_| stream.temporality == DELTA) else { return Verdict::Pass };
    stream.attributes.retain(|attribute| attribute.key != "weight");
    let (kind, monotonic) = (stream.kind, stream.monotonic);
    let temporality = if TOTALS.get() { CUMULATIVE } else { DELTA };
    let output = Output { description: Some(stream), kind, temporality, monotonic };
    Verdict::Process(Plan { outputs: vec![output], seed: vec![weight] })
}

fn weight(attribute: &Attribute) -> Option<u64> {
    match &attribute.value {
        Told::Text(text) if attribute.key == "weight" => text.parse().ok(),
        _ => None,
    }
}

impl Process for Component {
    fn process(points: Points, mut cells: Vec<u64>, _now: u64) -> Result<Answer, Failure> {
        let Points { rows, mut values, .. } = points;
        let (cells_of_two, _) = cells.as_chunks_mut::<2>();
        for (row, value) in rows.iter().zip(&mut values) {
            let [weight, total] = &mut cells_of_two[*row as usize];
            *value = value.wrapping_mul(*weight);
            if TOTALS.get() {
                *total = total.wrapping_add(*value);
                *value = *total;
            }
        }
        Ok(Answer::Revised(Revision {
            dropped: Vec::new(),
            reasons: Vec::new(),
            kinds: Vec::new(),
            flags: Vec::new(),
            starts: Vec::new(),
            times: Vec::new(),
            values,
            cells,
        }))
    }
}
