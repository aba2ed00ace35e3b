//! What the stages, one after another, make of a stream: its description at the end, and who processes its points.
//!
//! Each guest sees the stream as the stages before it have left it. State, though, is kept by what comes out at the end:
//! to drop, rename and merge streams is the same before and behind a sum.

use std::sync::Arc;

use super::drops::Reason;
use super::stage::{Decision, Process, Stage, StageError};
use model::MetricTraits;
use model::Origin;
use model::{CUMULATIVE, DELTA};
use streams::describe::Descriptions;

/// What the stages make of a stream.
#[derive(Debug)]
pub struct Admission {
    /// The identity of its description behind the stages, of which the admission owns one use.
    pub described: u32,
    /// Bit `i` is set when stage `i` processes its points.
    pub decisions: u16,
    /// What comes out of the stages.
    pub traits: MetricTraits,
    /// Where its totals are made.
    pub origin: Origin,
    /// Index of each stage that processes it, and the first words of its cell.
    pub seeds: Vec<(usize, Arc<[u64]>)>,
}

/// Asks the stages about `stream`, which was sent with the traits `sent`.
///
/// # Errors
/// What a guest did.
pub fn admit(
    descriptions: &mut Descriptions,
    stages: &mut [Box<dyn Stage>],
    stream: u32,
    sent: MetricTraits,
) -> Result<Result<Admission, Reason>, StageError> {
    let mut admission =
        Admission { described: stream, decisions: 0, traits: sent, origin: Origin::Elsewhere, seeds: Vec::new() };
    descriptions.share(stream);
    for (index, stage) in stages.iter_mut().enumerate() {
        let view = descriptions.view(admission.described).with_traits(admission.traits);
        let decision = stage.decide(view);
        let kept = decision.map(|decision| admission.follow(index, decision, descriptions, sent));
        if !matches!(kept, Ok(Ok(()))) {
            descriptions.release(admission.described);
            return kept.map(|kept| kept.map(|()| admission));
        }
    }
    if sent.temporality == DELTA && admission.traits.temporality == CUMULATIVE {
        admission.origin = Origin::Here;
    }
    Ok(Ok(admission))
}

impl Admission {
    fn follow(
        &mut self,
        index: usize,
        decision: Decision,
        descriptions: &mut Descriptions,
        sent: MetricTraits,
    ) -> Result<(), Reason> {
        let (description, process) = match decision {
            Decision::Pass => return Ok(()),
            Decision::Drop(reason) => return Err(reason),
            Decision::Change { description, process } => (description, process),
        };
        if let Some(description) = description {
            let described = descriptions.take_shaped(self.described, &description, sent);
            descriptions.release(self.described);
            self.described = described;
        }
        if let Some(Process { traits, seed }) = process {
            self.traits = traits;
            self.decisions |= 1 << index;
            self.seeds.push((index, seed));
        }
        Ok(())
    }
}
