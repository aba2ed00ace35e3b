//! The way of a request: divided, room reserved for each part, appended to the lanes.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};

use budget::{Budget, Reservation};
use clock::Clock;
use delivery::{Attempt, DeliveryCounts};
use otlp::key::Keyer;
use otlp::points::{Point, Points};
use otlp::wire::Malformed;
use pipeline::drops::Tally;
use pipeline::failed::{Failed, Full};
use pipeline::intake::forward::{Divided, Forward};
use pipeline::request::Request;

use crate::batch::Batch;
use crate::destination::{Counters, Counts, Destination};
use crate::left::Left;
use crate::route::{Leaves, OneDestination};
use crate::settings::Settings;
use crate::splice::{self, Plan};
use crate::table::Table;

/// A request that goes to other destinations may take so many times its bytes there, whatever room there is: it has had room.
const GROWTH: usize = 4;

/// Makes clients. Each lane has one of its own.
pub trait Connect: Send + Sync + 'static {
    /// Tries to deliver a batch.
    type Client: Attempt<Item = Batch, Pieces = Batch>;

    /// A client for a lane to `endpoint`, whose answers are counted in `destination`.
    fn client(&self, endpoint: &str, counts: &Arc<Counts>) -> Self::Client;
}

/// Hands on requests.
pub struct Forwarder<C> {
    pub(crate) settings: Settings,
    pub(crate) connect: C,
    pub(crate) clock: Clock,
    pub(crate) keyer: Keyer,
    pub(crate) total: Budget,
    pub(crate) left: Left,
    table: RwLock<Arc<Table>>,
}

/// A request that has room.
struct Ready<C> {
    forwarder: Arc<Forwarder<C>>,
    table: Arc<Table>,
    plan: Plan,
    dropped: Tally,
    /// One a part.
    reservations: Vec<Reservation>,
    /// For the plan.
    _planning: Reservation,
}

impl<C: Connect> Forwarder<C> {
    /// A forwarder without destinations.
    pub fn new(settings: Settings, connect: C, clock: Clock, keyer: Keyer) -> Arc<Self> {
        let total = Budget::new(settings.queue.total_bytes);
        let lanes = settings.queue.lanes.max(1);
        let route = Arc::new(OneDestination { lanes });
        let table = RwLock::new(Arc::new(Table { destinations: Vec::new(), lanes, route }));
        Arc::new(Self { settings, connect, clock, keyer, total, left: Left::default(), table })
    }

    /// What it was told.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The room of all destinations together.
    pub fn total(&self) -> &Budget {
        &self.total
    }

    /// The destinations as they are.
    pub fn destinations(&self) -> Vec<Arc<Destination>> {
        self.table().destinations.clone()
    }

    /// What is told of the destinations, and of those that have left not long ago.
    pub fn counters(&self) -> Vec<Counters> {
        // In this order: who leaves in between is not left out.
        let mut all: Vec<Counters> = self.table().destinations.iter().map(|known| known.counters()).collect();
        for counters in self.left.told(self.clock.monotonic()) {
            if all.iter().all(|known| known.endpoint != counters.endpoint) {
                all.push(counters);
            }
        }
        all
    }

