//! A decider: a thread that asks the stages about new streams, many in a call, and makes their labels.
//!
//! Requests take turns, a call each, so that one with many new streams does not keep the others waiting.

use std::collections::VecDeque;
use std::hash::BuildHasher as _;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use crossbeam_channel::Receiver;
use foldhash::quality::FixedState;
use tokio::sync::oneshot;

use super::Gauges;
use super::memo::ShardMemo;
use super::plan::{Plan, StreamPlan};
use crate::drops::{self, Reason};
use crate::keyed::KeyMap;
use crate::output::Label;
use crate::shard::job::{Failed, Request};
use crate::stage::{Decide, StageError};
use clock::Clock;
use model::{CUMULATIVE, Kind};
use otlp::key::Keyer;
use otlp::points::Point;
use streams::aging::AgingMemo;
use streams::describe::{Describer, Description, View, Written};

/// Streams that a stage is asked about in one call.
const STREAMS_PER_CALL: usize = 256;

/// Plans that did not reach their shards and are kept for the request's repetition: so many, for so long. The Collector
/// repeats a request for five minutes.
const KEPT_PLANS: usize = 16 << 10;
const KEPT_SECONDS: u32 = 5 * 60;

/// Plans in hand may be so many before those that have gone are swept out.
const SWEEP_FROM: usize = 1 << 10;

/// What a decider is told.
pub enum Message {
    /// Decide.
    Decide(Question),
    /// Keep a plan that did not reach its shard.
    Keep(Arc<StreamPlan>),
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
    /// The process's own.
    pub keyer: Keyer,
    /// Where the decider shows itself.
    pub gauges: Arc<Gauges>,
    /// The time.
    pub clock: Clock,
}

/// One decider.
pub struct Decider {
    parts: Parts,
    /// Where streams are that are taken in, by the keys of their identities.
    memo: ShardMemo,
    /// Why streams are dropped, by the same keys.
    dropped: AgingMemo,
    /// Plans that somebody holds, by the same keys.
    in_hand: KeyMap<Weak<StreamPlan>>,
    sweep_at: usize,
    /// Plans that did not reach their shards, the oldest first, and when they were given back, seconds.
    kept: VecDeque<(u32, Arc<StreamPlan>)>,
    /// Bytes of all of them.
    kept_bytes: usize,
    open: VecDeque<Open>,
}

/// A question that is being answered.
struct Open {
    question: Question,
    /// None where a description is too long, or has been used.
    streams: Vec<Option<Description>>,
    decided: Vec<Decided>,
}

impl Question {
    /// Answers; the request is let go before, so that whoever sees the answer finds its bytes given back. An answer for which
    /// nobody waits comes back.
    fn answer(self, answer: Result<Vec<Decided>, Failed>) -> Result<(), Result<Vec<Decided>, Failed>> {
        drop(self.request);
        self.reply.send(answer)
    }
}

impl Parts {
    /// Builds the decider.
    #[must_use]
    pub fn build(self) -> Decider {
        Decider {
            memo: ShardMemo::new(self.memo),
            dropped: AgingMemo::new(self.memo),
            in_hand: KeyMap::default(),
            sweep_at: SWEEP_FROM,
            kept: VecDeque::new(),
            kept_bytes: 0,
            open: VecDeque::new(),
            parts: self,
        }
    }
}

impl Decider {
    /// Runs until it is told to stop, or nobody is left to tell it anything.
    pub fn run(mut self, inbox: &Receiver<Message>) {
        loop {
            // Whoever waits gets the next turn before more is taken in.
            let message = if self.open.is_empty() { inbox.recv().ok() } else { inbox.try_recv().ok() };
            match message {
                Some(Message::Decide(question)) => self.begin(question),
                Some(Message::Keep(plan)) => self.keep(plan),
                Some(Message::Stop) => return,
                None if self.open.is_empty() => return,
                None => {}
            }
            self.take_turn();
            self.show();
        }
    }

