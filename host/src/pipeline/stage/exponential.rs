//! Calls with exponential histograms.

use std::sync::atomic::Ordering;

use super::explicit::part;
use super::selection::Selection;
use super::{Stage, drop_points};
use crate::guest::exponential::Points;
use crate::guest::{GuestError, check};
use crate::otlp::points::Kind;
use crate::otlp::values::{Aggregate, Buckets, Exponential};
use crate::pipeline::batch::Batch;
use crate::pipeline::drops::Reason;
use crate::pipeline::shard::FUTURE_NS;

impl Stage {
    pub(super) fn process_exponential(
        &mut self,
        batch: &mut Batch,
        now: u64,
        processes: &impl Fn(u32) -> bool,
        dropped: &mut impl FnMut(usize, Reason),
    ) -> Result<(), GuestError> {
        if !self.select_variable(batch, Kind::ExponentialHistogram, processes) {
            return Ok(());
        }
        let columns = ask(batch, &self.selection);
        let call = self.call(self.selection.points.len(), self.selection.rows.len());
        let cells = &self.gathered_variable;
        let mut revision = self.caller.call(|instance, _| {
            Ok(check::exponential(instance.process_exponential_histograms(&columns, cells, now)?, call)?)
        })?;
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
        scales: Vec::new(),
        zero_counts: Vec::new(),
        zero_thresholds: Vec::new(),
        positive_starts: Vec::new(),
        positive_offsets: vec![0],
        positive_buckets: Vec::new(),
        negative_starts: Vec::new(),
        negative_offsets: vec![0],
        negative_buckets: Vec::new(),
    };
    for index in selection.of(&from.values) {
        let Exponential { aggregate, scale, zero_count, zero_threshold, positive, negative } =
            batch.values.exponential.get(index as usize);
        let ([sum, min, max], presence) = aggregate.parts();
        columns.counts.push(aggregate.count);
        columns.sums.push(sum);
        columns.minima.push(min);
        columns.maxima.push(max);
        columns.presence.push(presence);
        columns.scales.push(scale);
        columns.zero_counts.push(zero_count);
        columns.zero_thresholds.push(zero_threshold);
        columns.positive_starts.push(positive.start);
        columns.positive_buckets.extend_from_slice(positive.counts);
        columns.positive_offsets.push(columns.positive_buckets.len() as u32);
        columns.negative_starts.push(negative.start);
        columns.negative_buckets.extend_from_slice(negative.counts);
        columns.negative_offsets.push(columns.negative_buckets.len() as u32);
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
        let histogram = Exponential {
            aggregate,
            scale: new.scales[place],
            zero_count: new.zero_counts[place],
            zero_threshold: new.zero_thresholds[place],
            positive: Buckets {
                start: new.positive_starts[place],
                counts: part(&new.positive_buckets, &new.positive_offsets, place),
            },
            negative: Buckets {
                start: new.negative_starts[place],
                counts: part(&new.negative_buckets, &new.negative_offsets, place),
            },
        };
        batch.values.exponential.set(to.values[point as usize] as usize, histogram);
    }
}
