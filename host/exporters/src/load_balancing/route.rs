//! By the ring: which lane of which worker a point goes to.

use std::sync::Arc;

use clock::Clock;
use forward::route::{Leaves, Route};
use forward::splice::{Leaf, NOWHERE};
use otlp::wire::Malformed;
use pipeline::drops::{self, Tally};
use routing::{Position, Ring, Router};

/// How long an age of the router's memory is, seconds.
const AGE_SECONDS: u32 = 60;

/// An odd number by which positions are mixed, so that lanes do not depend on what the ring looks at (Knuth, "multiplicative
/// hashing").
const MIX: u32 = 0x9E37_79B1;

/// The route to the members of a ring.
pub struct ByRing {
    /// Who has which position.
    pub ring: Ring,
    /// Which position a point has; it outlives rings.
    pub router: Arc<Router>,
    /// Lanes of each member.
    pub lanes: u32,
    /// Tells the age.
    pub clock: Clock,
}

impl ByRing {
    #[inline]
    fn slot(&self, position: Position) -> u32 {
        let lane = (position.0.wrapping_mul(MIX) >> 16) % self.lanes.max(1);
        self.ring.member(position).map_or(NOWHERE, |member| member as u32 * self.lanes.max(1) + lane)
    }
}

impl Route for ByRing {
    fn route(&self, request: &Leaves<'_>, slots: &mut Vec<u32>, dropped: &mut Tally) -> Result<(), Malformed> {
        let age = u64::from(self.clock.monotonic().to_seconds().0 / AGE_SECONDS);
        let mut walk = self.router.walk(request.request, request.places, age);
        for leaf in request.leaves {
            let (route, points) = match *leaf {
                Leaf::Point(point) => (walk.point(&request.points[point as usize])?, 1),
                Leaf::Metric(metric) => (walk.metric(metric)?, 0),
                Leaf::Scope(scope) => (walk.scope(scope)?, 0),
                Leaf::Resource(resource) => (walk.resource(resource)?, 0),
            };
            let reason = match route {
                routing::Route::To(position) => {
                    slots.push(self.slot(position));
                    continue;
                }
                routing::Route::NoServiceName => drops::NO_SERVICE_NAME,
                routing::Route::TooLong => drops::TOO_LONG,
            };
            slots.push(NOWHERE);
            if points > 0 {
                dropped.add_many(reason, points);
            }
        }
        Ok(())
    }
}