    /// Goes on with the request whose turn it is, by one call of each stage.
    fn take_turn(&mut self) {
        if let Some(open) = self.open.pop_front() {
            self.go_on(open);
        }
    }

    /// Finds out who the streams are.
    fn begin(&mut self, question: Question) {
        let Question { request, points, .. } = &question;
        let mut describer = Describer::new(&self.parts.keyer);
        let described = points.iter().map(|point| {
            let written = Written::of(point, &request.places, &request.bytes);
            if written.is_too_long()? {
                describer.key(&written)?;
                return Ok(None);
            }
            describer.describe(&written).map(Some)
        });
        match described.collect() {
            Ok(streams) => self.open.push_back(Open { question, streams, decided: Vec::new() }),
            Err(malformed) => {
                question.answer(Err(Failed::Malformed(malformed))).ok();
            }
        }
    }

    /// Decides about as many streams as one call takes.
    fn go_on(&mut self, mut open: Open) {
        if open.question.reply.is_closed() {
            // Nobody waits for the answer any more.
            self.keep_all(&open.decided);
            return;
        }
        match self.next_call(&mut open) {
            Ok(()) if open.decided.len() < open.streams.len() => self.open.push_back(open),
            Ok(()) => {
                if let Err(Ok(decided)) = open.question.answer(Ok(open.decided)) {
                    self.keep_all(&decided);
                }
            }
            Err(error) => {
                self.keep_all(&open.decided);
                open.question.answer(Err(Failed::Stage(error))).ok();
            }
        }
    }

    fn next_call(&mut self, open: &mut Open) -> Result<(), StageError> {
        let begin = open.decided.len();
        let mut known: Vec<Result<Decided, u128>> = Vec::new();
        let (mut asked, mut places) = (Vec::new(), KeyMap::default());
        for stream in &mut open.streams[begin..] {
            if asked.len() == STREAMS_PER_CALL {
                break;
            }
            let Some(description) = stream.take() else {
                known.push(Ok(self.decided(0, &Plan::Drop(drops::TOO_LONG))));
                continue;
            };
            let key = description.key();
            known.push(self.known(key, open.question.again).ok_or(key));
            if known.last().is_some_and(Result::is_err) && !places.contains_key(&key) {
                places.insert(key, asked.len());
                asked.push(description);
            }
        }
        let plans = self.decide(asked)?;
        for known in known {
            let plan = |key: u128| Some((key, plans.get(*places.get(&key)?)?));
            let decided = known.or_else(|key| plan(key).map(|(key, plan)| self.decided(key, plan)).ok_or(key));
            open.decided.extend(decided);
        }
        Ok(())
    }

    fn decided(&self, key: u128, plan: &Plan) -> Decided {
        let shard = match plan {
            Plan::Take(plan) => plan.shard,
            // What is dropped may be dropped anywhere.
            Plan::Drop(_) => (key % self.parts.shards as u128) as usize,
        };
        Decided { shard, plan: Some(plan.clone()) }
    }

    /// What has been decided about a stream. Who asks again does not know the stream that the memo says is somewhere.
    fn known(&mut self, key: u128, again: bool) -> Option<Decided> {
        if let Some(plan) = self.in_hand.get(&key).and_then(Weak::upgrade) {
            return Some(self.decided(key, &Plan::Take(plan)));
        }
        if let Some(reason) = self.dropped.get(key) {
            return Some(self.decided(key, &Plan::Drop(Reason(reason as u16))));
        }
        let shard = self.memo.get(key)?;
        (!again).then_some(Decided { shard, plan: None })
    }