    pub(crate) fn table(&self) -> Arc<Table> {
        Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_table(&self, table: Table) {
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
    }

    /// Where the parts of a request go; counts what goes nowhere.
    fn plan(
        &self,
        table: &Table,
        (request, places, points): (&[u8], &Points, &[Point]),
        dropped: &mut Tally,
    ) -> Result<Plan, Malformed> {
        let most = self.settings.filling.bytes;
        if let Some(slot) = table.route.only().filter(|_| request.len() <= most) {
            return Ok(Plan::whole(slot, request.len(), points.len()));
        }
        let leaves = splice::leaves(places, points);
        let mut slots = Vec::with_capacity(leaves.len());
        table.route.route(&Leaves { request, places, points, leaves: &leaves }, &mut slots, dropped)?;
        splice::divide(request, (places, points), &leaves, &slots, table.slots(), most)
    }

    /// Appends the parts of a request to their lanes. What is for a destination that has left meanwhile is routed anew.
    fn append(
        &self,
        table: &Arc<Table>,
        plan: &Plan,
        reservations: Vec<Reservation>,
        (request, places, points): (&[u8], &Points, &[Point]),
    ) {
        let now = self.clock.moment();
        for (part, reservation) in plan.parts().iter().zip(reservations) {
            let write = |out: &mut Vec<u8>| plan.write(part, request, places, points, out);
            let size = (part.bytes, part.points);
            let appended = table.lane(part.slot).append(size, reservation, self.settings.filling, now, write);
            if appended.is_err() {
                let lost = &table.destination(part.slot).counts;
                // Where the destinations are the same, the host is on its way out.
                if Arc::ptr_eq(&self.table(), table) {
                    lost.given_up.fetch_add(part.points as u64, Ordering::Relaxed);
                    continue;
                }
                let mut bytes = Vec::with_capacity(part.bytes);
                write(&mut bytes);
                self.reroute(&bytes, part.points, lost);
            }
        }
    }

    /// Sends a request, which had room elsewhere and gets it here whether there is any or not, to the destinations as they are.
    /// Where there are none its points are given up.
    pub(crate) fn reroute(&self, request: &[u8], points: usize, lost: &DeliveryCounts) {
        let table = self.table();
        if table.destinations.is_empty() || !self.append_anew(&table, request) {
            lost.given_up.fetch_add(points as u64, Ordering::Relaxed);
        }
    }

    fn append_anew(&self, table: &Arc<Table>, request: &[u8]) -> bool {
        let Ok(mut places) = otlp::scan::scan(request, &self.keyer, &mut |_| true) else { return false };
        let points = std::mem::take(&mut places.points);
        let Ok(plan) = self.plan(table, (request, &places, &points), &mut Tally::default()) else { return false };
        // What it has in common with all of its parts is in each of them.
        let bytes: usize = plan.parts().iter().map(|part| part.bytes).sum();
        let has_had_room = bytes <= GROWTH * request.len();
        let reservations = plan.parts().iter().map(|part| {
            let mut reservation = table.destination(part.slot).empty_reservation(&self.total);
            if has_had_room {
                reservation.settle(part.bytes);
                return Some(reservation);
            }
            reservation.grow(part.bytes).then_some(reservation)
        });
        let Some(reservations) = reservations.collect() else { return false };
        self.append(table, &plan, reservations, (request, &places, &points));
        true
    }
}

/// The leg of a pipeline.
pub struct Leg<C>(pub Arc<Forwarder<C>>);

impl<C: Connect> Forward for Leg<C> {
    fn prepare(&self, request: &Request, points: &[Point], in_flight: &Budget) -> Result<Box<dyn Divided>, Failed> {
        let Self(forwarder) = self;
        let table = forwarder.table();
        if table.destinations.is_empty() {
            let exporter = Arc::clone(&forwarder.settings.exporter);
            return Err(Failed::Full(Full::NoDestination { exporter }));
        }
        let planning = in_flight.reserve(splice::memory(&request.places, points));
        let planning = planning.ok_or(Failed::Full(Full::InFlight { limit: in_flight.limit() }))?;
        let mut dropped = Tally::default();
        let plan = forwarder.plan(&table, (&request.bytes, &request.places, points), &mut dropped);
        let plan = plan.map_err(Failed::Malformed)?;
        let reserve = |part: &splice::Part| {
            table.destination(part.slot).reserve(part.bytes, &forwarder.settings, &forwarder.total)
        };
        let reservations = plan.parts().iter().map(reserve).collect::<Result<_, _>>()?;
        let forwarder = Arc::clone(forwarder);
        Ok(Box::new(Ready { forwarder, table, plan, dropped, reservations, _planning: planning }))
    }
}

impl<C: Connect> Divided for Ready<C> {
    fn commit(self: Box<Self>, request: &Request, points: &[Point]) -> Tally {
        let Self { forwarder, table, plan, dropped, reservations, .. } = *self;
        forwarder.append(&table, &plan, reservations, (&request.bytes, &request.places, points));
        dropped
    }
}
