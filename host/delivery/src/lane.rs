//! The queue of a lane.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use budget::Reservation;
use tokio::sync::mpsc;

use crate::{DeliveryCounts, Item};

/// Where items are queued; they are delivered in this order. When all clones are gone and the queue is empty, its
/// [`Runner`](crate::Runner) ends.
#[derive(Debug)]
pub struct Lane<T> {
    queue: mpsc::UnboundedSender<Queued<T>>,
    counts: Arc<DeliveryCounts>,
    /// Items of this lane that wait or are in flight.
    depth: Arc<AtomicUsize>,
}

/// An item that waits, or is in flight.
#[derive(Debug)]
pub(crate) struct Queued<T> {
    pub item: T,
    /// What the item holds. It is given back when the item has been delivered, refused or given up.
    pub reservation: Reservation,
}

/// The runner's end of a queue.
pub(crate) type Queue<T> = mpsc::UnboundedReceiver<Queued<T>>;

impl<T: Item> Lane<T> {
    pub(crate) fn new(counts: Arc<DeliveryCounts>) -> (Self, Queue<T>) {
        #[expect(clippy::disallowed_methods, reason = "bounded by the bytes that each item is charged for")]
        let (sender, queue) = mpsc::unbounded_channel();
        (Self { queue: sender, counts, depth: Arc::default() }, queue)
    }

    /// Puts an item, whose bytes are reserved in `reservation`, at the lane's end.
    pub fn push(&self, item: T, reservation: Reservation) {
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        self.depth.fetch_add(1, Ordering::Relaxed);
        if let Err(mpsc::error::SendError(Queued { item, .. })) = self.queue.send(Queued { item, reservation }) {
            // The runner is gone: the host is on its way out.
            self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
            self.depth.fetch_sub(1, Ordering::Relaxed);
            self.counts.given_up.fetch_add(item.points() as u64, Ordering::Relaxed);
        }
    }
}

impl<T> Lane<T> {
    /// Items that wait or are in flight.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.depth.load(Ordering::Relaxed)
    }

    pub(crate) fn depth(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.depth)
    }
}

impl<T> Clone for Lane<T> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), counts: Arc::clone(&self.counts), depth: Arc::clone(&self.depth) }
    }
}
