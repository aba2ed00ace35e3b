//! Doubles the values of sums, and decides about no stream: it has no `shape`.

mod bindings {
    // The generated glue lifts and lowers through raw pointers; nothing in this crate does so by hand.
    #![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)]

    wit_bindgen::generate!({
        inline: "
            package alluvium:shapeless;
            world shapeless {
                include alluvium:processor/guest@0.1.0-draft;
                export alluvium:processor/process-numbers@0.1.0-draft;
            }
        ",
        path: "../../../wit/0.1.0-draft",
        generate_all,
    });

    use super::Component as ComponentExport;
    export!(ComponentExport);
}

use bindings::exports::alluvium::processor::configure::{Guest as Configure, Needs, Problem};
use bindings::exports::alluvium::processor::process_numbers::{Answer, Failure, Guest as Process, Points, Revision};

struct Component;

impl Configure for Component {
    fn configure(_settings: String) -> Result<Needs, Vec<Problem>> {
        Ok(Needs {
            name: "shapeless".into(),
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

impl Process for Component {
    fn process(points: Points, _cells: Vec<u64>, _now: u64) -> Result<Answer, Failure> {
        let values = points.values.iter().map(|value| value.wrapping_mul(2)).collect();
        Ok(Answer::Revised(Revision {
            dropped: Vec::new(),
            reasons: Vec::new(),
            kinds: Vec::new(),
            flags: Vec::new(),
            starts: Vec::new(),
            times: Vec::new(),
            values,
            cells: Vec::new(),
        }))
    }
}
