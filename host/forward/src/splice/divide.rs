//! From points with slots to a plan.

use std::ops::Range;

use otlp::points::{Point, Points};
use otlp::wire::Malformed;

use super::layout::Layout;
use super::leaf::{self, Leaf};
use super::measure::Measure;
use super::plan::{Division, Plan};

/// What a plan may take for each point, resource, scope and metric, bytes: its leaf and slot, its own fields, the lengths
/// around it.
const PLANNED_BYTES: usize = 48;

/// The most that the plan of a request takes, bytes.
#[must_use]
pub fn memory(places: &Points, points: &[Point]) -> usize {
    (places.resources.len() + places.scopes.len() + places.metrics.len() + points.len()) * PLANNED_BYTES
}

/// Divides `request`, whose points are `points`, among slots: `slots` has that of each point, and all are below `count`. No
/// part is larger than `most` bytes, unless a single point makes it so.
///
/// # Errors
/// If `places` are not those of the request.
pub fn divide(
    request: &[u8],
    places: &Points,
    points: &[Point],
    slots: &[u32],
    count: usize,
    most: usize,
) -> Result<Plan, Malformed> {
    let first = slots.first().copied().unwrap_or_default();
    if request.len() <= most && slots.iter().all(|slot| *slot == first) {
        return Ok(Plan::whole(first, request.len(), points.len()));
    }
    let layout = Layout::read(request, places)?;
    let (leaves, bounds) = sort(places, points, slots, count);
    let mut measure = Measure::new(places, points, &layout, most);
    for (slot, range) in bounds.into_iter().enumerate() {
        measure.slot(slot as u32, &leaves, range);
    }
    let (parts, lengths) = measure.finish();
    Ok(Plan { division: Some(Division { layout, leaves, lengths }), parts })
}

/// All leaves, slot by slot, and where those of each slot stand.
fn sort(places: &Points, points: &[Point], slots: &[u32], count: usize) -> (Vec<Leaf>, Vec<Range<usize>>) {
    let first = slots.first().copied().unwrap_or_default();
    let slot_of = |leaf: Leaf| match leaf {
        Leaf::Point(point) => slots.get(point as usize).copied().unwrap_or(first) as usize,
        Leaf::Metric(_) | Leaf::Scope(_) | Leaf::Resource(_) => first as usize,
    };
    let mut ends = vec![0; count];
    leaf::each(places, points, |leaf| ends[slot_of(leaf)] += 1);
    let mut total = 0;
    let mut bounds = Vec::with_capacity(count);
    for end in &mut ends {
        bounds.push(total..total + *end);
        total += *end;
        *end = total - *end;
    }
    let mut leaves = vec![Leaf::Point(0); total];
    leaf::each(places, points, |leaf| {
        let next = &mut ends[slot_of(leaf)];
        leaves[*next] = leaf;
        *next += 1;
    });
    (leaves, bounds)
}
