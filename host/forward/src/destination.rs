//! Where requests go: some lanes, their room, and what is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use budget::{Budget, Reservation};
use delivery::DeliveryCounts;
use pipeline::failed::{Failed, Full, TooLarge};
use tokio::sync::watch;

use crate::lane::Lane;
use crate::settings::Settings;

/// A destination.
#[derive(Debug)]
pub struct Destination {
    /// Its address, as it is configured or was found.
    pub endpoint: Box<str>,
    /// What was delivered; what was rerouted is in it.
    pub counts: Arc<DeliveryCounts>,
    /// What its answers said, and what left its queue on another way.
    pub more: Arc<Counts>,
    /// Its room, uncompressed bytes.
    pub budget: Budget,
    pub(crate) lanes: Box<[Lane]>,
    pub(crate) standing: Arc<Standing>,
}

/// What is told of a destination, also when it has left.
#[derive(Debug, Clone)]
pub struct Counters {
    /// As in [`Destination`].
    pub endpoint: Box<str>,
    /// As there.
    pub counts: Arc<DeliveryCounts>,
    /// As there.
    pub more: Arc<Counts>,
    /// As there.
    pub budget: Budget,
}

/// What is counted beside deliveries.
#[derive(Debug, Default)]
pub struct Counts {
    /// How long attempts took, and whether they were answered well.
    pub attempts: Attempts,
    /// Points that the receiver took a request without.
    pub rejected: AtomicU64,
    /// Points that went to other destinations, as this one has left.
    pub rerouted: AtomicU64,
}

/// Bounds of [`Attempts::latency`], milliseconds: those of the Collector's load balancing exporter.
pub const LATENCY_BOUNDS: [u64; 10] = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

/// Attempts at deliveries.
#[derive(Debug, Default)]
pub struct Attempts {
    /// Those that were answered well.
    pub succeeded: AtomicU64,
    /// All others.
    pub failed: AtomicU64,
    /// How many took no longer than each of [`LATENCY_BOUNDS`] and longer than the one before, and how many longer than all.
    pub latency: [AtomicU64; LATENCY_BOUNDS.len() + 1],
    /// What all of them took, milliseconds.
    pub milliseconds: AtomicU64,
}

impl Attempts {
    /// Counts an attempt.
    pub(crate) fn count(&self, took: Duration, succeeded: bool) {
        let outcome = if succeeded { &self.succeeded } else { &self.failed };
        outcome.fetch_add(1, Ordering::Relaxed);
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let bucket = LATENCY_BOUNDS.partition_point(|bound| *bound < milliseconds);
        self.latency[bucket].fetch_add(1, Ordering::Relaxed);
        self.milliseconds.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

/// Whether a destination is still one.
#[derive(Debug)]
pub(crate) struct Standing {
    /// Requests for it go elsewhere.
    pub removed: AtomicBool,
    /// Turns true when it is removed or the host stops: waits are cut short.
    pub stopping: watch::Sender<bool>,
}

impl Default for Standing {
    fn default() -> Self {
        Self { removed: AtomicBool::new(false), stopping: watch::Sender::new(false) }
    }
}

impl Standing {
    pub fn is_removed(&self) -> bool {
        self.removed.load(Ordering::Acquire)
    }
}

impl Destination {
    /// Reserves `bytes`, of `total` as well.
    ///
    /// # Errors
    /// If there is no room, now or ever.
    pub(crate) fn reserve(&self, bytes: usize, settings: &Settings, total: &Budget) -> Result<Reservation, Failed> {
        let exporter = || Arc::clone(&settings.exporter);
        if self.counts.waiting.load(Ordering::Relaxed) >= settings.queue.batches {
            return Err(Failed::Full(Full::Requests { exporter: exporter(), limit: settings.queue.batches }));
        }
        let limit = self.budget.limit();
        if bytes > limit {
            return Err(Failed::TooLarge(TooLarge::ForQueue { bytes, exporter: exporter(), limit }));
        }
        let mut reservation = self.empty_reservation(total);
        if reservation.grow(bytes) {
            Ok(reservation)
        } else {
            Err(Failed::Full(Full::Queue { exporter: exporter(), limit }))
        }
    }

    /// A reservation of no bytes, of `total` as well.
    pub(crate) fn empty_reservation(&self, total: &Budget) -> Reservation {
        self.budget.empty_reservation().with(vec![total.empty_reservation()])
    }

    pub(crate) fn counters(&self) -> Counters {
        let (counts, more) = (Arc::clone(&self.counts), Arc::clone(&self.more));
        Counters { endpoint: self.endpoint.clone(), counts, more, budget: self.budget.clone() }
    }

    /// Hands on what is in its lanes, which take nothing any more, and cuts waits short.
    pub(crate) fn close(&self) {
        self.lanes.iter().for_each(Lane::close);
        self.standing.stopping.send_replace(true);
    }

    /// Is a destination no longer: what waits for it goes to the others.
    pub(crate) fn remove(&self) {
        self.standing.removed.store(true, Ordering::Release);
        self.close();
    }
}
