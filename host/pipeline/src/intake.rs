//! The way into a pipeline: a request is checked whole, room is reserved in everything that it can reach, and only then
//! do its points go to the shards.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;
use thiserror::Error;
use tokio::sync::oneshot;

use super::drops::{Drops, Tally};
use super::outcome::Outcome;
use super::route::Router;
use super::shard::{Failed, Inbox, Job, Message, Request};
use budget::{Charge, Room};
use otlp::key::Keyer;
use otlp::points::{Point, Points};
use otlp::walk::{self, WalkError};
use otlp::wire::{Fault, Malformed};
use streams::describe::Context;

/// A request whose messages come in pieces is decoded in full, which takes this many times its size in memory: a point of
/// two bytes becomes one of a hundred.
const REASSEMBLY_FACTOR: usize = 60;

/// The largest request that is put together from pieces, bytes.
const REASSEMBLED_BYTES: usize = 1 << 20;

/// Takes requests in. Shared by all receivers of the pipeline.
pub struct Intake {
    keyer: Keyer,
    shards: Vec<Inbox>,
    router: Option<Router>,
    gates: Vec<Gate>,
    limiter: Option<Box<dyn Limiter>>,
    drops: Drops,
    /// Bytes of requests that are being read or processed.
    in_flight: Room,
    stopping: AtomicBool,
    counts: Counts,
}

/// What the intake did.
#[derive(Debug, Default)]
pub struct Counts {
    /// Requests refused because a queue or the memory was full.
    pub refused_full: AtomicU64,
    /// Requests refused because they are malformed.
    pub refused_malformed: AtomicU64,
    /// Requests refused because they would never fit.
    pub refused_too_large: AtomicU64,
    /// Requests that came in pieces that only a full decoder puts together.
    pub reassembled: AtomicU64,
    /// Requests that failed in a shard.
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
    fn check(&self) -> Result<(), String>;
}

/// Why a request was not taken. Nothing of it has been counted, or it may be sent again without harm.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The sender's fault; the same again would be refused again.
    #[error("malformed OTLP at byte {offset}: {fault}")]
    Malformed {
        /// What is wrong.
        fault: Fault,
        /// Where, bytes from the beginning of the uncompressed request.
        offset: usize,
    },
    /// The sender's fault, found by the full decoder.
    #[error("malformed OTLP: {0}")]
    Undecodable(String),
    /// Ours, for now.
    #[error("{0}")]
    Full(String),
    /// The sender's fault: whatever room there is, this does not fit.
    #[error("{0}")]
    TooLarge(String),
    /// A processor's.
    #[error("a processor failed: {why}")]
    Failed {
        /// What it did.
        why: String,
        /// Whether the same request may fare better.
        may_retry: bool,
    },
    /// The host is on its way out.
    #[error("the host is shutting down")]
    Stopping,
}

impl Refusal {
    /// Whether the same request may be taken later.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Malformed { .. } | Self::Undecodable(_) | Self::TooLarge(_) => false,
            Self::Full(_) | Self::Stopping => true,
            Self::Failed { may_retry, .. } => *may_retry,
        }
    }
}

/// What became of a request that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Points in it.
    pub points: u64,
    /// Points that were dropped, by reason.
    pub dropped: Tally,
    /// A sentence about them; empty if there are none.
    pub message: String,
}

/// What an intake is built from.
pub struct Parts {
    /// The shards.
    pub shards: Vec<Inbox>,
    /// Needed if there are several.
    pub router: Option<Router>,
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
    /// Builds the intake.
    #[must_use]
    pub fn build(self) -> Intake {
        Intake {
            keyer: Keyer::random(),
            shards: self.shards,
            router: self.router,
            gates: self.gates,
            limiter: self.limiter,
            drops: self.drops,
            in_flight: self.in_flight,
            stopping: AtomicBool::new(false),
            counts: Counts::default(),
        }
    }
}

impl Intake {
    /// Whether a request may be read at all. The charge that comes back is to grow with the bytes that are read.
    ///
    /// # Errors
    /// [`Refusal`], always one that may be retried.
    pub fn admit(&self) -> Result<Charge, Refusal> {
        if self.stopping.load(Ordering::Acquire) {
            return Err(Refusal::Stopping);
        }
        if let Some(limiter) = &self.limiter
            && let Err(message) = limiter.check()
        {
            return Err(self.full(message));
        }
        Ok(self.in_flight.empty_charge())
    }

    /// What to say when the charge of a request can no longer grow.
    pub fn no_room(&self) -> Refusal {
        self.full(format!("{} bytes of requests are being processed already", self.in_flight.limit()))
    }

    /// What to say of a request that is not even bytes of protobuf.
    pub fn undecodable(&self, why: String) -> Refusal {
        self.counts.refused_malformed.fetch_add(1, Ordering::Relaxed);
        Refusal::Undecodable(why)
    }

    fn full(&self, message: String) -> Refusal {
        self.counts.refused_full.fetch_add(1, Ordering::Relaxed);
        Refusal::Full(message)
    }

