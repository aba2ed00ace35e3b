//! What is divided: points, and messages that have none.

use otlp::points::{Point, Points};

/// The smallest things that go to one slot. Indexes are those of the scan's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// A data point.
    Point(u32),
    /// A metric without points.
    Metric(u32),
    /// A scope without metrics.
    Scope(u32),
    /// A resource without scopes.
    Resource(u32),
}

/// All of them, in the order in which they stand.
#[must_use]
pub fn leaves(places: &Points, points: &[Point]) -> Vec<Leaf> {
    let mut leaves = Vec::with_capacity(points.len() + places.metrics.len() + places.scopes.len());
    each(places, points, |leaf| leaves.push(leaf));
    leaves
}

fn each(places: &Points, points: &[Point], mut each: impl FnMut(Leaf)) {
    let (mut scope, mut metric, mut point) = (0, 0, 0);
    for resource in 0..places.resources.len() {
        let first_scope = scope;
        while places.scopes.get(scope).is_some_and(|place| place.resource as usize == resource) {
            let first_metric = metric;
            while places.metrics.get(metric).is_some_and(|place| place.scope as usize == scope) {
                let first_point = point;
                while points.get(point).is_some_and(|place| place.metric as usize == metric) {
                    each(Leaf::Point(point as u32));
                    point += 1;
                }
                if point == first_point {
                    each(Leaf::Metric(metric as u32));
                }
                metric += 1;
            }
            if metric == first_metric {
                each(Leaf::Scope(scope as u32));
            }
            scope += 1;
        }
        if scope == first_scope {
            each(Leaf::Resource(resource as u32));
        }
    }
}
