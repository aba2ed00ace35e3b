//! Calls with histograms of explicit bounds.

use super::Stage;
use super::selection::Selection;
use super::variable::{Answer, Columns};
use crate::guest::check::{self, Call};
use crate::guest::explicit::{Points, Revision};
use crate::guest::{GuestError, Instance, VariableCells};
use crate::otlp::points::Kind;
use crate::pipeline::batch::Batch;
use crate::pipeline::drops::Reason;
use crate::pipeline::shard::FUTURE_NS;
use crate::pipeline::values::{Aggregate, Explicit};

const COLUMNS: Columns<Points> = Columns {
    kind: Kind::Histogram,
    ask,
    limit: |points, latest| check::limit_times(&mut points.times, latest),
    put_back,
};

impl Stage {
    pub(super) fn process_explicit(
        &mut self,
        batch: &mut Batch,
        now: u64,
        processes: &impl Fn(u32) -> bool,
        dropped: &mut impl FnMut(usize, Reason),
    ) -> Result<(), GuestError> {
        let call_guest = |instance: &mut Instance, columns: &Points, cells: &VariableCells, call: Call| {
            let revision = instance.process_histograms(columns, cells, now)?;
            let Revision { dropped, reasons, changed, points, cells } = check::explicit(revision, call)?;
            Ok(Answer { dropped, reasons, points: changed.then_some(points), cells })
        };
        self.process_variable(batch, now + FUTURE_NS, &COLUMNS, processes, call_guest, dropped)
    }
}

/// The chosen points as columns.
fn ask(batch: &Batch, selection: &Selection) -> Points {
    let from = &batch.columns;
    let mut columns = Points {
        rows: selection.slots.clone(),
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
        let Explicit { aggregate, bounds, buckets } = batch.values.explicit.get(index as usize);
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

fn put_back(batch: &mut Batch, selection: &Selection, new: &Points) {
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
        batch.values.explicit.set(batch.columns.values[point as usize] as usize, histogram);
    }
}

/// List `index` of those that `offsets`, which have been checked, divide `entries` into.
pub(super) fn part<'a, T>(entries: &'a [T], offsets: &[u32], index: usize) -> &'a [T] {
    &entries[offsets[index] as usize..offsets[index + 1] as usize]
}
