//! A decider: a thread that asks the stages about new streams, many in a call, and makes their labels.
//!
//! Requests take turns, a call each, so that one with many new streams does not keep the others waiting. Here is the thread;
//! what happens in a turn is in `turn.rs`, labels and the choice of the shard in `label.rs`.

mod label;
mod turn;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::Receiver;
use tokio::sync::oneshot;

use super::Gauges;
use super::plan::{Plan, StreamPlan};
use super::remembered::Remembered;
use crate::failed::Failed;
use crate::output::Label;
use crate::request::Request;
use crate::stage::Decide;
use budget::Reservation;
use clock::Clock;
use otlp::key::Keyer;
use otlp::points::Point;
use streams::describe::{Context, Describer};
use turn::{STREAMS_PER_CALL, TurnError};

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

impl Question {
    /// Answers; the request is let go before, so that whoever sees the answer finds its bytes given back. An answer for which
    /// nobody waits comes back.
    fn answer(self, answer: Result<Vec<Decided>, Failed>) -> Result<(), Result<Vec<Decided>, Failed>> {
        drop((self.request, self.reservation));
        self.reply.send(answer)
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

    fn keep(&mut self, plan: Arc<StreamPlan>) {
        self.remembered.keep(plan, self.clock.monotonic().to_seconds());
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
        self.remembered.sweep(self.clock.monotonic().to_seconds());
        let memory = self.remembered.memory()
            + self.stages.iter().map(|stage| stage.memory()).sum::<usize>()
            + self.labels.iter().map(|label| label.memory()).sum::<usize>();
        self.gauges.memory.store(memory, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
