//! What becomes of a stream: the rules are applied in order, each to what the ones before it have left.

use crate::Component;
use crate::bindings::exports::alluvium::processor::shape::{Failure, Guest, Output, Plan, Stream, Verdict};
use crate::part::Part;
use crate::reason::FILTERED;
use crate::rule::{Effect, Rule};
use crate::settings::with_rules;
use crate::value::same;

impl Guest for Component {
    /// A changed description has the parts only that the rules read; of the others the host keeps its own.
    fn shape(streams: Vec<Stream>) -> Result<Vec<Verdict>, Failure> {
        Ok(with_rules(|rules| streams.iter().map(|stream| decide(rules, stream)).collect()))
    }
}

fn decide(rules: &[Rule], stream: &Stream) -> Verdict {
    let mut changed = stream.clone();
    for rule in rules {
        if !rule.holds(&changed) {
            continue;
        }
        match &rule.effect {
            Effect::Drop => return Verdict::Drop(FILTERED),
            Effect::Change(action) => action.apply(rule.on.of_mut(&mut changed)),
        }
    }
    if Part::ALL.iter().all(|part| same(part.of(stream), part.of(&changed))) {
        return Verdict::Pass;
    }
    let Stream { kind, temporality, monotonic, .. } = changed;
    let output = Output { description: Some(changed), kind, temporality, monotonic };
    Verdict::Process(Plan { outputs: vec![output], seed: Vec::new() })
}