    /// Processes a request, uncompressed. Returns when all its points are in the exporters' queues.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn submit(&self, bytes: Bytes, charge: Charge) -> Result<Accepted, Refusal> {
        let mut result = self.attempt(bytes.clone(), charge).await;
        if let Err(Refusal::Malformed { fault: Fault::Split, .. }) = result {
            result = match self.reassemble(&bytes) {
                Ok((bytes, charge)) => self.attempt(bytes, charge).await,
                Err(refusal) => Err(refusal),
            };
        }
        match &result {
            Err(Refusal::Malformed { .. } | Refusal::Undecodable(_)) => &self.counts.refused_malformed,
            Err(Refusal::TooLarge(_)) => &self.counts.refused_too_large,
            Err(Refusal::Failed { .. }) => &self.counts.failed,
            _ => return result,
        }
        .fetch_add(1, Ordering::Relaxed);
        result
    }

    async fn attempt(&self, bytes: Bytes, mut charge: Charge) -> Result<Accepted, Refusal> {
        let mut found = match walk::walk(&bytes, &self.keyer, &mut |more| charge.grow(more)) {
            Ok(found) => found,
            Err(WalkError::Malformed(malformed)) => return Err(malformed_in(&bytes, malformed)),
            Err(WalkError::NoRoom) => return Err(self.no_room()),
        };
        let count = found.points.len() as u64;
        if count == 0 {
            return Ok(Accepted { points: 0, dropped: Tally::default(), message: String::new() });
        }
        let reserved = self.reserve(&found)?;
        let points = std::mem::take(&mut found.points);
        let request = Arc::new(Request { bytes: bytes.clone(), places: found, charge });
        let parts = self.divide(points, &request).map_err(|failed| refused(&bytes, failed))?;
        let mut replies = Vec::with_capacity(parts.len());
        for (inbox, points) in parts {
            let (reply, answer) = oneshot::channel();
            let job = Job { request: Arc::clone(&request), points, reserved: Arc::clone(&reserved), reply };
            inbox.send(Message::Job(job)).map_err(|_| Refusal::Stopping)?;
            replies.push(answer);
        }
        drop((request, reserved));
        self.collect(&bytes, count, replies).await
    }

    /// Messages in pieces are legal, and so rare that a full decoder may put them together.
    #[cold]
    fn reassemble(&self, bytes: &[u8]) -> Result<(Bytes, Charge), Refusal> {
        self.counts.reassembled.fetch_add(1, Ordering::Relaxed);
        if bytes.len() > REASSEMBLED_BYTES {
            let why = format!("messages in pieces are taken in requests of up to {REASSEMBLED_BYTES} bytes only");
            return Err(Refusal::TooLarge(why));
        }
        let mut charge = self.in_flight.empty_charge();
        if !charge.grow(bytes.len() * REASSEMBLY_FACTOR) {
            return Err(self.no_room());
        }
        let request =
            ExportMetricsServiceRequest::decode(bytes).map_err(|error| Refusal::Undecodable(error.to_string()))?;
        Ok((request.encode_to_vec().into(), charge))
    }

    /// Room in the queue of each exporter for what the request turns into.
    fn reserve(&self, found: &Points) -> Result<Arc<[Charge]>, Refusal> {
        let most = found.expanded;
        let reserve = |gate: &Gate| {
            if gate.waiting.load(Ordering::Relaxed) >= gate.requests {
                return Err(self.full(format!("{} requests wait for exporter {}", gate.requests, gate.exporter)));
            }
            if most > gate.room.limit() {
                let why = format!(
                    "the points of this request may take {most} bytes in the queue of exporter {}, which has {}: send \
                     smaller requests",
                    gate.exporter,
                    gate.room.limit()
                );
                return Err(Refusal::TooLarge(why));
            }
            gate.room.reserve(most).ok_or_else(|| {
                self.full(format!("the queue of exporter {} ({} bytes) is full", gate.exporter, gate.room.limit()))
            })
        };
        self.gates.iter().map(reserve).collect()
    }

    fn divide(&self, points: Vec<Point>, request: &Request) -> Result<Vec<(&Inbox, Vec<Point>)>, Failed> {
        let Some(router) = &self.router else {
            return Ok(self.shards.first().map(|inbox| (inbox, points)).into_iter().collect());
        };
        let mut parts: Vec<Vec<Point>> = vec![Vec::new(); self.shards.len()];
        let mut context = Context::default();
        let routed = points.into_iter().try_for_each(|point| -> Result<(), Failed> {
            parts[router.route(&point, request, &mut context)?].push(point);
            Ok(())
        });
        router.release(context);
        routed?;
        Ok(self.shards.iter().zip(parts).filter(|(_, points)| !points.is_empty()).collect())
    }

    async fn collect(
        &self,
        bytes: &Bytes,
        points: u64,
        replies: Vec<oneshot::Receiver<Outcome>>,
    ) -> Result<Accepted, Refusal> {
        let mut outcome = Outcome::default();
        let mut stopping = false;
        for reply in replies {
            match reply.await {
                Ok(part) => outcome.merge(&part),
                Err(_) => stopping = true,
            }
        }
        if stopping {
            return Err(Refusal::Stopping);
        }
        let lost = outcome.settle(points).map_err(|why| refused(bytes, why))?;
        self.drops.count(&outcome.dropped);
        let mut dropped = outcome.filtered;
        dropped.merge(&outcome.dropped);
        let mut message = if dropped.total() == 0 { String::new() } else { self.drops.explain(&dropped) };
        if let Some(why) = lost {
            // Writing to a string cannot fail.
            let _ = write!(message, "; {}", refused(bytes, why));
        }
        Ok(Accepted { points, dropped, message })
    }

    /// From now on no request is taken.
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
}

fn refused(bytes: &Bytes, failed: Failed) -> Refusal {
    match failed {
        Failed::Malformed(malformed) => malformed_in(bytes, malformed),
        Failed::Guest { why, may_retry } => Refusal::Failed { why, may_retry },
    }
}

fn malformed_in(bytes: &[u8], malformed: Malformed) -> Refusal {
    Refusal::Malformed { fault: malformed.fault, offset: malformed.offset(bytes) }
}
