//! What a guest makes of streams, many in a call.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::caller::Caller;
use super::description::{describe, shaped};
use super::failed;
use model::Kind;
use model::MetricTraits;
use model::{StreamDescription, Verdict};
use otlp::walk::DESCRIPTION_BYTES;
use pipeline::drops;
use pipeline::stage::{Decide, Decision, Process, StageError};
use streams::describe::{Shaped, View};
use wasm::check::{self, Asked};
use wasm::{GuestError, Instance};

/// Decisions that are remembered by what the guest reads of a description; beyond it all are asked for again.
const DECISIONS: usize = 16 << 10;

/// A guest where streams are decided about.
#[derive(Debug)]
pub struct GuestDecide {
    caller: Caller,
    decisions: HashMap<Box<[u8]>, Decision>,
}

/// What a guest says about one stream, checked.
type Answer = (Verdict, bool, Option<Shaped>);

impl Decide for GuestDecide {
    fn decide(&mut self, views: &[View<'_>]) -> Result<Vec<Decision>, StageError> {
        self.decisions(views).map_err(failed)
    }

    /// Bytes of the instance's linear memory.
    fn memory(&self) -> usize {
        self.caller.memory()
    }
}

impl GuestDecide {
    pub(super) fn new(caller: Caller) -> Self {
        Self { caller, decisions: HashMap::new() }
    }

    /// What becomes of streams. A guest that reads no part of the description is asked once for all streams that agree in
    /// the rest.
    ///
    /// # Errors
    /// What the guest did, twice.
    fn decisions(&mut self, views: &[View<'_>]) -> Result<Vec<Decision>, GuestError> {
        let needs = Arc::clone(&self.caller.processor.needs);
        let is_its = |view: &View<'_>| needs.kinds.contains(&u32::from(view.traits().kind as u8));
        let is_known_by = |view: &View<'_>| (is_its(view) && needs.reads.is_empty()).then(|| fingerprint(*view));
        let fingerprints: Vec<Option<Box<[u8]>>> = views.iter().map(is_known_by).collect();
        let mut decisions: Vec<Option<Decision>> = Vec::with_capacity(views.len());
        let (mut asked, mut seen) = (Vec::new(), HashSet::new());
        for (index, (view, fingerprint)) in views.iter().zip(&fingerprints).enumerate() {
            let known = fingerprint.as_ref().and_then(|known| self.decisions.get(known)).cloned();
            let decision = if is_its(view) { known } else { Some(Decision::Pass) };
            let is_first = fingerprint.as_ref().is_none_or(|fingerprint| seen.insert(fingerprint));
            if decision.is_none() && is_first {
                asked.push(index);
            }
            decisions.push(decision);
        }
        let streams: Vec<StreamDescription> = asked.iter().map(|&index| describe(views[index], &needs.reads)).collect();
        let answers = if streams.is_empty() { Vec::new() } else { self.ask(&streams)? };
        if self.decisions.len() + answers.len() > DECISIONS {
            self.decisions.clear();
        }
        for (index, answer) in asked.into_iter().zip(answers) {
            let decision = self.read(answer, views[index].traits());
            if let Some(fingerprint) = &fingerprints[index] {
                self.decisions.insert(fingerprint.clone(), decision.clone());
            }
            decisions[index] = Some(decision);
        }
        // Those that agree with one that was asked about have its answer.
        let later = |(decision, fingerprint): (Option<Decision>, &Option<Box<[u8]>>)| {
            let same = || self.decisions.get(fingerprint.as_ref()?).cloned();
            decision.or_else(same).unwrap_or(Decision::Pass)
        };
        Ok(decisions.into_iter().zip(&fingerprints).map(later).collect())
    }

    fn ask(&mut self, streams: &[StreamDescription]) -> Result<Vec<Answer>, GuestError> {
        self.caller.forget_counts();
        let answers = self.caller.call(|instance, processor| {
            let verdicts = instance.shape(streams)?;
            let read = |(stream, verdict)| checked(instance, &processor.needs, stream, verdict);
            streams.iter().zip(verdicts).map(read).collect::<Result<Vec<Answer>, GuestError>>()
        })?;
        self.caller.commit_counts();
        Ok(answers)
    }

    fn read(&self, (verdict, processes, description): Answer, traits: MetricTraits) -> Decision {
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
                let needs = &self.caller.processor.needs;
                let adds_up = needs.additive || needs.state_version == 0;
                Decision::Change {
                    description: description.map(Arc::new),
                    process: processes.then(|| Process { traits, seed: plan.seed.into(), adds_up }),
                }
            }
        }
    }
}

fn checked(
    instance: &Instance,
    needs: &model::Needs,
    stream: &StreamDescription,
    verdict: Verdict,
) -> Result<Answer, GuestError> {
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
    let description = new_description(&verdict).map(|description| shaped(description, &needs.reads)).transpose()?;
    Ok((verdict, abilities.process(stream.kind), description))
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
