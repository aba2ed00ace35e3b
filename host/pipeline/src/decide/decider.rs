//! A decider: a thread that asks the stages about new streams, many in a call, and makes their labels.
//!
//! Requests take turns, a call each, so that one with many new streams does not keep the others waiting.

use std::collections::VecDeque;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::Receiver;
use foldhash::quality::FixedState;
use smallvec::SmallVec;
use tokio::sync::oneshot;

use super::Gauges;
use super::plan::{Plan, StreamPlan};
use super::remembered::Remembered;
use crate::drops::{self, Reason};
use crate::failed::Failed;
use crate::keyed::KeyMap;
use crate::output::Label;
use crate::request::Request;
use crate::stage::{Decide, StageError};
use budget::Reservation;
use clock::Clock;
use model::CUMULATIVE;
use otlp::key::Keyer;
use otlp::points::Point;
use otlp::wire::Malformed;
use streams::describe::{Context, Describer, Description, View, WireDescription};

/// Streams that a stage is asked about in one call, and bytes of their descriptions.
const STREAMS_PER_CALL: usize = 256;
const BYTES_PER_CALL: usize = 1 << 20;

/// What a decider is told.
pub enum Message {
    /// Decide.
    Decide(Question),
    /// Keep plans that did not reach their shard.
    Keep(Vec<Arc<StreamPlan>>),
    /// End.
    Stop,
}

/// New streams of one request.
pub struct Question {
    /// The request, whose bytes hold the descriptions.
    pub request: Arc<Request>,
    /// A point of each.
    pub points: Vec<Point>,
    /// Whether their shard has told that it does not know them.
    pub again: bool,
    /// Bytes charged for what is decided.
    pub reservation: Reservation,
    /// Told what becomes of each, in order, unless something fails.
    pub reply: oneshot::Sender<Result<Vec<Decided>, Failed>>,
}

/// What becomes of a stream.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The shard that owns it.
    pub shard: usize,
    /// The plan; none if the shard has it.
    pub plan: Option<Plan>,
}

/// What a decider is built from.
pub struct Parts {
    /// The stages.
    pub stages: Vec<Box<dyn Decide>>,
    /// The exporters.
    pub labels: Vec<Box<dyn Label>>,
    /// How many shards there are.
    pub shards: usize,
    /// Streams of which it is remembered where they are.
    pub memo: usize,
    /// Bytes of plans that did not reach their shards and are kept.
    pub kept_bytes: usize,
    /// The process's own.
    pub keyer: Keyer,
    /// Where the decider shows itself.
    pub gauges: Arc<Gauges>,
    /// The time.
    pub clock: Clock,
}

/// One decider.
pub struct Decider {
    stages: Vec<Box<dyn Decide>>,
    labels: Vec<Box<dyn Label>>,
    shards: usize,
    keyer: Keyer,
    gauges: Arc<Gauges>,
    clock: Clock,
    remembered: Remembered,
    open: VecDeque<Open>,
}

/// A question that is being answered.
struct Open {
    question: Question,
    describer: Describer,
    checked: Context,
    decided: Vec<Decided>,
    /// How many streams the next call may be about.
    streams_per_call: usize,
}

/// What the next call is about.
#[derive(Default)]
struct Turn {
    /// What is known of each stream, or which of those it is that are asked about.
    known: Vec<Result<Decided, usize>>,
    /// The others, each once.
    asked: Vec<Description>,
}

impl Question {
    /// Answers; the request is let go before, so that whoever sees the answer finds its bytes given back. An answer for which
    /// nobody waits comes back.
    fn answer(self, answer: Result<Vec<Decided>, Failed>) -> Result<(), Result<Vec<Decided>, Failed>> {
        drop((self.request, self.reservation));
        self.reply.send(answer)
    }
}

/// Why a turn came to nothing.
enum TurnError {
    Malformed(Malformed),
    /// With the number of streams that the stage was asked about.
    Stage(StageError, usize),
}

impl From<Malformed> for TurnError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl Parts {
    /// Builds the decider.
    #[must_use]
    pub fn build(self) -> Decider {
        Decider {
            stages: self.stages,
            labels: self.labels,
            shards: self.shards,
            keyer: self.keyer,
            gauges: self.gauges,
            clock: self.clock,
            remembered: Remembered::new(self.memo, self.kept_bytes),
            open: VecDeque::new(),
        }
    }
}

impl Decider {
    /// Runs until it is told to stop, or nobody is left to tell it anything.
    pub fn run(mut self, inbox: &Receiver<Message>) {
        while let Ok(message) = inbox.recv() {
            let mut next = Some(message);
            while next.is_some() || !self.open.is_empty() {
                // All that waits is let in before the next turn, or its turn would never come.
                while let Some(message) = next.take().or_else(|| inbox.try_recv().ok()) {
                    match message {
                        Message::Decide(question) => self.begin(question),
                        Message::Keep(plans) => plans.into_iter().for_each(|plan| self.keep(plan)),
                        Message::Stop => return,
                    }
                }
                self.take_turn();
            }
            self.show();
        }
    }

