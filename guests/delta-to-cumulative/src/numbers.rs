//! The columns of a call: each point is added to its row's cell, and the answer is written over the question.

use crate::bindings::exports::alluvium::processor::process_numbers::{Answer, Failure, Guest, Points, Revision};
use crate::cell::{Cell, Number, Point};
use crate::dropped::{Dropped, broken_call};
use crate::reason::Reason;
use crate::settings::{Ordering, ordering};
use crate::{Component, WORDS, merge, strict};

impl Guest for Component {
    fn process(points: Points, cells: Vec<u64>, now: u64) -> Result<Answer, Failure> {
        match ordering() {
            Ordering::Merge => accumulate(points, cells, |cell, point| merge::add(cell, point, now)),
            Ordering::Strict => accumulate(points, cells, strict::add),
        }
    }
}

#[inline]
fn accumulate(
    mut points: Points,
    mut cells: Vec<u64>,
    add: impl Fn(&mut Cell, Point) -> Result<Point, Reason>,
) -> Result<Answer, Failure> {
    let count = points.rows.len();
    let flagged = !points.flags.is_empty();
    let Points { rows, kinds, flags, starts, times, values } = &mut points;
    let fits = [kinds.len(), starts.len(), times.len(), values.len()].iter().all(|&length| length == count)
        && (!flagged || flags.len() == count);
    if !fits {
        return Err(broken_call());
    }
    let (table, rest) = cells.as_chunks_mut::<WORDS>();
    if !rest.is_empty() {
        return Err(broken_call());
    }

    let mut dropped = Dropped::default();
    let (mut new_kinds, mut new_times, mut new_flags) = (false, false, false);
    for index in 0..count {
        let Some(words) = table.get_mut(rows[index] as usize) else {
            return Err(broken_call());
        };
        let point = Point {
            value: Number::from_parts(kinds[index], values[index]),
            flags: if flagged { flags[index] } else { 0 },
            start: starts[index],
            time: times[index],
        };
        let mut cell = Cell::load(words);
        match add(&mut cell, point) {
            Ok(output) => {
                cell.store(words);
                new_kinds |= output.value.kind() != kinds[index];
                new_times |= output.time != point.time;
                new_flags |= output.flags != point.flags;
                kinds[index] = output.value.kind();
                starts[index] = output.start;
                times[index] = output.time;
                values[index] = output.value.bits();
                if flagged {
                    flags[index] = output.flags;
                } else if new_flags {
                    // `strict` repeats the flags of a stream's first point on points that came without any.
                    flags.resize(count, 0);
                    flags[index] = output.flags;
                }
            }
            Err(reason) => dropped.add(index, count, reason),
        }
    }
    Ok(Answer::Revised(Revision {
        dropped: dropped.bits,
        reasons: dropped.reasons,
        kinds: if new_kinds { std::mem::take(kinds) } else { Vec::new() },
        flags: if new_flags { std::mem::take(flags) } else { Vec::new() },
        starts: std::mem::take(starts),
        times: if new_times { std::mem::take(times) } else { Vec::new() },
        values: std::mem::take(values),
        cells,
    }))
}
