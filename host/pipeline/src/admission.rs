//! What the stages, one after another, make of a stream: its description at the end, and who processes its points.
//!
//! Each guest sees the stream as the stages before it have left it. Where its state adds up the state is kept by what comes
//! out at the end: to drop, rename and merge streams is the same before and behind a sum of deltas.

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
    /// What its cells begin with.
    pub seeds: Vec<Seed>,
    /// Whether it may keep its state together with other streams that come out as it does: it was sent as deltas, and all
    /// stages that process it say that what they keep adds up. Totals of several senders in one cell would overwrite each
    /// other.
    pub adds_up: bool,
}

/// Index of a stage that processes a stream, and the first words of its cell.
pub type Seed = (usize, Arc<[u64]>);

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
    let mut admission = Admission {
        described: stream,
        decisions: 0,
        traits: sent,
        origin: Origin::Elsewhere,
        seeds: Vec::new(),
        adds_up: false,
    };
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
    let add_up = admission.seeds.iter().all(|&(index, _)| stages[index].adds_up());
    admission.adds_up = sent.temporality == DELTA && admission.decisions != 0 && add_up;
    Ok(Ok(admission))
}

impl Admission {
    /// All that its cells begin with, as one text of bytes: equal exactly if the cells are.
    #[must_use]
    pub fn seed_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (index, seed) in &self.seeds {
            bytes.extend_from_slice(&(*index as u64).to_le_bytes());
            bytes.extend_from_slice(&(seed.len() as u64).to_le_bytes());
            seed.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
        }
        bytes
    }

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
