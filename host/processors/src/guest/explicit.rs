//! Calls with histograms of explicit bounds.

use super::GuestStage;
use super::selection::Selection;
use super::variable::{Answer, Columns};
use clock::UnixNanos;
use model::Kind;
use model::columns::{Histograms, Revision, VariableCells};
use otlp::values::{Aggregate, Explicit};
use pipeline::batch::{Batch, BatchParts};
use pipeline::drops::Reason;
use pipeline::shard::FUTURE;
use streams::OutputStream;
use wasm::check::{self, Call};
use wasm::{GuestError, Instance};

const COLUMNS: Columns<Histograms> = Columns {
    kind: Kind::Histogram,
    ask,
    limit: |points, latest| check::limit_times(&mut points.times, latest),
    apply,
};

impl GuestStage {
    pub(super) fn process_explicit(
        &mut self,
        batch: &mut Batch,
        now: UnixNanos,
        processes: &dyn Fn(OutputStream) -> bool,
        dropped: &mut dyn FnMut(usize, Reason),
    ) -> Result<(), GuestError> {
        let call_guest = |instance: &mut Instance, columns: &mut Histograms, cells: &mut VariableCells, call: Call| {
            let revision = instance.process_histograms(columns, cells, now)?;
            let Revision { dropped, reasons, changed, points, cells } = check::explicit(revision, call)?;
            Ok(Answer { dropped, reasons, points: changed.then_some(points), cells })
        };
        self.process_variable(batch, now.plus(FUTURE), &COLUMNS, processes, call_guest, dropped)
    }
}

/// The chosen points as columns.
fn ask(batch: &Batch, selection: &Selection) -> Histograms {
    let from = batch.columns();
    let mut columns = Histograms {
        rows: selection.rows.clone(),
        flags: selection.flags(batch),
        starts: selection.of(&from.starts),
        times: selection.of(&from.times),
        counts: Vec::new(),
        sums: Vec::new(),
        minima: Vec::new(),
        maxima: Vec::new(),
        presence: Vec::new(),
        bound_offsets: vec![0],
        bounds: Vec::new(),
        bucket_offsets: vec![0],
        buckets: Vec::new(),
    };
    for index in selection.of(&from.values) {
        let Explicit { aggregate, bounds, buckets } = batch.values().explicit.get(index as usize);
        let ([sum, min, max], presence) = aggregate.parts();
        columns.counts.push(aggregate.count);
        columns.sums.push(sum);
        columns.minima.push(min);
        columns.maxima.push(max);
        columns.presence.push(presence);
        columns.bounds.extend_from_slice(bounds);
        columns.bound_offsets.push(columns.bounds.len() as u32);
        columns.buckets.extend_from_slice(buckets);
        columns.bucket_offsets.push(columns.buckets.len() as u32);
    }
    columns
}

fn apply(batch: &mut Batch, selection: &Selection, new: &Histograms) {
    selection.put_back_common(batch, &new.starts, &new.times, &new.flags);
    for (place, &point) in selection.points.iter().enumerate() {
        let aggregate = Aggregate::from_parts(
            new.counts[place],
            [new.sums[place], new.minima[place], new.maxima[place]],
            new.presence[place],
        );
        let histogram = Explicit {
            aggregate,
            bounds: part(&new.bounds, &new.bound_offsets, place),
            buckets: part(&new.buckets, &new.bucket_offsets, place),
        };
        let BatchParts { columns, values, .. } = batch.parts();
        values.explicit.set(columns.values[point as usize] as usize, histogram);
    }
}

/// List `index` of those that `offsets`, which have been checked, divide `entries` into.
pub(super) fn part<'a, T>(entries: &'a [T], offsets: &[u32], index: usize) -> &'a [T] {
    &entries[offsets[index] as usize..offsets[index + 1] as usize]
}
