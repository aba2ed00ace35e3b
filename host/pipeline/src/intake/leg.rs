//! One pipeline as the intake sees it. A request is prepared for each pipeline that its receiver feeds, which can be refused
//! and changes nothing, and only then committed to each, which cannot be refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use tokio::sync::oneshot;

use super::refusal::{Full, Refusal, TooLarge};
use super::routes::Routes;
use crate::decide::{Deciders, Decisions, Plans};
use crate::drops::Drops;
use crate::outcome::Outcome;
use crate::shard::job::{Answer, Inbox, Job, Message, Request};
use budget::{Charge, Room};
use otlp::points::Point;

/// A shard may have forgotten streams while a job was on its way. After so many attempts the sender is told to come again.
const ATTEMPTS: usize = 4;

/// How long an age of [`Routes`] is, nanoseconds.
const AGE: u64 = 60_000_000_000;

/// A pipeline. Shared by all intakes that feed it.
pub struct Leg {
    pub(super) shards: Vec<Inbox>,
    pub(super) deciders: Deciders,
    /// Needed if there are several shards.
    pub(super) routes: Option<Routes>,
    pub(super) gates: Vec<Gate>,
    pub(super) limiter: Option<Box<dyn Limiter>>,
    pub(super) drops: Drops,
    /// Bytes of requests that are being read or processed.
    pub(super) in_flight: Room,
    pub(super) stopping: AtomicBool,
    pub(super) counts: Counts,
}

/// What the intake did for a pipeline.
#[derive(Debug, Default)]
pub struct Counts {
    /// Requests refused because a queue or the memory was full.
    pub refused_full: AtomicU64,
    /// Requests refused because they are malformed.
    pub refused_malformed: AtomicU64,
    /// Requests refused because they would never fit.
    pub refused_too_large: AtomicU64,
    /// Requests refused because it took too long to decide about their streams.
    pub refused_undecided: AtomicU64,
    /// Requests that came in pieces that only a full decoder puts together.
    pub reassembled: AtomicU64,
    /// Requests that failed in a shard, or because a stage did not decide.
    pub failed: AtomicU64,
}

/// What an exporter has in the way of room.
#[derive(Debug, Clone)]
pub struct Gate {
    /// The exporter's id.
    pub exporter: Arc<str>,
    /// Bytes of its queue.
    pub room: Room,
    /// Requests that wait or are in flight.
    pub waiting: Arc<AtomicUsize>,
    /// How many of them may.
    pub requests: usize,
}

/// A processor that judges how much the host holds before a request is read.
pub trait Limiter: Send + Sync {
    /// Whether another request may come in.
    ///
    /// # Errors
    /// What to tell the sender, who may come again.
    fn check(&self) -> Result<(), Arc<dyn std::error::Error + Send + Sync>>;
}

/// What a leg is built from.
pub struct Parts {
    /// The shards.
    pub shards: Vec<Inbox>,
    /// Who decides about new streams.
    pub deciders: Deciders,
    /// Byte forms of which it is remembered which shard owns them, where there are several shards.
    pub routes: usize,
    /// The exporters' queues.
    pub gates: Vec<Gate>,
    /// The memory limiter, if the pipeline has one.
    pub limiter: Option<Box<dyn Limiter>>,
    /// The pipeline's drop reasons.
    pub drops: Drops,
    /// Bytes of requests at once.
    pub in_flight: Room,
}

impl Parts {
    /// Builds the leg.
    #[must_use]
    pub fn build(self) -> Leg {
        let several = self.shards.len() > 1;
        Leg {
            routes: several.then(|| Routes::new(self.routes)),
            shards: self.shards,
            deciders: self.deciders,
            gates: self.gates,
            limiter: self.limiter,
            drops: self.drops,
            in_flight: self.in_flight,
            stopping: AtomicBool::new(false),
            counts: Counts::default(),
        }
    }
}

/// A request that is ready for a pipeline.
pub struct Prepared<'l> {
    leg: &'l Leg,
    parts: Vec<Vec<Point>>,
    /// Whether all streams are known or decided about.
    prepared: bool,
    decisions: Vec<Decisions<'l>>,
    reserved: Arc<[Charge]>,
}

