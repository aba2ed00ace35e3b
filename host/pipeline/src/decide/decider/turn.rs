//! A turn of a question: who its next streams are, what is known of them, and what the stages say of the others, all in one
//! call.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Decided, Decider, Open, Question};
use crate::decide::plan::{Plan, StreamPlan};
use crate::drops::{self, Reason};
use crate::keyed::KeyMap;
use crate::stage::StageError;
use otlp::wire::Malformed;
use streams::describe::{Describer, Description, IdentityKey, View, WireDescription};

/// Streams that a stage is asked about in one call, and bytes of their descriptions.
pub(super) const STREAMS_PER_CALL: usize = 256;
const BYTES_PER_CALL: usize = 1 << 20;

/// What the next call is about.
#[derive(Default)]
struct Turn {
    /// What is known of each stream, or which of those it is that are asked about.
    known: Vec<Result<Decided, usize>>,
    /// The others, each once.
    asked: Vec<Description>,
}

/// Why a turn came to nothing.
pub(super) enum TurnError {
    Malformed(Malformed),
    /// With the number of streams that the stage was asked about.
    Stage(StageError, usize),
}

impl From<Malformed> for TurnError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl Decider {
    /// Decides about as many streams of a question as one call takes, or as is known without one.
    pub(super) fn decide_some(&mut self, open: &mut Open) -> Result<(), TurnError> {
        let turn = self.describe(open)?;
        let asked = turn.asked.len();
        let plans = self.decide(turn.asked).map_err(|error| TurnError::Stage(error, asked))?;
        open.decided.extend(turn.known.into_iter().map(|known| known.unwrap_or_else(|asked| plans[asked].clone())));
        Ok(())
    }

    /// Finds out who the next streams are, until there are enough for a call that nothing is known of.
    fn describe(&mut self, open: &mut Open) -> Result<Turn, Malformed> {
        let Open { question: Question { request, points, again, .. }, describer, checked, decided, streams_per_call } =
            open;
        let (mut turn, mut places) = (Turn::default(), KeyMap::default());
        let mut bytes = 0;
        for point in &points[decided.len()..] {
            if turn.asked.len() >= *streams_per_call || bytes >= BYTES_PER_CALL {
                break;
            }
            let written = WireDescription::of(point, &request.places, &request.bytes);
            if written.is_too_long()? {
                written.check(checked)?;
                // What is dropped may be dropped anywhere.
                turn.known.push(Ok(Decided { shard: 0, plan: Some(Plan::Drop(drops::TOO_LONG)) }));
                continue;
            }
            let description = describer.describe(&written)?;
            let key = description.key();
            let known = self.known(key, *again).ok_or_else(|| {
                *places.entry(key).or_insert_with(|| {
                    bytes += description.length();
                    turn.asked.push(description);
                    turn.asked.len() - 1
                })
            });
            turn.known.push(known);
        }
        Ok(turn)
    }

    fn decided(&self, key: IdentityKey, plan: Plan) -> Decided {
        let shard = match &plan {
            Plan::Take(plan) => plan.shard,
            // What is dropped may be dropped anywhere.
            Plan::Drop(_) => self.shard_of(key),
        };
        Decided { shard, plan: Some(plan) }
    }

    /// What has been decided about a stream. Who asks again does not know the stream that the memo says is somewhere.
    fn known(&mut self, key: IdentityKey, again: bool) -> Option<Decided> {
        if let Some(plan) = self.remembered.plan(key) {
            return Some(self.decided(key, plan));
        }
        if again { None } else { self.remembered.shard(key).map(|shard| Decided { shard, plan: None }) }
    }

    fn decide(&mut self, asked: Vec<Description>) -> Result<Vec<Decided>, StageError> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<IdentityKey> = asked.iter().map(Description::key).collect();
        let plans = self.ask_stages(asked)?;
        self.gauges.decided.fetch_add(keys.len() as u64, Ordering::Relaxed);
        Ok(keys.into_iter().zip(plans).map(|(key, plan)| self.finish(key, plan)).collect())
    }

    /// Asks all stages, one after another.
    fn ask_stages(&mut self, asked: Vec<Description>) -> Result<Vec<Result<StreamPlan, Reason>>, StageError> {
        let mut describer = Describer::new(self.keyer.clone());
        let mut plans: Vec<Result<StreamPlan, Reason>> =
            asked.into_iter().map(|description| Ok(StreamPlan::begin(description))).collect();
        for (index, stage) in self.stages.iter_mut().enumerate() {
            let views: Vec<View<'_>> = plans.iter().flatten().map(StreamPlan::view).collect();
            let decisions = if views.is_empty() { Vec::new() } else { stage.decide(&views)? };
            let taken = plans.iter_mut().filter(|plan| plan.is_ok());
            for (plan, decision) in taken.zip(decisions) {
                if let Ok(taken) = plan
                    && let Err(reason) = taken.follow(index, decision, &mut describer)
                {
                    *plan = Err(reason);
                }
            }
        }
        Ok(plans)
    }

    /// Labels what is taken in, and remembers what became of it.
    fn finish(&mut self, key: IdentityKey, plan: Result<StreamPlan, Reason>) -> Decided {
        let plan = match plan.and_then(|plan| self.label(plan)) {
            Ok(plan) => Plan::Take(Arc::new(plan)),
            Err(reason) => Plan::Drop(reason),
        };
        self.remembered.insert(key, &plan);
        self.decided(key, plan)
    }
}
