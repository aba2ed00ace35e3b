//! Which lane a point goes to.

use otlp::points::{Point, Points};
use otlp::wire::Malformed;
use pipeline::drops::Tally;

use crate::splice::Leaf;

/// Finds the slots of what is in a request. A slot is a lane of a destination: the number of the destination times the number of
/// lanes, plus that of the lane. The same stream has the same slot as long as the destinations stay the same.
pub trait Route: Send + Sync {
    /// The only slot, if there is no other.
    fn only(&self) -> Option<u32> {
        None
    }

    /// Appends the slot of each of the leaves of `request` to `slots`; [`NOWHERE`](crate::splice::NOWHERE) for those that are
    /// dropped, which are counted in `dropped`.
    ///
    /// # Errors
    /// If a description that it has to read is malformed.
    fn route(&self, request: &Leaves<'_>, slots: &mut Vec<u32>, dropped: &mut Tally) -> Result<(), Malformed>;
}

/// A request, taken apart.
#[derive(Debug, Clone, Copy)]
pub struct Leaves<'a> {
    /// Its bytes.
    pub request: &'a [u8],
    /// What the scan has found, without points.
    pub places: &'a Points,
    /// The points.
    pub points: &'a [Point],
    /// What is divided, in the order in which it stands.
    pub leaves: &'a [Leaf],
}

/// One destination: the byte form of a stream says which of its lanes it takes.
#[derive(Debug, Clone, Copy)]
pub struct OneDestination {
    /// Lanes, at least one.
    pub lanes: usize,
}

impl Route for OneDestination {
    fn only(&self) -> Option<u32> {
        (self.lanes <= 1).then_some(0)
    }

    fn route(&self, request: &Leaves<'_>, slots: &mut Vec<u32>, _: &mut Tally) -> Result<(), Malformed> {
        // Keys are hashes: their lower halves are spread evenly. What has no points is not ordered.
        let slot = |leaf: &Leaf| match leaf {
            Leaf::Point(point) => (request.points[*point as usize].key.0 % self.lanes.max(1) as u128) as u32,
            Leaf::Metric(_) | Leaf::Scope(_) | Leaf::Resource(_) => 0,
        };
        slots.extend(request.leaves.iter().map(slot));
        Ok(())
    }
}
