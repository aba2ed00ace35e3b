//! The destinations of a moment, and the route to them.

use std::sync::Arc;

use crate::destination::Destination;
use crate::lane::Lane;
use crate::route::Route;

/// What a request is divided by. A new one takes its place when destinations come or go.
pub(crate) struct Table {
    pub destinations: Vec<Arc<Destination>>,
    /// Lanes of each destination.
    pub lanes: usize,
    pub route: Arc<dyn Route>,
}

impl Table {
    /// How many slots there are.
    pub fn slots(&self) -> usize {
        self.destinations.len() * self.lanes
    }

    /// The destination of a slot.
    pub fn destination(&self, slot: u32) -> &Destination {
        &self.destinations[slot as usize / self.lanes]
    }

    /// The lane of a slot.
    pub fn lane(&self, slot: u32) -> &Lane {
        &self.destination(slot).lanes[slot as usize % self.lanes]
    }
}
