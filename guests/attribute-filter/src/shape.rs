//! What becomes of a stream: the groups of rules are applied in order.

use crate::Component;
use crate::bindings::exports::alluvium::processor::shape::{Failure, Guest, Output, Plan, Stream, Verdict};
use crate::part::Part;
use crate::rule::Group;
use crate::settings::with_groups;
use crate::value::same;

impl Guest for Component {
    /// A changed description has the parts only that the rules read; of the others the host keeps its own.
    fn shape(streams: Vec<Stream>) -> Result<Vec<Verdict>, Failure> {
        Ok(with_groups(|groups| streams.iter().map(|stream| decide(groups, stream)).collect()))
    }
}

fn decide(groups: &[Group], stream: &Stream) -> Verdict {
    let mut changed = stream.clone();
    for group in groups {
        if group.apply(&mut changed) {
            return Verdict::Drop(group.reason);
        }
    }
    if Part::ALL.iter().all(|part| same(part.of(stream), part.of(&changed))) {
        return Verdict::Pass;
    }
    let Stream { kind, temporality, monotonic, .. } = changed;
    let output = Output { description: Some(changed), kind, temporality, monotonic };
    Verdict::Process(Plan { outputs: vec![output], seed: Vec::new() })
}
