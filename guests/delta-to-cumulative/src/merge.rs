//! `ordering: merge`: correctness rests on addition, which commutes, not on the order of arrival.
//!
//! Late and overlapping intervals are added: several processes may share a session, and a retry may overtake. What
//! leaves has the point's own time and the start of its run, which never moves; exporters see to it that times rise. Exact
//! re-sends never arrive here; the host recognises them.

use crate::cell::{Cell, NO_RECORDED_VALUE, Number, Point};
use crate::host_calls::{Counter, count};
use crate::reason::Reason;
use crate::run::Phase;

/// Adds `point` to `cell`; returns what is to be sent on.
#[inline]
pub(crate) fn add(cell: &mut Cell, point: Point, now: u64) -> Result<Point, Reason> {
    if point.flags & NO_RECORDED_VALUE != 0 {
        return Ok(end(cell, point, now));
    }
    check(cell, point.value)?;
    let total = if cell.life.phase == Phase::Running { sum(cell.total, point.value) } else { Some(point.value) };
    cell.total = total.unwrap_or_else(|| {
        // A total that cannot be told would stay so for ever. A new run begins with this point, and nothing is hidden.
        count(Counter::OverflowReset);
        cell.life.phase = Phase::Ended;
        point.value
    });
    let time = cell.life.advance(point.start, point.time, now);
    Ok(Point { value: cell.total, flags: point.flags, start: cell.life.start, time })
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

/// The stream says that it has nothing more: the run is over, and the point goes on as the marker of that.
fn end(cell: &mut Cell, point: Point, now: u64) -> Point {
    let (start, time) = cell.life.end(point.start, point.time, now);
    cell.total = Number::None;
    Point { value: Number::None, flags: point.flags, start, time }
}

/// Integers stay exact until they meet a double or leave the range of 64 bits; from then on the stream is a double. None
/// where the sum is beyond all doubles.
#[expect(clippy::cast_precision_loss, reason = "the documented promotion")]
fn sum(total: Number, value: Number) -> Option<Number> {
    let sum = match (total, value) {
        (Number::Int(total), Number::Int(value)) => match total.checked_add(value) {
            Some(sum) => return Some(Number::Int(sum)),
            None => total as f64 + value as f64,
        },
        (Number::Int(total), Number::Double(value)) => total as f64 + value,
        (Number::Double(total), Number::Int(value)) => total + value as f64,
        (Number::Double(total), Number::Double(value)) => total + value,
        (Number::None, value) | (value, Number::None) => return Some(value),
    };
    sum.is_finite().then_some(Number::Double(sum))
}
