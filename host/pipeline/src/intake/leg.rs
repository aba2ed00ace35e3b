//! One pipeline as the intake sees it. A request is prepared for each pipeline that its receiver feeds, which can be refused
//! and changes nothing, and only then committed to each, which cannot be refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;

use super::forward::{Divided, Forward};
pub use super::parts::{Counts, Gate, Limiter, Parts};
use super::refusal::Refusal;
use super::routes::Routes;
use crate::decide::{Deciders, Decisions, Plans};
use crate::drops::{Drops, Tally};
use crate::failed::Failed;
use crate::failed::{Full, TooLarge};
use crate::outcome::Outcome;
use crate::request::Request;
use crate::shard::job::{Answer, Inbox, Job, Message};
use budget::{Budget, Reservation};
use otlp::points::{Point, Points};

/// A shard may have forgotten streams while a job was on its way. After so many attempts the sender is told to come again.
const ATTEMPTS: usize = 4;

/// How long an age of [`Routes`] is, seconds.
const AGE_SECONDS: u32 = 60;

/// A pipeline. Shared by all intakes that feed it.
pub struct Leg {
    /// None where nothing in the pipeline looks at points.
    pub(super) shards: Vec<Inbox>,
    pub(super) deciders: Deciders,
    /// Which shards have streams; not asked where one shard is the only one that a request is for.
    pub(super) routes: Routes,
    pub(super) gates: Vec<Gate>,
    /// Exporters that get requests as they are.
    pub(super) forwards: Vec<Arc<dyn Forward>>,
    pub(super) limiter: Option<Box<dyn Limiter>>,
    pub(super) drops: Drops,
    /// Bytes of requests that are being read or processed.
    pub(super) in_flight: Budget,
    pub(super) stopping: AtomicBool,
    pub(super) counts: Counts,
}

/// A request that is ready for a pipeline.
pub struct Prepared<'l> {
    leg: &'l Leg,
    parts: Vec<Vec<Point>>,
    /// Whether all streams are known or decided about.
    is_prepared: bool,
    decisions: Vec<Decisions<'l>>,
    reserved: Arc<[Reservation]>,
    /// All points, where requests leave as they are.
    points: Vec<Point>,
    divided: Vec<Box<dyn Divided>>,
}

