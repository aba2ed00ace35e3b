//! The way into the host: a request is checked whole, it is prepared for each pipeline that its receiver feeds, with room in
//! everything that it can reach, and only then do its points go to the shards.

pub mod leg;
pub mod refusal;
pub mod routes;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;

use super::context::RequestContext;
use super::drops::Tally;
use super::failed::{Full, TooLarge};
use super::outcome::Outcome;
use super::request::Request;
use budget::{Budget, Reservation};
use leg::{Committed, Leg, Prepared};
use otlp::key::Keyer;
use otlp::points::{Point, Points};
use otlp::scan::{self, ScanError};
use otlp::wire::Fault;
use refusal::{Accepted, Refusal};

/// A request whose messages come in pieces is decoded in full, which takes this many times its size in memory: a point of
/// two bytes becomes one of a hundred.
const REASSEMBLY_FACTOR: usize = 60;

/// The largest request that is put together from pieces, bytes.
const REASSEMBLED_BYTES: usize = 1 << 20;

/// Takes requests in, for one receiver.
pub struct Intake {
    keyer: Keyer,
    legs: Vec<Arc<Leg>>,
    /// What requests are charged to where no pipeline is fed.
    nowhere: Budget,
}

impl Intake {
    /// An intake into these pipelines. `keyer` is the process's own, as all must agree on keys.
    #[must_use]
    pub fn new(keyer: Keyer, legs: Vec<Arc<Leg>>) -> Self {
        Self { keyer, legs, nowhere: Budget::new(0) }
    }

    /// Whether a request may be read at all. The reservation that comes back is to grow with the bytes that are read.
    ///
    /// # Errors
    /// [`Refusal`], always one that may be retried.
    pub fn admit(&self) -> Result<Reservation, Refusal> {
        for leg in &self.legs {
            if leg.stopping.load(Ordering::Acquire) {
                return Err(Refusal::Stopping);
            }
            if let Some(limiter) = &leg.limiter
                && let Err(why) = limiter.check()
            {
                return Err(self.refuse(Refusal::Full(Full::Memory(why))));
            }
        }
        Ok(self.empty_reservation())
    }

    /// A reservation at all pipelines.
    fn empty_reservation(&self) -> Reservation {
        let mut reservations = self.legs.iter().map(|leg| leg.in_flight.empty_reservation());
        let first = reservations.next().unwrap_or_else(|| self.nowhere.empty_reservation());
        first.with(reservations.collect())
    }

    /// What to say when the reservation of a request can no longer grow.
    pub fn no_room(&self) -> Refusal {
        self.refuse(self.in_flight_full())
    }

    fn in_flight_full(&self) -> Refusal {
        let limit = self.legs.iter().map(|leg| leg.in_flight.limit()).min().unwrap_or_default();
        Refusal::Full(Full::InFlight { limit })
    }

    /// What to say of a request that is not even bytes of protobuf.
    pub fn undecodable(&self, why: impl std::error::Error + Send + Sync + 'static) -> Refusal {
        self.refuse(Refusal::Undecodable(Arc::new(why)))
    }

    /// Counts a refusal, at each pipeline.
    fn refuse(&self, refusal: Refusal) -> Refusal {
        self.legs.iter().for_each(|leg| leg.count(&refusal));
        refusal
    }

