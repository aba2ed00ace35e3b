//! What a guest makes of a stream, asked once.

use std::sync::Arc;

use super::Stage;
use crate::guest::check::{self, Asked};
use crate::guest::{GuestError, Stream, Verdict};
use crate::otlp::points::Kind;
use crate::otlp::walk::DESCRIPTION_BYTES;
use crate::pipeline::description::{describe, shaped};
use crate::pipeline::drops::{self, Reason};
use crate::stream::describe::{MetricTraits, Shaped, View};

/// Decisions that are remembered by what the guest reads of a description; beyond it all are asked for again.
const DECISIONS: usize = 16 << 10;

/// What a guest decided about a stream.
#[derive(Debug, Clone)]
pub enum Decision {
    /// It goes by.
    Pass,
    /// Its points are dropped.
    Drop(Reason),
    /// It becomes something else.
    Change {
        /// Its new description, if that changes.
        description: Option<Arc<Shaped>>,
        /// How its points are processed, if they are.
        process: Option<Process>,
    },
}

/// How points are processed.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// What comes out.
    pub traits: MetricTraits,
    /// First words of a fresh cell; all of it for kinds that are no numbers.
    pub seed: Arc<[u64]>,
}

impl Stage {
    /// What becomes of a stream. A guest that reads no part of the description is asked once for all streams that agree in
    /// the rest.
    ///
    /// # Errors
    /// What the guest did, twice.
    pub fn decide(&mut self, view: View<'_>) -> Result<Decision, GuestError> {
        let traits = view.traits();
        let needs = &self.caller.processor.needs;
        if !needs.kinds.contains(&u32::from(traits.kind as u8)) {
            return Ok(Decision::Pass);
        }
        let known = needs.reads.is_empty().then(|| fingerprint(view));
        if let Some(decision) = known.as_deref().and_then(|known| self.decisions.get(known)) {
            return Ok(decision.clone());
        }
        let stream = describe(view, &needs.reads);
        self.caller.forget_counts();
        let (verdict, processes, description) = self.caller.call(|instance, processor| {
            let verdicts = instance.shape(std::slice::from_ref(&stream))?;
            let verdict = verdicts.into_iter().next().unwrap_or(Verdict::Pass);
            let needs = &processor.needs;
            let abilities = instance.abilities();
            let asked = Asked {
                kind: stream.kind,
                temporality: stream.temporality,
                monotonic: stream.monotonic,
                words: needs.number_words as usize,
                reasons: needs.drop_reasons.len(),
                abilities,
            };
            check::verdict(&verdict, asked)?;
            let description =
                new_description(&verdict).map(|description| shaped(description, &needs.reads)).transpose()?;
            Ok((verdict, abilities.process(stream.kind), description))
        })?;
        self.caller.commit_counts();
        let decision = self.read(verdict, processes, description, traits);
        if let Some(known) = known {
            if self.decisions.len() >= DECISIONS {
                self.decisions.clear();
            }
            self.decisions.insert(known, decision.clone());
        }
        Ok(decision)
    }

    fn read(&self, verdict: Verdict, processes: bool, description: Option<Shaped>, traits: MetricTraits) -> Decision {
        if description.as_ref().is_some_and(|description| description.length() > DESCRIPTION_BYTES) {
            return Decision::Drop(drops::TOO_LONG);
        }
        match verdict {
            Verdict::Pass => Decision::Pass,
            Verdict::Drop(reason) => Decision::Drop(self.caller.processor.reason(reason)),
            Verdict::Process(plan) => {
                let traits = plan.outputs.first().map_or(traits, |output| MetricTraits {
                    kind: Kind::from_code(u8::try_from(output.kind).unwrap_or(0)),
                    temporality: u8::try_from(output.temporality).unwrap_or(0),
                    monotonic: output.monotonic,
                });
                Decision::Change {
                    description: description.map(Arc::new),
                    process: processes.then(|| Process { traits, seed: plan.seed.into() }),
                }
            }
        }
    }
}

fn new_description(verdict: &Verdict) -> Option<&Stream> {
    let Verdict::Process(plan) = verdict else { return None };
    plan.outputs.first()?.description.as_ref()
}

/// Everything that a guest sees of a stream when it reads no part of the description: the key of a decision.
fn fingerprint(view: View<'_>) -> Box<[u8]> {
    let traits = view.traits();
    let mut bytes = vec![traits.kind as u8, traits.temporality, u8::from(traits.monotonic)];
    bytes.extend_from_slice(&(view.name().len() as u32).to_le_bytes());
    bytes.extend_from_slice(view.name().as_bytes());
    bytes.extend_from_slice(view.unit().as_bytes());
    bytes.into()
}