impl Leg {
    /// Finds the shard of each point of a request, and has all streams decided about that no shard knows. Where `alone` the
    /// pipeline is the only one that the request is for: with one shard, that shard may find out which streams it does not
    /// know.
    pub(super) async fn prepare(
        &self,
        request: &Arc<Request>,
        points: Vec<Point>,
        alone: bool,
    ) -> Result<Prepared<'_>, Refusal> {
        let is_prepared = !(alone && self.forwards.is_empty() && self.shards.len() == 1);
        let mut prepared = Prepared {
            leg: self,
            parts: Vec::new(),
            is_prepared,
            decisions: Vec::new(),
            reserved: Arc::new([]),
            points: Vec::new(),
            divided: Vec::new(),
        };
        if self.shards.is_empty() {
            prepared.points = points;
            return Ok(prepared);
        }
        if !self.forwards.is_empty() {
            prepared.points.clone_from(&points);
        }
        if is_prepared {
            self.divide(request, points, &mut prepared).await?;
        } else {
            prepared.parts.push(points);
        }
        Ok(prepared)
    }

    /// Room in the queue of each exporter for what a request turns into.
    fn reserve(&self, found: &Points) -> Result<Arc<[Reservation]>, Failed> {
        let bytes = found.expanded;
        let reserve = |gate: &Gate| {
            let Gate { exporter, budget, waiting, requests, first_total } = gate;
            if waiting.load(Ordering::Relaxed) >= *requests {
                let exporter = Arc::clone(exporter);
                return Err(Failed::Full(Full::Requests { exporter, limit: *requests }));
            }
            let limit = budget.limit();
            if bytes > limit {
                let exporter = Arc::clone(exporter);
                return Err(Failed::TooLarge(TooLarge::ForQueue { bytes, exporter, limit }));
            }
            let full = || Failed::Full(Full::Queue { exporter: Arc::clone(exporter), limit });
            // Few points are the first of their series. A request is not refused for ever because all might be.
            let firsts = found.beginnings.saturating_mul(*first_total);
            budget.reserve(bytes.saturating_add(firsts).min(limit.max(bytes))).ok_or_else(full)
        };
        self.gates.iter().map(reserve).collect()
    }

    async fn divide<'l>(
        &'l self,
        request: &Arc<Request>,
        points: Vec<Point>,
        prepared: &mut Prepared<'l>,
    ) -> Result<(), Refusal> {
        let age = self.age();
        prepared.parts = vec![Vec::new(); self.shards.len()];
        let mut unknown = Vec::new();
        for point in points {
            match self.routes.get(point.key, age) {
                Some(shard) if shard < prepared.parts.len() => prepared.parts[shard].push(point),
                _ => unknown.push(point),
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let decided = self.deciders.decide(request, &unknown, false, &self.in_flight).await;
        let decisions = decided.map_err(|failed| Refusal::of(failed, &request.bytes))?;
        for point in unknown {
            prepared.parts[decisions.shard(point.key).unwrap_or_default()].push(point);
        }
        prepared.decisions.push(decisions);
        Ok(())
    }

    fn age(&self) -> u64 {
        u64::from(self.deciders.clock.monotonic().to_seconds().0 / AGE_SECONDS)
    }

    /// Says that no request is taken any more.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// What it did.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Bytes of requests that are being read or processed.
    #[must_use]
    pub fn in_flight(&self) -> &Budget {
        &self.in_flight
    }

    /// Counts a request that is refused.
    pub(super) fn count(&self, refusal: &Refusal) {
        let counts = &self.counts;
        let count = match refusal {
            Refusal::Malformed { .. } | Refusal::Undecodable(_) => &counts.refused_malformed,
            Refusal::Full(_) => &counts.refused_full,
            Refusal::TooLarge(_) => &counts.refused_too_large,
            Refusal::Undecided => &counts.refused_undecided,
            Refusal::Failed(_) => &counts.failed,
            Refusal::Stopping => return,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// A request that is on its way to the shards of a pipeline.
pub struct Committed<'l> {
    prepared: Prepared<'l>,
    sent: Vec<Sent>,
    /// What was not handed on.
    dropped: Tally,
}

/// A job on its way: its shard, how many points it has, and where the answer comes.
struct Sent {
    shard: usize,
    points: u64,
    answer: oneshot::Receiver<Answer>,
}

/// Points that shards have given back.
#[derive(Default)]
struct Back {
    /// All of them, with the shards that had them.
    points: Vec<(usize, Point)>,
    /// Those whose streams have no plan.
    unplanned: Vec<Point>,
}

impl<'l> Prepared<'l> {
    /// Reserves room for what the request turns into, in the queue of each exporter.
    pub(super) fn reserve(&mut self, request: &Request) -> Result<(), Refusal> {
        let refusal = |failed| Refusal::of(failed, &request.bytes);
        self.reserved = self.leg.reserve(&request.places).map_err(refusal)?;
        let divided = self.leg.forwards.iter();
        let divided = divided.map(|forward| forward.prepare(request, &self.points, &self.leg.in_flight));
        self.divided = divided.collect::<Result<_, _>>().map_err(refusal)?;
        Ok(())
    }

    /// Sends all points to their shards, and the request to whoever gets it as it is.
    pub fn commit(mut self, request: &Arc<Request>) -> Committed<'l> {
        let mut dropped = Tally::default();
        for divided in std::mem::take(&mut self.divided) {
            dropped.merge(&divided.commit(request, &self.points));
        }
        let parts = std::mem::take(&mut self.parts);
        Committed { sent: self.send(parts, request), prepared: self, dropped }
    }

    fn send(&self, parts: Vec<Vec<Point>>, request: &Arc<Request>) -> Vec<Sent> {
        // What was decided last is looked at first.
        let plans: Vec<Plans> = self.decisions.iter().rev().map(Decisions::plans).collect();
        let mut sent = Vec::with_capacity(parts.len());
        for (shard, part) in parts.into_iter().enumerate().filter(|(_, part)| !part.is_empty()) {
            let (reply, answer) = oneshot::channel();
            sent.push(Sent { shard, points: part.len() as u64, answer });
            let (request, plans, reserved) = (Arc::clone(request), plans.clone(), Arc::clone(&self.reserved));
            let job = Job { request, points: part, prepared: self.is_prepared, plans, reserved, reply };
            // A shard that has ended drops the job, and with it the way to answer.
            self.leg.shards[shard].send(Message::Job(job)).ok();
        }
        sent
    }
}

impl<'l> Committed<'l> {
    /// The pipeline.
    pub fn leg(&self) -> &'l Leg {
        self.prepared.leg
    }

    /// What became of the points, when all shards have answered.
    pub async fn outcome(self, request: &Arc<Request>) -> Outcome {
        let Self { mut prepared, mut sent, dropped } = self;
        let asks_routes = prepared.is_prepared;
        let mut outcome = Outcome { dropped, ..Outcome::default() };
        for attempt in 1..=ATTEMPTS {
            let back = answers(sent, &mut outcome).await;
            if back.unplanned.is_empty() {
                prepared.leg.remember(prepared.decisions, asks_routes);
                return outcome;
            }
            let decided =
                if attempt < ATTEMPTS { prepared.decide(&back, request).await } else { Err(Failed::Undecided) };
            match decided {
                Ok(parts) => sent = prepared.send(parts, request),
                Err(failed) => {
                    outcome.fail(&failed, back.points.len() as u64);
                    break;
                }
            }
        }
        outcome
    }
}

impl Prepared<'_> {
    /// Has streams decided about that a shard did not know, and says where the points go that it has given back.
    async fn decide(&mut self, back: &Back, request: &Arc<Request>) -> Result<Vec<Vec<Point>>, Failed> {
        // Where nobody had looked for new streams, another request may just have brought them; and nothing is counted yet, so
        // that others may have the room meanwhile.
        let again = std::mem::replace(&mut self.is_prepared, true);
        if !again {
            self.reserved = Arc::new([]);
        }
        let leg = self.leg;
        let decisions = leg.deciders.decide(request, &back.unplanned, again, &leg.in_flight).await?;
        if !again {
            self.reserved = leg.reserve(&request.places)?;
        }
        let parts = leg.place(&back.points, &decisions);
        self.decisions.push(decisions);
        Ok(parts)
    }
}