    fn begin(&mut self, question: Question) {
        self.open.push_back(Open {
            question,
            describer: Describer::new(self.keyer.clone()),
            checked: Context::default(),
            decided: Vec::new(),
            streams_per_call: STREAMS_PER_CALL,
        });
    }

    /// Decides about as many streams of a question as one call takes.
    fn take_turn(&mut self) {
        let Some(mut open) = self.open.pop_front() else { return };
        if open.question.reply.is_closed() {
            // Nobody waits for the answer any more.
            self.keep_all(&open.decided);
            return;
        }
        match self.decide_some(&mut open) {
            Ok(()) if open.decided.len() < open.question.points.len() => self.open.push_back(open),
            Ok(()) => {
                if let Err(Ok(decided)) = open.question.answer(Ok(open.decided)) {
                    self.keep_all(&decided);
                }
            }
            // One of them may be to blame, or all together.
            Err(TurnError::Stage(error, asked)) if error.may_retry && asked > 1 => {
                open.streams_per_call = asked / 2;
                self.open.push_back(open);
            }
            Err(TurnError::Stage(error, _)) => self.refuse(open, Failed::Stage(error)),
            Err(TurnError::Malformed(malformed)) => self.refuse(open, Failed::Malformed(malformed)),
        }
    }

    fn refuse(&mut self, open: Open, failed: Failed) {
        self.keep_all(&open.decided);
        open.question.answer(Err(failed)).ok();
    }

    fn decide_some(&mut self, open: &mut Open) -> Result<(), TurnError> {
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
                turn.known.push(Ok(self.decided(0, Plan::Drop(drops::TOO_LONG))));
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

    fn decided(&self, key: u128, plan: Plan) -> Decided {
        let shard = match &plan {
            Plan::Take(plan) => plan.shard,
            // What is dropped may be dropped anywhere.
            Plan::Drop(_) => (key % self.shards as u128) as usize,
        };
        Decided { shard, plan: Some(plan) }
    }

    /// What has been decided about a stream. Who asks again does not know the stream that the memo says is somewhere.
    fn known(&mut self, key: u128, again: bool) -> Option<Decided> {
        if let Some(plan) = self.remembered.plan(key) {
            return Some(self.decided(key, plan));
        }
        if again { None } else { self.remembered.shard(key).map(|shard| Decided { shard, plan: None }) }
    }

    fn decide(&mut self, asked: Vec<Description>) -> Result<Vec<Decided>, StageError> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<u128> = asked.iter().map(Description::key).collect();
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
    fn finish(&mut self, key: u128, plan: Result<StreamPlan, Reason>) -> Decided {
        let plan = match plan.and_then(|plan| self.label(plan)) {
            Ok(plan) => Plan::Take(Arc::new(plan)),
            Err(reason) => Plan::Drop(reason),
        };
        self.remembered.insert(key, &plan);
        self.decided(key, plan)
    }

    fn label(&mut self, mut plan: StreamPlan) -> Result<StreamPlan, Reason> {
        plan.end();
        let traits = plan.traits;
        if traits.kind.accumulates()
            && traits.temporality != CUMULATIVE
            && !self.labels.iter().all(|label| label.takes_deltas())
        {
            return Err(drops::DELTA);
        }
        let mut made = SmallVec::new();
        for label in &mut self.labels {
            made.push(label.label(plan.view())?);
        }
        // Two streams that end in one series meet in one shard, whatever their descriptions were.
        let series = self.labels.iter().zip(&made).find_map(|(label, labels)| label.series_key(labels));
        plan.shard = match series {
            _ if self.shards == 1 => 0,
            Some(series) => (FixedState::default().hash_one(series) % self.shards as u64) as usize,
            None => (plan.view().key(&self.keyer) % self.shards as u128) as usize,
        };
        plan.labels = made;
        Ok(plan)
    }

    fn keep(&mut self, plan: Arc<StreamPlan>) {
        self.remembered.keep(plan, self.clock.moment().monotonic_seconds());
    }

    fn keep_all(&mut self, decided: &[Decided]) {
        for decided in decided {
            if let Some(Plan::Take(plan)) = &decided.plan {
                self.keep(Arc::clone(plan));
            }
        }
    }

    /// Tidies up while nothing is to be done, and shows what is held.
    fn show(&mut self) {
        self.remembered.sweep(self.clock.moment().monotonic_seconds());
        let memory = self.remembered.memory()
            + self.stages.iter().map(|stage| stage.memory()).sum::<usize>()
            + self.labels.iter().map(|label| label.memory()).sum::<usize>();
        self.gauges.memory.store(memory, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
