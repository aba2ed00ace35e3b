//! Which lane a point goes to.

use otlp::points::{Point, Points};
use otlp::wire::Malformed;

/// Finds the slots of points. A slot is a lane of a destination: the number of the destination times the number of lanes, plus
/// that of the lane. The same stream has the same slot as long as the destinations stay the same.
pub trait Route: Send + Sync {
    /// Appends the slot of each of `points`, which `places` belongs to, to `slots`.
    ///
    /// # Errors
    /// If a description that it has to read is malformed.
    fn route(&self, request: &[u8], places: &Points, points: &[Point], slots: &mut Vec<u32>) -> Result<(), Malformed>;
}

/// One destination: the byte form of a stream says which of its lanes it takes.
#[derive(Debug, Clone, Copy)]
pub struct OneDestination {
    /// Lanes, at least one.
    pub lanes: usize,
}

impl Route for OneDestination {
    fn route(&self, _: &[u8], _: &Points, points: &[Point], slots: &mut Vec<u32>) -> Result<(), Malformed> {
        let lanes = self.lanes.max(1) as u128;
        // Keys are hashes: their lower halves are spread evenly.
        slots.extend(points.iter().map(|point| if lanes == 1 { 0 } else { (point.key.0 % lanes) as u32 }));
        Ok(())
    }
}
