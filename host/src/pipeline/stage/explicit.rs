//! Calls with histograms of explicit bounds.

use std::sync::atomic::Ordering;

use super::selection::Selection;
use super::{Stage, drop_points};
use crate::guest::explicit::Points;
use crate::guest::{GuestError, check};
use crate::otlp::points::Kind;
use crate::otlp::values::{Aggregate, Explicit};
use crate::pipeline::batch::Batch;
use crate::pipeline::drops::Reason;
use crate::pipeline::shard::FUTURE_NS;

impl Stage {
    pub(super) fn process_explicit(
        &mut self,
        batch: &mut Batch,
        now: u64,
        processes: &impl Fn(u32) -> bool,
        dropped: &mut impl FnMut(usize, Reason),
    ) -> Result<(), GuestError> {
        if !self.select_variable(batch, Kind::Histogram, processes) {
            return Ok(());
        }
        let columns = ask(batch, &self.selection);
        let call = self.call(self.selection.points.len(), self.selection.rows.len());
        let cells = &self.gathered_variable;
        let mut revision = self
            .caller
            .call(|instance, _| Ok(check::explicit(instance.process_histograms(&columns, cells, now)?, call)?))?;
        let health = &self.caller.processor.health;
        health.points.fetch_add(call.points as u64, Ordering::Relaxed);
        self.changes.variable.push((self.selection.rows.clone(), revision.cells));
        let points = Some(&*self.selection.points);
        drop_points(&revision.dropped, &revision.reasons, points, &mut batch.alive, |point, reason| {
            dropped(point, self.caller.processor.reason(reason));
        });
        if revision.changed {
            let future = check::limit_times(&mut revision.points.times, now + FUTURE_NS);
            health.future.fetch_add(future, Ordering::Relaxed);
            put_back(batch, &self.selection, &revision.points);
        }
        Ok(())
    }
}

/// The chosen points as columns.
fn ask(batch: &Batch, selection: &Selection) -> Points {
    let from = &batch.columns;
    let mut columns = Points {
        rows: selection.slots.clone(),
        flags: if from.flags.is_empty() { Vec::new() } else { selection.of(&from.flags) },
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
    let points = batch.len();
    let to = &mut batch.columns;
    selection.put_back(&mut to.starts, &new.starts);
    selection.put_back(&mut to.times, &new.times);
    selection.put_back_flags(points, &mut to.flags, &new.flags);
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
        batch.values.explicit.set(to.values[point as usize] as usize, histogram);
    }
}

/// List `index` of those that `offsets`, which have been checked, divide `entries` into.
pub(super) fn part<'a, T>(entries: &'a [T], offsets: &[u32], index: usize) -> &'a [T] {
    &entries[offsets[index] as usize..offsets[index + 1] as usize]
}