impl Leg {
    /// Reserves room for what a request turns into, finds the shard of each of its points, and has all streams decided about
    /// that no shard knows. Where `alone` the pipeline is the only one that the request is for: with one shard, that shard
    /// may find out which streams it does not know.
    pub(super) async fn prepare(
        &self,
        request: &Arc<Request>,
        points: Vec<Point>,
        alone: bool,
    ) -> Result<Prepared<'_>, Refusal> {
        let reserved = self.reserve(request.places.expanded)?;
        let mut prepared = Prepared { leg: self, parts: Vec::new(), prepared: true, decisions: Vec::new(), reserved };
        match &self.routes {
            Some(routes) => self.divide(routes, request, points, &mut prepared).await?,
            None if alone => {
                prepared.parts.push(points);
                prepared.prepared = false;
            }
            None => {
                prepared.decisions.push(self.deciders.decide(request, points.clone(), false).await?);
                prepared.parts.push(points);
            }
        }
        Ok(prepared)
    }

    /// Room in the queue of each exporter.
    fn reserve(&self, bytes: usize) -> Result<Arc<[Charge]>, Refusal> {
        let reserve = |gate: &Gate| {
            let Gate { exporter, room, waiting, requests } = gate;
            if waiting.load(Ordering::Relaxed) >= *requests {
                let exporter = Arc::clone(exporter);
                return Err(Refusal::Full(Full::Requests { exporter, limit: *requests }));
            }
            let limit = room.limit();
            if bytes > limit {
                let exporter = Arc::clone(exporter);
                return Err(Refusal::TooLarge(TooLarge::ForQueue { bytes, exporter, limit }));
            }
            let full = || Refusal::Full(Full::Queue { exporter: Arc::clone(exporter), limit });
            room.reserve(bytes).ok_or_else(full)
        };
        self.gates.iter().map(reserve).collect()
    }

    async fn divide<'l>(
        &'l self,
        routes: &Routes,
        request: &Arc<Request>,
        points: Vec<Point>,
        prepared: &mut Prepared<'l>,
    ) -> Result<(), Refusal> {
        let age = self.deciders.clock.monotonic() / AGE;
        prepared.parts = vec![Vec::new(); self.shards.len()];
        let mut unknown = Vec::new();
        for point in points {
            match routes.get(point.key, age) {
                Some(shard) if shard < prepared.parts.len() => prepared.parts[shard].push(point),
                _ => unknown.push(point),
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let decisions = self.deciders.decide(request, unknown.clone(), false).await?;
        for point in unknown {
            let shard = decisions.shard(point.key).unwrap_or_default();
            prepared.parts[shard].push(point);
        }
        prepared.decisions.push(decisions);
        Ok(())
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
    pub fn in_flight(&self) -> &Room {
        &self.in_flight
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.routes.as_ref().map_or(0, Routes::memory)
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
    sent: Result<Vec<Sent>, Refusal>,
}

/// A job on its way: its shard, and where the answer comes.
type Sent = (usize, oneshot::Receiver<Answer>);

impl<'l> Prepared<'l> {
    /// Sends all points to their shards.
    pub fn commit(mut self, request: &Arc<Request>) -> Committed<'l> {
        let parts = std::mem::take(&mut self.parts);
        Committed { sent: self.send(parts, request), prepared: self }
    }

    fn send(&self, parts: Vec<Vec<Point>>, request: &Arc<Request>) -> Result<Vec<Sent>, Refusal> {
        // What was decided last is looked at first.
        let plans: Vec<Plans> = self.decisions.iter().rev().map(Decisions::plans).collect();
        let mut sent = Vec::with_capacity(parts.len());
        for (shard, points) in parts.into_iter().enumerate().filter(|(_, points)| !points.is_empty()) {
            let (reply, answer) = oneshot::channel();
            let plans = plans.clone();
            let (request, reserved) = (Arc::clone(request), Arc::clone(&self.reserved));
            let job = Job { request, points, prepared: self.prepared, plans, reserved, reply };
            self.leg.shards[shard].send(Message::Job(job)).map_err(|_| Refusal::Stopping)?;
            sent.push((shard, answer));
        }
        Ok(sent)
    }
}

impl<'l> Committed<'l> {
    /// The pipeline.
    pub fn leg(&self) -> &'l Leg {
        self.prepared.leg
    }

    /// What became of the points, when all shards have answered.
    ///
    /// # Errors
    /// [`Refusal`]: the host stops, or a shard has forgotten streams that are then not decided about.
    pub async fn outcome(self, request: &Arc<Request>) -> Result<Outcome, Refusal> {
        let Self { mut prepared, sent } = self;
        let mut sent = sent?;
        let mut outcome = Outcome::default();
        let leg = prepared.leg;
        for _ in 0..ATTEMPTS {
            let (points, unplanned) = answers(sent, &mut outcome).await?;
            if unplanned.is_empty() {
                leg.remember(prepared.decisions);
                return Ok(outcome);
            }
            // Where nobody had looked for new streams, another request may just have brought them.
            let again = std::mem::replace(&mut prepared.prepared, true);
            let decisions = leg.deciders.decide(request, unplanned, again).await?;
            let parts = leg.place(points, &decisions);
            prepared.decisions.push(decisions);
            sent = prepared.send(parts, request)?;
        }
        Err(Refusal::Undecided)
    }
}

impl Leg {
    /// Remembers which shards own streams, now that they do: whoever finds a stream here needs no plan.
    fn remember(&self, decisions: Vec<Decisions<'_>>) {
        let age = self.deciders.clock.monotonic() / AGE;
        for decisions in decisions {
            decisions.arrived(|key, shard| {
                if let Some(routes) = &self.routes {
                    routes.insert(key, shard, age);
                }
            });
        }
    }

    /// Points that came back, each to the shard that owns its stream.
    fn place(&self, points: Vec<(usize, Point)>, decisions: &Decisions<'_>) -> Vec<Vec<Point>> {
        let mut parts = vec![Vec::new(); self.shards.len()];
        for (shard, point) in points {
            parts[decisions.shard(point.key).unwrap_or(shard)].push(point);
        }
        parts
    }
}

/// Waits for all shards. Returns the points that came back with the shards that had them, and those without a plan.
async fn answers(sent: Vec<Sent>, outcome: &mut Outcome) -> Result<(Vec<(usize, Point)>, Vec<Point>), Refusal> {
    let (mut back, mut without) = (Vec::new(), Vec::new());
    let mut stopping = false;
    for (shard, answer) in sent {
        match answer.await {
            Ok(Answer::Done(part)) => outcome.merge(&part),
            Ok(Answer::Unplanned { points, unplanned }) => {
                without.extend(unplanned.iter().map(|&index| points[index as usize]));
                back.extend(points.into_iter().map(|point| (shard, point)));
            }
            Err(_) => stopping = true,
        }
    }
    if stopping { Err(Refusal::Stopping) } else { Ok((back, without)) }
}
