//! What a guest makes of a stream, asked once.

use std::sync::Arc;

use super::GuestStage;
use super::description::{describe, shaped};
use model::Kind;
use model::MetricTraits;
use model::{StreamDescription, Verdict};
use otlp::walk::DESCRIPTION_BYTES;
use pipeline::drops;
use pipeline::stage::{Decision, Process};
use streams::describe::{Shaped, View};
use wasm::GuestError;
use wasm::check::{self, Asked};

/// Decisions that are remembered by what the guest reads of a description; beyond it all are asked for again.
const DECISIONS: usize = 16 << 10;

impl GuestStage {
    /// What becomes of a stream. A guest that reads no part of the description is asked once for all streams that agree in
    /// the rest.
    ///
    /// # Errors
    /// What the guest did, twice.
    pub(super) fn decision(&mut self, view: View<'_>) -> Result<Decision, GuestError> {
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

fn new_description(verdict: &Verdict) -> Option<&StreamDescription> {
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