impl Leg {
    /// Bytes of what is remembered of shards.
    #[must_use]
    pub fn routes_memory(&self) -> usize {
        self.routes.memory()
    }

    /// Remembers which shards own streams, now that they do: whoever finds a stream here needs no plan.
    fn remember(&self, decisions: Vec<Decisions<'_>>, asks_routes: bool) {
        let age = self.age();
        for decisions in decisions {
            decisions.arrived(|key, shard| {
                if asks_routes {
                    self.routes.insert(key, shard, age);
                }
            });
        }
    }

    /// Points that came back, each to the shard that owns its stream.
    fn place(&self, points: &[(usize, Point)], decisions: &Decisions<'_>) -> Vec<Vec<Point>> {
        let mut parts = vec![Vec::new(); self.shards.len()];
        for (shard, point) in points {
            parts[decisions.shard(point.key).unwrap_or(*shard)].push(*point);
        }
        parts
    }
}

/// Waits for all shards.
async fn answers(sent: Vec<Sent>, outcome: &mut Outcome) -> Back {
    let mut back = Back::default();
    for Sent { shard, points: count, answer } in sent {
        match answer.await {
            Ok(Answer::Done(part)) => outcome.merge(&part),
            Ok(Answer::Unplanned { points, unplanned }) => {
                back.unplanned.extend(unplanned.iter().map(|&index| points[index as usize]));
                back.points.extend(points.into_iter().map(|point| (shard, point)));
            }
            Err(_) => outcome.fail(&Failed::Stopping, count),
        }
    }
    back
}
