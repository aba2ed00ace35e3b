//! `ordering: strict`: the rules of the Collector's delta-to-cumulative processor (releases 0.156 to 0.164), oddities
//! included, for who compares the two side by side.

use crate::cell::{Cell, Number, Phase, Point};
use crate::reason::Reason;

/// Adds `point` to `cell` as the Collector does; returns what is to be sent on.
#[inline]
pub(crate) fn add(cell: &mut Cell, point: Point) -> Result<Point, Reason> {
    if cell.phase != Phase::Running || cell.time == 0 {
        // A first point with time 0 leaves the Collector's state empty, so that the next one is the first again.
        *cell = Cell {
            total: point.value,
            start: point.start,
            time: point.time,
            phase: Phase::Running,
            flags: point.flags,
            ..*cell
        };
        return Ok(point);
    }
    if point.start < cell.start {
        return Err(Reason::OlderStart);
    }
    if point.time <= cell.time {
        return Err(Reason::OutOfOrder);
    }
    cell.total = sum(cell.total, point.value);
    cell.time = point.time;
    // The output is a copy of the state: start and flags are those of the first point.
    Ok(Point { value: cell.total, flags: cell.flags, start: cell.start, time: cell.time })
}

/// Adds in the kind of the incoming point, in which a total of the other kind reads as zero; a point without a value
/// adds nothing. Integers wrap.
fn sum(total: Number, value: Number) -> Number {
    match (total, value) {
        (Number::Int(total), Number::Int(value)) => Number::Int(total.wrapping_add(value)),
        (Number::Double(total), Number::Double(value)) => Number::Double(total + value),
        (total, Number::None) => total,
        (_, value) => value,
    }
}