    fn decide(&mut self, asked: Vec<Description>) -> Result<Vec<Plan>, StageError> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<u128> = asked.iter().map(Description::key).collect();
        let plans = self.ask_stages(asked)?;
        self.parts.gauges.decided.fetch_add(keys.len() as u64, Ordering::Relaxed);
        Ok(keys.into_iter().zip(plans).map(|(key, plan)| self.finish(key, plan)).collect())
    }

    /// Asks all stages, one after another.
    fn ask_stages(&mut self, asked: Vec<Description>) -> Result<Vec<Result<StreamPlan, Reason>>, StageError> {
        let mut describer = Describer::new(&self.parts.keyer);
        let mut plans: Vec<Result<StreamPlan, Reason>> =
            asked.into_iter().map(|description| Ok(StreamPlan::begin(description))).collect();
        for (index, stage) in self.parts.stages.iter_mut().enumerate() {
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
    fn finish(&mut self, key: u128, plan: Result<StreamPlan, Reason>) -> Plan {
        match plan.and_then(|plan| self.label(plan)) {
            Ok(plan) => {
                let plan = Arc::new(plan);
                self.hold(&plan);
                self.memo.insert(key, plan.shard);
                Plan::Take(plan)
            }
            Err(reason) => {
                self.dropped.insert(key, u32::from(reason.0));
                Plan::Drop(reason)
            }
        }
    }

    fn label(&mut self, mut plan: StreamPlan) -> Result<StreamPlan, Reason> {
        let Parts { labels, shards, keyer, .. } = &mut self.parts;
        plan.end();
        let traits = plan.traits;
        let accumulates = matches!(traits.kind, Kind::Sum | Kind::Histogram | Kind::ExponentialHistogram);
        if accumulates && traits.temporality != CUMULATIVE && !labels.iter().all(|label| label.takes_deltas()) {
            return Err(drops::DELTA);
        }
        let mut made = Vec::with_capacity(labels.len());
        for label in labels.iter_mut() {
            made.push(label.label(plan.view())?);
        }
        // Two streams that end in one series meet in one shard, whatever their descriptions were.
        let series = labels.iter().zip(&made).find_map(|(label, labels)| label.series_key(labels));
        plan.shard = match series {
            Some(series) => (FixedState::default().hash_one(series) % *shards as u64) as usize,
            None => (plan.view().key(keyer) % *shards as u128) as usize,
        };
        plan.labels = made;
        Ok(plan)
    }

    fn hold(&mut self, plan: &Arc<StreamPlan>) {
        if self.in_hand.len() >= self.sweep_at {
            self.in_hand.retain(|_, plan| plan.strong_count() > 0);
            self.sweep_at = (2 * self.in_hand.len()).max(SWEEP_FROM);
        }
        self.in_hand.insert(plan.key, Arc::downgrade(plan));
    }

    fn keep(&mut self, plan: Arc<StreamPlan>) {
        let now = self.parts.clock.moment().monotonic_seconds();
        let is_old = |(since, _): &(u32, Arc<StreamPlan>)| now.saturating_sub(*since) > KEPT_SECONDS;
        while self.kept.front().is_some_and(is_old) || self.kept.len() >= KEPT_PLANS {
            let oldest = self.kept.pop_front();
            self.kept_bytes -= oldest.map_or(0, |(_, plan)| plan.memory());
        }
        self.hold(&plan);
        self.kept_bytes += plan.memory();
        self.kept.push_back((now, plan));
    }

    fn keep_all(&mut self, decided: &[Decided]) {
        for decided in decided {
            if let Some(Plan::Take(plan)) = &decided.plan {
                self.keep(Arc::clone(plan));
            }
        }
    }

    fn show(&self) {
        let Parts { stages, labels, gauges, .. } = &self.parts;
        let memory = self.memo.memory()
            + self.dropped.memory()
            + self.in_hand.capacity() * size_of::<(u128, Weak<StreamPlan>)>()
            + self.kept_bytes
            + stages.iter().map(|stage| stage.memory()).sum::<usize>()
            + labels.iter().map(|label| label.memory()).sum::<usize>();
        gauges.memory.store(memory, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
