//! Calls with exponential histograms.

use super::GuestStage;
use super::explicit::part;
use super::selection::Selection;
use super::variable::{Answer, Columns};
use clock::UnixNanos;
use model::Kind;
use model::columns::{ExponentialHistograms, Revision, VariableCells};
use otlp::values::{Aggregate, Buckets, Exponential};
use pipeline::batch::{Batch, BatchParts};
use pipeline::drops::Reason;
use pipeline::shard::FUTURE;
use streams::OutputStream;
use wasm::check::{self, Call};
use wasm::{GuestError, Instance};

const COLUMNS: Columns<ExponentialHistograms> = Columns {
    kind: Kind::ExponentialHistogram,
    ask,
    limit: |points, latest| check::limit_times(&mut points.times, latest),
    apply,
};

impl GuestStage {
    pub(super) fn process_exponential(
        &mut self,
        batch: &mut Batch,
        now: UnixNanos,
        processes: &dyn Fn(OutputStream) -> bool,
        dropped: &mut dyn FnMut(usize, Reason),
    ) -> Result<(), GuestError> {
        let call_guest =
            |instance: &mut Instance, columns: &mut ExponentialHistograms, cells: &mut VariableCells, call: Call| {
                let revision = instance.process_exponential_histograms(columns, cells, now)?;
                let Revision { dropped, reasons, changed, points, cells } = check::exponential(revision, call)?;
                Ok(Answer { dropped, reasons, points: changed.then_some(points), cells })
            };
        self.process_variable(batch, now.plus(FUTURE), &COLUMNS, processes, call_guest, dropped)
    }
}

/// The chosen points as columns.
fn ask(batch: &Batch, selection: &Selection) -> ExponentialHistograms {
    let from = batch.columns();
    let mut columns = ExponentialHistograms {
        rows: selection.rows.clone(),
        flags: selection.flags(batch),
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
            batch.values().exponential.get(index as usize);
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

fn apply(batch: &mut Batch, selection: &Selection, new: &ExponentialHistograms) {
    selection.put_back_common(batch, &new.starts, &new.times, &new.flags);
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
        let BatchParts { columns, values, .. } = batch.parts();
        values.exponential.set(columns.values[point as usize] as usize, histogram);
    }
}
