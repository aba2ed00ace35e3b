//! Decisions about new streams, made by threads of their own: no request waits for a guest that it does not need, and no
//! network thread ever does.
//!
//! A stream belongs to the [`decider`] that its identity chooses, so that it is decided about once however many requests
//! bring it at the same time. What comes of it, a [`plan`], goes to the shard that takes the stream in.

pub mod decider;
pub mod plan;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::Duration;

use crossbeam_channel::Sender;
use tokio::sync::oneshot;
use tokio::task;

use super::intake::refusal::Refusal;
use super::keyed::KeyMap;
use super::shard::job::Request;
use clock::Clock;
use decider::{Decided, Message, Question};
use otlp::key::Keyer;
use otlp::points::Point;
use plan::{Plan, StreamPlan};
use streams::describe::{Describer, Written};

/// So long the new streams of a request may take, in all; then its sender is told to come again. What has been decided by
/// then stays decided, so that every repetition gets further.
pub const DECISION_TIME: Duration = Duration::from_secs(5);

/// Descriptions that a network thread looks at before others get their turn.
const AT_ONCE: usize = 1_000;

/// The deciders of a pipeline, as its intake sees them.
pub struct Deciders {
    /// The process's own.
    pub keyer: Keyer,
    /// A way to talk to each.
    pub inboxes: Vec<Sender<Message>>,
    /// The time.
    pub clock: Clock,
}

/// What a decider shows of itself.
#[derive(Debug, Default)]
pub struct Gauges {
    /// Streams that the stages were asked about.
    pub decided: AtomicU64,
    /// Bytes of what it remembers and of its guests.
    pub memory: AtomicUsize,
}

/// What was decided about new streams of a request. Unless they reach their shards they are given back, so that nothing is
/// decided twice.
pub struct Decisions<'d> {
    deciders: &'d Deciders,
    /// By the key of the byte form: the shard that owns the stream, and the plan if the shard may need it.
    by_key: KeyMap<(usize, Option<Plan>)>,
    /// Which decider each plan is from.
    plans: Vec<(usize, Arc<StreamPlan>)>,
}

impl Deciders {
    /// Decides about the streams of `points`, which all belong to `request`. `again` says that their shard has told that it
    /// does not know them.
    ///
    /// # Errors
    /// [`Refusal`]: a description is malformed, a guest has failed, or it takes too long.
    pub async fn decide(
        &self,
        request: &Arc<Request>,
        points: Vec<Point>,
        again: bool,
    ) -> Result<Decisions<'_>, Refusal> {
        let mut decisions = Decisions { deciders: self, by_key: KeyMap::default(), plans: Vec::new() };
        let mut answers = Vec::new();
        for (decider, points) in self.choose(request, points).await?.into_iter().enumerate() {
            if points.is_empty() {
                continue;
            }
            let keys: Vec<u128> = points.iter().map(|point| point.key).collect();
            let (reply, answer) = oneshot::channel();
            let question = Question { request: Arc::clone(request), points, again, reply };
            self.inboxes[decider].send(Message::Decide(question)).map_err(|_| Refusal::Stopping)?;
            answers.push((decider, keys, answer));
        }
        let all = async {
            for (decider, keys, answer) in answers {
                let decided = answer.await.map_err(|_| Refusal::Stopping)?;
                decisions.add(decider, keys, decided.map_err(|failed| Refusal::of(failed, &request.bytes))?);
            }
            Ok(decisions)
        };
        tokio::select! {
            decided = all => decided,
            () = self.clock.sleep(DECISION_TIME) => Err(Refusal::Undecided),
        }
    }

    /// Which decider each point belongs to. Where there are several all descriptions are checked first.
    async fn choose(&self, request: &Request, points: Vec<Point>) -> Result<Vec<Vec<Point>>, Refusal> {
        if let [_] = self.inboxes.as_slice() {
            return Ok(vec![points]);
        }
        let deciders = self.inboxes.len();
        let mut parts = vec![Vec::new(); deciders];
        let mut keys = Describer::new(&self.keyer);
        for points in points.chunks(AT_ONCE) {
            for point in points {
                let written = Written::of(point, &request.places, &request.bytes);
                let key = keys.key(&written).map_err(|malformed| Refusal::malformed(malformed, &request.bytes))?;
                parts[(key % deciders as u128) as usize].push(*point);
            }
            task::yield_now().await;
        }
        Ok(parts)
    }
}

impl Decisions<'_> {
    fn add(&mut self, decider: usize, keys: Vec<u128>, decided: Vec<Decided>) {
        self.by_key.reserve(keys.len());
        for (key, Decided { shard, plan }) in keys.into_iter().zip(decided) {
            if let Some(Plan::Take(plan)) = &plan {
                self.plans.push((decider, Arc::clone(plan)));
            }
            self.by_key.insert(key, (shard, plan));
        }
    }

    /// The shard that owns the stream of `key`.
    #[must_use]
    pub fn shard(&self, key: u128) -> Option<usize> {
        self.by_key.get(&key).map(|(shard, _)| *shard)
    }

    /// The plan of the stream of `key`, if its shard may need it.
    #[must_use]
    pub fn plan(&self, key: u128) -> Option<&Plan> {
        self.by_key.get(&key).and_then(|(_, plan)| plan.as_ref())
    }

    /// Says that the plans have reached their shards. `owns` is told which shard owns the stream of a key.
    pub fn arrived(mut self, mut owns: impl FnMut(u128, usize)) {
        self.plans.clear();
        self.by_key.iter().for_each(|(&key, &(shard, _))| owns(key, shard));
    }
}

impl Drop for Decisions<'_> {
    fn drop(&mut self) {
        for (decider, plan) in std::mem::take(&mut self.plans) {
            self.deciders.inboxes[decider].send(Message::Keep(plan)).ok();
        }
    }
}
