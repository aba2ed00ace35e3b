//! Calls with sums and gauges: what nearly all points are. Where a batch holds nothing else, its columns are handed over as
//! they are.

use std::sync::atomic::Ordering;

use super::selection::Selection;
use super::{GuestStage, drop_points};
use clock::UnixNanos;
use model::columns::{NumberRevision, Numbers};
use pipeline::batch::{Batch, BatchParts};
use pipeline::drops::Reason;
use pipeline::shard::FUTURE;
use streams::OutputStream;
use wasm::{GuestError, check};

impl GuestStage {
    pub(super) fn process_numbers(
        &mut self,
        batch: &mut Batch,
        now: UnixNanos,
        processes: &dyn Fn(OutputStream) -> bool,
        dropped: &mut dyn FnMut(usize, Reason),
    ) -> Result<(), GuestError> {
        let whole =
            batch.values().is_empty() && batch.is_whole() && batch.streams().iter().all(|&stream| processes(stream));
        if !whole {
            self.selection.choose(batch, None, processes);
            if self.selection.points.is_empty() {
                return Ok(());
            }
        }
        let mut chosen = (!whole).then(|| ask(batch, &self.selection));
        let BatchParts { columns, alive, streams, .. } = batch.parts();
        let streams = if whole { streams } else { &self.selection.streams };
        let asked = chosen.as_mut().unwrap_or(&mut *columns);
        self.gathered.clear();
        self.cells.gather(streams, &mut self.gathered);
        let call = self.call(asked.rows.len(), streams.len());
        let gathered = &self.gathered;
        let mut revision = self.calls.call(|instance, _| {
            let answer = instance.process_numbers(asked, gathered, now)?;
            Ok(check::numbers(answer, call)?)
        })?;
        let health = &self.calls.processor.health;
        health.points.fetch_add(call.points as u64, Ordering::Relaxed);
        health.future.fetch_add(check::limit_times(&mut revision.times, now.plus(FUTURE)), Ordering::Relaxed);
        self.changes.streams.extend_from_slice(streams);
        std::mem::swap(&mut self.changes.cells, &mut revision.cells);

        let points = (!whole).then_some(&*self.selection.points);
        drop_points(&revision.dropped, &revision.reasons, points, alive, |point, reason| {
            dropped(point, self.calls.processor.reason(reason));
        });
        if whole {
            replace(columns, revision)
        } else {
            apply(batch, &self.selection, &revision)
        }
        Ok(())
    }
}

/// The chosen points as columns.
fn ask(batch: &Batch, selection: &Selection) -> Numbers {
    let from = batch.columns();
    Numbers {
        rows: selection.rows.clone(),
        kinds: selection.of(&from.kinds),
        flags: selection.flags(batch),
        starts: selection.of(&from.starts),
        times: selection.of(&from.times),
        values: selection.of(&from.values),
    }
}

fn apply(batch: &mut Batch, selection: &Selection, revision: &NumberRevision) {
    selection.put_back_common(batch, &revision.starts, &revision.times, &revision.flags);
    let BatchParts { columns, .. } = batch.parts();
    selection.apply(&mut columns.kinds, &revision.kinds);
    selection.apply(&mut columns.values, &revision.values);
}

/// Columns that the guest left empty stay as they were sent.
fn replace(columns: &mut Numbers, revision: NumberRevision) {
    let NumberRevision { kinds, flags, starts, times, values, .. } = revision;
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