    /// Processes a request, uncompressed. Returns when all its points are in the exporters' queues.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn submit(
        &self,
        bytes: Bytes,
        reservation: Reservation,
        context: RequestContext,
    ) -> Result<Accepted, Refusal> {
        // Apart, or a call that still waits for its body would take as much memory.
        Box::pin(self.process(bytes, reservation, context)).await
    }

    async fn process(
        &self,
        bytes: Bytes,
        mut reservation: Reservation,
        context: RequestContext,
    ) -> Result<Accepted, Refusal> {
        if !reservation.grow(context.memory()) {
            return Err(self.no_room());
        }
        let scanned = match self.scan(&bytes, reservation) {
            Ok((found, reservation)) => Ok((bytes, found, reservation)),
            Err(Refusal::Malformed { fault: Fault::Split, .. }) => self.reassemble(&bytes),
            Err(refusal) => Err(refusal),
        };
        let result = match scanned {
            Ok((bytes, found, reservation)) => self.take(bytes, found, reservation, context).await,
            Err(refusal) => Err(refusal),
        };
        result.map_err(|refusal| self.refuse(refusal))
    }

    fn scan(&self, bytes: &[u8], mut reservation: Reservation) -> Result<(Points, Reservation), Refusal> {
        match scan::scan(bytes, &self.keyer, &mut |more| reservation.grow(more)) {
            Ok(found) => Ok((found, reservation)),
            Err(ScanError::Malformed(malformed)) => Err(Refusal::malformed(malformed, bytes)),
            Err(ScanError::NoRoom) => Err(self.in_flight_full()),
        }
    }

    /// Messages in pieces are legal, and so rare that a full decoder may put them together.
    #[cold]
    fn reassemble(&self, bytes: &[u8]) -> Result<(Bytes, Points, Reservation), Refusal> {
        for leg in &self.legs {
            leg.counts.reassembled.fetch_add(1, Ordering::Relaxed);
        }
        if bytes.len() > REASSEMBLED_BYTES {
            return Err(Refusal::TooLarge(TooLarge::InPieces { limit: REASSEMBLED_BYTES }));
        }
        let mut reservation = self.empty_reservation();
        if !reservation.grow(bytes.len() * REASSEMBLY_FACTOR) {
            return Err(self.in_flight_full());
        }
        let request =
            ExportMetricsServiceRequest::decode(bytes).map_err(|error| Refusal::Undecodable(Arc::new(error)))?;
        let bytes: Bytes = request.encode_to_vec().into();
        let (found, reservation) = self.scan(&bytes, reservation)?;
        Ok((bytes, found, reservation))
    }

    async fn take(
        &self,
        bytes: Bytes,
        mut found: Points,
        reservation: Reservation,
        context: RequestContext,
    ) -> Result<Accepted, Refusal> {
        let points = std::mem::take(&mut found.points);
        let count = points.len() as u64;
        if count == 0 {
            return Ok(Accepted { points: 0, dropped: Tally::default(), message: String::new() });
        }
        let request = Arc::new(Request { bytes, places: found, context, reservation });
        let prepared = self.prepare(&request, points).await?;
        self.commit(&request, prepared, count).await
    }

    /// Everything that can fail.
    async fn prepare(&self, request: &Arc<Request>, points: Vec<Point>) -> Result<Vec<Prepared<'_>>, Refusal> {
        let mut prepared = Vec::with_capacity(self.legs.len());
        if let [leg] = self.legs.as_slice() {
            prepared.push(leg.prepare(request, points, true).await?);
        } else {
            for leg in &self.legs {
                prepared.push(leg.prepare(request, points.clone(), false).await?);
            }
        }
        // Last, or who waits for a decision would keep room from others meanwhile.
        prepared.iter_mut().try_for_each(|prepared| prepared.reserve(&request.places))?;
        Ok(prepared)
    }

    /// Nothing can be refused here; but what a stage does with points may fail. What fails in one pipeline takes nothing from
    /// another: where a part of the request has been counted and the rest may fare better, the sender comes again and what
    /// was counted is recognised.
    async fn commit(
        &self,
        request: &Arc<Request>,
        prepared: Vec<Prepared<'_>>,
        points: u64,
    ) -> Result<Accepted, Refusal> {
        // All of it is on its way before anything is waited for: a sender may hang up meanwhile.
        let committed: Vec<Committed<'_>> = prepared.into_iter().map(|prepared| prepared.commit(request)).collect();
        let mut settled = Vec::with_capacity(committed.len());
        for committed in committed {
            let leg = committed.leg();
            let mut outcome = committed.outcome(request).await;
            let lost = outcome.settle(points).map_err(|why| Refusal::of(why, &request.bytes));
            settled.push((leg, outcome, lost));
        }
        let counted = settled.iter().any(|(.., lost)| lost.is_ok());
        let mut accepted = Accepted { points, dropped: Tally::default(), message: String::new() };
        let mut refused = None;
        for (leg, mut outcome, lost) in settled {
            let lost = match lost {
                Ok(lost) => lost.map(|why| Refusal::of(why, &request.bytes)),
                // The sender would believe that nothing is counted.
                Err(refusal) if counted && !refusal.may_retry() => {
                    outcome.lose_all();
                    Some(refusal)
                }
                Err(refusal) => {
                    refused = Some(refusal);
                    continue;
                }
            };
            accepted.add(leg, outcome, lost);
        }
        refused.map_or(Ok(accepted), Err)
    }
}

impl Accepted {
    /// Adds what became of the points in one pipeline; `lost` says why some did not get through. Of several pipelines the
    /// one that dropped most counts.
    fn add(&mut self, leg: &Leg, outcome: Outcome, lost: Option<Refusal>) {
        leg.drops.count(&outcome.dropped);
        let mut dropped = outcome.filtered;
        dropped.merge(&outcome.dropped);
        if dropped.total() > 0 {
            let separator = if self.message.is_empty() { "" } else { "; " };
            // Writing to a string cannot fail.
            let _ = write!(self.message, "{separator}{}", leg.drops.explain(&dropped));
        }
        if let Some(why) = lost {
            let _ = write!(self.message, "; {why}");
        }
        if dropped.total() > self.dropped.total() {
            self.dropped = dropped;
        }
    }
}
