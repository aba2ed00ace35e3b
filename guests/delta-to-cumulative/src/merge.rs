//! `ordering: merge`: correctness rests on addition, which commutes, not on the order of arrival.
//!
//! Late and overlapping intervals are added: several processes may share a session, and a retry may overtake. What
//! leaves is a proper cumulative stream: times rise strictly and a start never moves. Exact re-sends never arrive here;
//! the host recognises them.

use crate::cell::{Cell, NO_RECORDED_VALUE, Number, Phase, Point};
use crate::reason::Reason;

/// The finest step that a Prometheus back-end can tell apart.
const MILLISECOND: u64 = 1_000_000;

/// Adds `point` to `cell`; returns what is to be sent on.
#[inline]
pub(crate) fn add(cell: &mut Cell, point: Point) -> Result<Point, Reason> {
    if point.flags & NO_RECORDED_VALUE != 0 {
        return Ok(end(cell, point));
    }
    check(cell, point.value)?;
    let time = output_time(cell, point.time);
    match cell.phase {
        Phase::Running => cell.total = sum(cell.total, point.value),
        // An unknown start stays unknown; a start after the point itself is not one.
        Phase::Fresh => begin(cell, point, point.start.min(time)),
        // A new run may not overlap the old one.
        Phase::Ended => begin(cell, point, point.start.max(cell.time).min(time)),
    }
    cell.time = time;
    Ok(Point { value: cell.total, flags: point.flags, start: cell.start, time })
}

fn check(cell: &Cell, value: Number) -> Result<(), Reason> {
    match value {
        Number::None => Err(Reason::NoValue),
        Number::Double(value) if !value.is_finite() => Err(Reason::NotFinite),
        Number::Double(value) if cell.monotonic && value < 0.0 => Err(Reason::Negative),
        Number::Int(value) if cell.monotonic && value < 0 => Err(Reason::Negative),
        Number::Int(_) | Number::Double(_) => Ok(()),
    }
}

fn output_time(cell: &Cell, time: u64) -> u64 {
    match cell.phase {
        Phase::Fresh => time,
        Phase::Running | Phase::Ended => time.max(cell.time.saturating_add(MILLISECOND)),
    }
}

fn begin(cell: &mut Cell, point: Point, start: u64) {
    cell.phase = Phase::Running;
    cell.total = point.value;
    cell.start = start;
}

/// The stream says that it has nothing more: the run is over, and the point goes on as the marker of that.
fn end(cell: &mut Cell, point: Point) -> Point {
    let time = output_time(cell, point.time);
    let start = if cell.phase == Phase::Running { cell.start } else { point.start.min(time) };
    *cell = Cell { total: Number::None, start: 0, time, phase: Phase::Ended, ..*cell };
    Point { value: Number::None, flags: point.flags, start, time }
}

/// Integers stay exact until they meet a double or leave the range of 64 bits; from then on the stream is a double.
#[expect(clippy::cast_precision_loss, reason = "the documented promotion")]
fn sum(total: Number, value: Number) -> Number {
    match (total, value) {
        (Number::Int(total), Number::Int(value)) => match total.checked_add(value) {
            Some(sum) => Number::Int(sum),
            None => Number::Double(total as f64 + value as f64),
        },
        (Number::Int(total), Number::Double(value)) => Number::Double(total as f64 + value),
        (Number::Double(total), Number::Int(value)) => Number::Double(total + value as f64),
        (Number::Double(total), Number::Double(value)) => Number::Double(total + value),
        (Number::None, value) | (value, Number::None) => value,
    }
}
