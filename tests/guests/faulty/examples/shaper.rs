//! Decides to process each stream, and cannot: it has no `process-numbers`.

mod bindings {
    // The generated glue lifts and lowers through raw pointers; nothing in this crate does so by hand.
    #![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)]

    wit_bindgen::generate!({
        world: "shaper",
        path: "../../../wit/0.1.0-draft",
    });

    use super::Component as ComponentExport;
    export!(ComponentExport);
}

use bindings::exports::alluvium::processor::configure::{Guest as Configure, Needs, Problem};
use bindings::exports::alluvium::processor::shape::{Failure, Guest as Shape, Output, Plan, Stream, Verdict};

struct Component;

impl Configure for Component {
    fn configure(_settings: String) -> Result<Needs, Vec<Problem>> {
        Ok(Needs {
            name: "shaper".into(),
            version: "1".into(),
            kinds: vec![2],
            reads: Vec::new(),
            state_version: 0,
            number_words: 0,
            additive: false,
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
        let output = Output { description: None, kind: 2, temporality: 2, monotonic: true };
        let plan = Plan { outputs: vec![output], seed: Vec::new() };
        Ok(vec![Verdict::Process(plan); streams.len()])
    }
}
