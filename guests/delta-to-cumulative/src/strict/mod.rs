//! `ordering: strict`: the rules of the Collector's delta-to-cumulative processor (releases 0.156 to 0.164), oddities
//! included, for who compares the two side by side.

mod explicit;
mod exponential;

pub(crate) use explicit::add as add_explicit;
pub(crate) use exponential::add as add_exponential;

use crate::cell::{Cell, Number, Point};
use crate::reason::Reason;
use crate::run::{Life, Phase};

/// Adds `point` to `cell` as the Collector does; returns what is to be sent on.
#[inline]
pub(crate) fn add(cell: &mut Cell, point: Point) -> Result<Point, Reason> {
    if is_first(cell.life) {
        cell.total = point.value;
        cell.life = Life { phase: Phase::Running, start: point.start, time: point.time };
        cell.flags = point.flags;
        return Ok(point);
    }
    check_order(cell.life, point.start, point.time)?;
    cell.total = sum(cell.total, point.value);
    cell.life.time = point.time;
    // The output is a copy of the state: start and flags are those of the first point.
    Ok(Point { value: cell.total, flags: cell.flags, start: cell.life.start, time: point.time })
}

/// Whether the next point is the first. After one with time 0 it is the first again, as that leaves the Collector's state
/// empty.
#[inline]
pub(crate) fn is_first(life: Life) -> bool {
    life.phase != Phase::Running || life.time == 0
}

/// The start is looked at before the time.
#[inline]
pub(crate) fn check_order(life: Life, start: u64, time: u64) -> Result<(), Reason> {
    if start < life.start {
        return Err(Reason::OlderStart);
    }
    if time <= life.time { Err(Reason::OutOfOrder) } else { Ok(()) }
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
