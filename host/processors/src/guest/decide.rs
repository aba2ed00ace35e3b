//! What a guest makes of streams, many in a call.

use std::sync::Arc;

use super::calls::GuestCalls;
use super::description::{describe, shaped};
use super::failed;
use model::Kind;
use model::MetricTraits;
use model::{StreamDescription, Verdict};
use otlp::key::Keyer;
use otlp::scan::DESCRIPTION_BYTES;
use pipeline::drops;
use pipeline::keyed::{AgingMap, KeyMap};
use pipeline::stage::{Decide, Decision, Process, StageError};
use streams::describe::{Shaped, View};
use wasm::check::{self, Asked};
use wasm::{GuestError, Instance};

/// Decisions that are remembered of guests that read no part of descriptions.
const DECISIONS: usize = 16 << 10;

/// A decision with a description that is longer is not remembered, bytes.
const REMEMBERED_BYTES: usize = 256;

/// A guest where streams are decided about.
#[derive(Debug)]
pub struct GuestDecide {
    calls: GuestCalls,
    keyer: Keyer,
    /// By the keys of what the guest sees of a stream.
    decisions: AgingMap<u128, Decision>,
}

/// What a guest says about one stream, checked.
type Answer = (Verdict, bool, Option<Shaped>);

impl Decide for GuestDecide {
    fn decide(&mut self, views: &[View<'_>]) -> Result<Vec<Decision>, StageError> {
        self.decisions(views).map_err(failed)
    }

    /// Bytes of the instance's linear memory, and of what is remembered.
    fn memory(&self) -> usize {
        self.calls.memory() + self.decisions.memory() + self.decisions.len() * REMEMBERED_BYTES
    }
}

impl GuestDecide {
    pub(super) fn new(calls: GuestCalls) -> Self {
        Self { calls, keyer: Keyer::random(), decisions: AgingMap::new(DECISIONS) }
    }

    /// What becomes of streams. A guest that reads no part of the description is asked once for all streams that agree in
    /// the rest.
    ///
    /// # Errors
    /// What the guest did, twice.
    fn decisions(&mut self, views: &[View<'_>]) -> Result<Vec<Decision>, GuestError> {
        let needs = Arc::clone(&self.calls.processor.needs);
        let is_its = |view: &View<'_>| needs.kinds.contains(&u32::from(view.traits().kind as u8));
        let mut bytes = Vec::new();
        let is_known_by = |view: &View<'_>| {
            (is_its(view) && needs.reads.is_empty()).then(|| {
                write_fingerprint(*view, &mut bytes);
                self.keyer.key(&bytes)
            })
        };
        let fingerprints: Vec<Option<u128>> = views.iter().map(is_known_by).collect();
        let mut decisions: Vec<Option<Decision>> = Vec::with_capacity(views.len());
        let (mut asked, mut first) = (Vec::new(), KeyMap::default());
        for (index, (view, fingerprint)) in views.iter().zip(&fingerprints).enumerate() {
            let known = fingerprint.and_then(|known| self.decisions.get(known));
            let decision = if is_its(view) { known } else { Some(Decision::Pass) };
            let mut is_first = || fingerprint.is_none_or(|known| *first.entry(known).or_insert(index) == index);
            if decision.is_none() && is_first() {
                asked.push(index);
            }
            decisions.push(decision);
        }
        let streams: Vec<StreamDescription> = asked.iter().map(|&index| describe(views[index], &needs.reads)).collect();
        let answers = if streams.is_empty() { Vec::new() } else { self.ask(&streams)? };
        for (index, answer) in asked.into_iter().zip(answers) {
            let decision = self.read(answer, views[index].traits());
            if let Some(fingerprint) = fingerprints[index] {
                self.remember(fingerprint, &decision);
            }
            decisions[index] = Some(decision);
        }
        // Those that agree with one that was asked about have its answer.
        for index in 0..decisions.len() {
            if decisions[index].is_none() {
                let same = fingerprints[index].and_then(|fingerprint| first.get(&fingerprint));
                decisions[index] = same.and_then(|&first| decisions[first].clone());
            }
        }
        Ok(decisions.into_iter().map(|decision| decision.unwrap_or(Decision::Pass)).collect())
    }

    fn remember(&mut self, fingerprint: u128, decision: &Decision) {
        let length = match decision {
            Decision::Change { description: Some(description), .. } => description.length(),
            _ => 0,
        };
        if length > REMEMBERED_BYTES {
            return;
        }
        self.decisions.insert(fingerprint, decision.clone());
    }

    fn ask(&mut self, streams: &[StreamDescription]) -> Result<Vec<Answer>, GuestError> {
        self.calls.forget_counts();
        let answers = self.calls.call(|instance, processor| {
            let verdicts = instance.shape(streams)?;
            let read = |(stream, verdict)| checked(instance, &processor.needs, stream, verdict);
            streams.iter().zip(verdicts).map(read).collect::<Result<Vec<Answer>, GuestError>>()
        })?;
        self.calls.commit_counts();
        Ok(answers)
    }

    fn read(&self, (verdict, processes, description): Answer, traits: MetricTraits) -> Decision {
        if description.as_ref().is_some_and(|description| description.length() > DESCRIPTION_BYTES) {
            return Decision::Drop(drops::TOO_LONG);
        }
        match verdict {
            Verdict::Pass => Decision::Pass,
            Verdict::Drop(reason) => Decision::Drop(self.calls.processor.reason(reason)),
            Verdict::Process(plan) => {
                let traits = plan.outputs.first().map_or(traits, |output| MetricTraits {
                    kind: Kind::from_code(u8::try_from(output.kind).unwrap_or(0)),
                    temporality: u8::try_from(output.temporality).unwrap_or(0),
                    monotonic: output.monotonic,
                });
                let needs = &self.calls.processor.needs;
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
fn write_fingerprint(view: View<'_>, bytes: &mut Vec<u8>) {
    let traits = view.traits();
    bytes.clear();
    bytes.extend_from_slice(&[traits.kind as u8, traits.temporality, u8::from(traits.monotonic)]);
    bytes.extend_from_slice(&(view.name().len() as u32).to_le_bytes());
    bytes.extend_from_slice(view.name().as_bytes());
    bytes.extend_from_slice(view.unit().as_bytes());
}
