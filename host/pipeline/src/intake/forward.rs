//! Requests that leave a pipeline as they came: no shard sees them.

use budget::Budget;
use otlp::points::Point;

use crate::drops::Tally;
use crate::failed::Failed;
use crate::request::Request;

/// An exporter that hands on requests without decoding them.
pub trait Forward: Send + Sync {
    /// Divides a request among the exporter's queues, and reserves room for each part in its queue: for all of them, or none.
    /// Nothing else is changed. What the division takes is charged to `in_flight`.
    ///
    /// # Errors
    /// Why there is no room, or no place to send a point to.
    fn prepare(&self, request: &Request, points: &[Point], in_flight: &Budget) -> Result<Box<dyn Divided>, Failed>;
}

/// A request that has room in all queues that it reaches.
pub trait Divided: Send {
    /// Puts all of it into the queues. `request` and `points` are those that it was made from. Returns what was left out.
    fn commit(self: Box<Self>, request: &Request, points: &[Point]) -> Tally;
}
