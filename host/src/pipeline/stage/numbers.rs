//! Calls with sums and gauges: what nearly all points are. Where a batch holds nothing else, its columns are handed over as
//! they are.

use std::sync::atomic::Ordering;

use super::{Stage, drop_points};
use crate::guest::numbers::{Points, Revision};
use crate::guest::{GuestError, check};
use crate::pipeline::batch::Batch;
use crate::pipeline::drops::Reason;
use crate::pipeline::shard::FUTURE_NS;

/// Columns without a point.
pub(super) fn empty_columns() -> Points {
    Points {
        rows: Vec::new(),
        kinds: Vec::new(),
        flags: Vec::new(),
        starts: Vec::new(),
        times: Vec::new(),
        values: Vec::new(),
    }
}

impl Stage {
    pub(super) fn process_numbers(
        &mut self,
        batch: &mut Batch,
        now: u64,
        processes: &impl Fn(u32) -> bool,
        dropped: &mut impl FnMut(usize, Reason),
    ) -> Result<(), GuestError> {
        let whole = batch.values.is_empty()
            && batch.alive.iter().all(|alive| *alive)
            && batch.rows.iter().all(|&row| processes(row));
        if !whole {
            self.selection.choose(batch, None, processes);
            if self.selection.points.is_empty() {
                return Ok(());
            }
            self.copy_columns(batch);
        }
        let rows = if whole { &batch.rows } else { &self.selection.rows };
        let columns = if whole { &batch.columns } else { &self.columns };
        self.gathered.clear();
        self.cells.gather(rows, &mut self.gathered);
        let call = self.call(columns.rows.len(), rows.len());
        let gathered = &self.gathered;
        let mut revision = self.caller.call(|instance, _| {
            let answer = instance.process_numbers(columns, gathered, now)?;
            Ok(check::numbers(answer, call)?)
        })?;
        let health = &self.caller.processor.health;
        health.points.fetch_add(call.points as u64, Ordering::Relaxed);
        health.future.fetch_add(check::limit_times(&mut revision.times, now + FUTURE_NS), Ordering::Relaxed);
        self.changes.rows.extend_from_slice(rows);
        std::mem::swap(&mut self.changes.cells, &mut revision.cells);

        let points = (!whole).then_some(&*self.selection.points);
        drop_points(&revision.dropped, &revision.reasons, points, &mut batch.alive, |point, reason| {
            dropped(point, self.caller.processor.reason(reason));
        });
        if whole {
            replace(&mut batch.columns, revision)
        } else {
            self.put_back(batch, &revision)
        }
        Ok(())
    }

    fn copy_columns(&mut self, batch: &Batch) {
        let Self { selection, columns, .. } = self;
        let from = &batch.columns;
        *columns = Points {
            rows: selection.slots.clone(),
            kinds: selection.of(&from.kinds),
            flags: if from.flags.is_empty() { Vec::new() } else { selection.of(&from.flags) },
            starts: selection.of(&from.starts),
            times: selection.of(&from.times),
            values: selection.of(&from.values),
        };
    }

    fn put_back(&self, batch: &mut Batch, revision: &Revision) {
        let points = batch.len();
        let to = &mut batch.columns;
        self.selection.put_back(&mut to.kinds, &revision.kinds);
        self.selection.put_back(&mut to.starts, &revision.starts);
        self.selection.put_back(&mut to.times, &revision.times);
        self.selection.put_back(&mut to.values, &revision.values);
        self.selection.put_back_flags(points, &mut to.flags, &revision.flags);
    }
}

/// Columns that the guest left empty stay as they were sent.
fn replace(columns: &mut Points, revision: Revision) {
    let Revision { kinds, flags, starts, times, values, .. } = revision;
    take_column(&mut columns.kinds, kinds);
    take_column(&mut columns.flags, flags);
    take_column(&mut columns.starts, starts);
    take_column(&mut columns.times, times);
    take_column(&mut columns.values, values);
}

fn take_column<T>(column: &mut Vec<T>, new: Vec<T>) {
    if !new.is_empty() {
        *column = new;
    }
}
