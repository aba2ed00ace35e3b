//! From leaves with slots to a plan.

use std::ops::Range;

use otlp::points::{Point, Points};
use otlp::wire::Malformed;

use super::layout::Layout;
use super::leaf::Leaf;
use super::measure::Measure;
use super::plan::{Division, Plan};

/// The slot of what is left out.
pub const NOWHERE: u32 = u32::MAX;

/// What a plan may take for each point, resource, scope and metric, bytes: its leaf twice, its slot, its own fields, the lengths
/// around it.
const PLANNED_BYTES: usize = 48;

/// The most that the plan of a request takes, bytes.
#[must_use]
pub fn memory(places: &Points, points: &[Point]) -> usize {
    (places.resources.len() + places.scopes.len() + places.metrics.len() + points.len()) * PLANNED_BYTES
}

/// Divides `request`, which has these `leaves`, among slots: `slots` has that of each leaf, below `count` or [`NOWHERE`]. No
/// part is larger than `most` bytes, unless a single leaf makes it so.
///
/// # Errors
/// If `places` are not those of the request.
pub fn divide(
    request: &[u8],
    (places, points): (&Points, &[Point]),
    leaves: &[Leaf],
    slots: &[u32],
    count: usize,
    most: usize,
) -> Result<Plan, Malformed> {
    let first = slots.first().copied().unwrap_or(NOWHERE);
    if request.len() <= most && first != NOWHERE && slots.iter().all(|slot| *slot == first) {
        return Ok(Plan::whole(first, request.len(), points.len()));
    }
    let layout = Layout::read(request, places)?;
    let (leaves, bounds) = sort(leaves, slots, count);
    let mut measure = Measure::new(places, points, &layout, most);
    for (slot, range) in bounds.into_iter().enumerate() {
        measure.slot(slot as u32, &leaves, range);
    }
    let (parts, lengths) = measure.finish();
    Ok(Plan { division: Some(Division { layout, leaves, lengths }), parts })
}

/// The leaves slot by slot, and where those of each slot stand.
fn sort(leaves: &[Leaf], slots: &[u32], count: usize) -> (Vec<Leaf>, Vec<Range<usize>>) {
    let somewhere = || leaves.iter().zip(slots).filter(|(_, slot)| **slot != NOWHERE);
    let mut next = vec![0; count];
    somewhere().for_each(|(_, slot)| next[*slot as usize] += 1);
    let mut total = 0;
    let mut bounds = Vec::with_capacity(count);
    for next in &mut next {
        bounds.push(total..total + *next);
        *next = total;
        total = bounds.last().map_or(0, |range| range.end);
    }
    let mut sorted = vec![Leaf::Point(0); total];
    for (leaf, slot) in somewhere() {
        let next = &mut next[*slot as usize];
        sorted[*next] = *leaf;
        *next += 1;
    }
    (sorted, bounds)
}
