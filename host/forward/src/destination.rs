//! Where requests go: some lanes, their room, and what is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

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

/// What is counted beside deliveries.
#[derive(Debug, Default)]
pub struct Counts {
    /// Points that the receiver took a request without.
    pub rejected: AtomicU64,
    /// Points that went to other destinations, as this one has left.
    pub rerouted: AtomicU64,
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
