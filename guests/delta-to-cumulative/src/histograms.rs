//! The columns of a call with histograms of either kind: each point is added to its row's state, and the totals make the
//! columns of the answer.

use crate::Component;
use crate::aggregate::Aggregate;
use crate::bindings::alluvium::processor::types::{Failure, VariableCells};
use crate::bindings::exports::alluvium::processor::{
    process_exponential_histograms as exponential, process_histograms as explicit,
};
use crate::distribution::{Buckets, Distribution};
use crate::dropped::{Dropped, broken_call};
use crate::explicit::Explicit;
use crate::exponential::{self as sums, Exponential};
use crate::life::Life;
use crate::settings::ordering;

impl explicit::Guest for Component {
    fn process(points: explicit::Points, cells: VariableCells, _now: u64) -> Result<explicit::Revision, Failure> {
        let explicit::Points { bound_offsets, bounds, bucket_offsets, buckets, .. } = points;
        let mut common = Common {
            rows: points.rows,
            flags: points.flags,
            starts: points.starts,
            times: points.times,
            counts: points.counts,
            sums: points.sums,
            minima: points.minima,
            maxima: points.maxima,
            presence: points.presence,
        };
        let (mut out_bounds, mut out_buckets) = (Lists::default(), Lists::default());
        let read = |point| {
            Some(Explicit {
                bounds: part(&bounds, &bound_offsets, point)?.to_vec(),
                counts: part(&buckets, &bucket_offsets, point)?.to_vec(),
            })
        };
        let (dropped, cells) = accumulate(&mut common, &cells, read, |total: &Explicit| {
            out_bounds.push(&total.bounds);
            out_buckets.push(&total.counts);
        })?;
        let Common { rows, flags, starts, times, counts, sums, minima, maxima, presence } = common;
        let points = explicit::Points {
            rows,
            flags,
            starts,
            times,
            counts,
            sums,
            minima,
            maxima,
            presence,
            bound_offsets: out_bounds.offsets,
            bounds: out_bounds.entries,
            bucket_offsets: out_buckets.offsets,
            buckets: out_buckets.entries,
        };
        Ok(explicit::Revision { dropped: dropped.bits, reasons: dropped.reasons, changed: true, points, cells })
    }
}

impl exponential::Guest for Component {
    fn process(points: exponential::Points, cells: VariableCells, _now: u64) -> Result<exponential::Revision, Failure> {
        let count = points.rows.len();
        let exponential::Points { mut scales, mut zero_counts, mut zero_thresholds, .. } = points;
        let (mut positive_starts, mut negative_starts) = (points.positive_starts, points.negative_starts);
        let lengths = [scales.len(), zero_counts.len(), zero_thresholds.len()];
        if lengths != [count; 3] || [positive_starts.len(), negative_starts.len()] != [count; 2] {
            return Err(broken_call());
        }
        let mut common = Common {
            rows: points.rows,
            flags: points.flags,
            starts: points.starts,
            times: points.times,
            counts: points.counts,
            sums: points.sums,
            minima: points.minima,
            maxima: points.maxima,
            presence: points.presence,
        };
        let heads: Vec<(i32, u64, f64, i32, i32)> = (0..count)
            .map(|at| (scales[at], zero_counts[at], zero_thresholds[at], positive_starts[at], negative_starts[at]))
            .collect();
        let (mut positive, mut negative) = (Lists::default(), Lists::default());
        let read = |point: usize| {
            let &(scale, zero_count, zero_threshold, positive, negative) = heads.get(point)?;
            let side = |start: i32, buckets, offsets| {
                let counts = part(buckets, offsets, point)?.to_vec();
                Some(sums::Buckets { start: start.into(), counts })
            };
            Some(Exponential {
                scale,
                zero_count,
                zero_threshold,
                positive: side(positive, &points.positive_buckets, &points.positive_offsets)?,
                negative: side(negative, &points.negative_buckets, &points.negative_offsets)?,
            })
        };
        let mut place = 0;
        let (dropped, cells) = accumulate(&mut common, &cells, read, |total: &Exponential| {
            scales[place] = total.scale;
            zero_counts[place] = total.zero_count;
            zero_thresholds[place] = total.zero_threshold;
            positive_starts[place] = index(total.positive.start);
            negative_starts[place] = index(total.negative.start);
            positive.push(&total.positive.counts);
            negative.push(&total.negative.counts);
            place += 1;
        })?;
        let Common { rows, flags, starts, times, counts, sums, minima, maxima, presence } = common;
        let points = exponential::Points {
            rows,
            flags,
            starts,
            times,
            counts,
            sums,
            minima,
            maxima,
            presence,
            scales,
            zero_counts,
            zero_thresholds,
            positive_starts,
            positive_offsets: positive.offsets,
            positive_buckets: positive.entries,
            negative_starts,
            negative_offsets: negative.offsets,
            negative_buckets: negative.entries,
        };
        Ok(exponential::Revision { dropped: dropped.bits, reasons: dropped.reasons, changed: true, points, cells })
    }
}

/// An index as OTLP has it. One that was read from OTLP fits: adding only makes indexes smaller by amount.
fn index(start: i64) -> i32 {
    i32::try_from(start).unwrap_or(if start < 0 { i32::MIN } else { i32::MAX })
}

/// What both kinds have beside their buckets.
struct Common {
    rows: Vec<u32>,
    flags: Vec<u32>,
    starts: Vec<u64>,
    times: Vec<u64>,
    counts: Vec<u64>,
    sums: Vec<f64>,
    minima: Vec<f64>,
    maxima: Vec<f64>,
    presence: Vec<u8>,
}

/// Lists one behind the other, and where each ends.
struct Lists<T> {
    offsets: Vec<u32>,
    entries: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { offsets: vec![0], entries: Vec::new() }
    }
}

impl<T: Copy> Lists<T> {
    fn push(&mut self, list: &[T]) {
        self.entries.extend_from_slice(list);
        self.offsets.push(self.entries.len() as u32);
    }
}

/// List `index` of those that `offsets` divides `entries` into.
fn part<'a, T>(entries: &'a [T], offsets: &[u32], index: usize) -> Option<&'a [T]> {
    let (&start, &end) = (offsets.get(index)?, offsets.get(index + 1)?);
    entries.get(start as usize..end as usize)
}

/// Adds each point to its row, in order. `read` gives the buckets of a point, `write` is called with those of each point
/// of the answer.
fn accumulate<B: Buckets>(
    common: &mut Common,
    cells: &VariableCells,
    read: impl Fn(usize) -> Option<B>,
    mut write: impl FnMut(&B),
) -> Result<(Dropped, VariableCells), Failure> {
    let count = common.rows.len();
    if !common.fits(count) {
        return Err(broken_call());
    }
    let rows = cells.offsets.len().saturating_sub(1);
    let cell = |row| part(&cells.words, &cells.offsets, row);
    let mut states: Vec<Distribution<B>> =
        (0..rows).map(|row| cell(row).map(Distribution::load)).collect::<Option<_>>().ok_or_else(broken_call)?;
    let ordering = ordering();
    let mut dropped = Dropped::default();
    for index in 0..count {
        let state = states.get_mut(common.rows[index] as usize).ok_or_else(broken_call)?;
        let point = common.point(index, read(index).ok_or_else(broken_call)?);
        match state.add(point, ordering) {
            Ok(output) => {
                write(&output.buckets);
                common.put(index, &output);
            }
            Err(reason) => {
                write(&B::default());
                dropped.add(index, count, reason);
            }
        }
    }
    let mut new = Lists::default();
    for state in &states {
        state.store(&mut new.entries);
        new.offsets.push(new.entries.len() as u32);
    }
    Ok((dropped, VariableCells { offsets: new.offsets, words: new.entries }))
}

impl Common {
    fn fits(&self, count: usize) -> bool {
        let Self { flags, starts, times, counts, sums, minima, maxima, presence, .. } = self;
        [starts.len(), times.len(), counts.len(), sums.len(), minima.len(), maxima.len(), presence.len()] == [count; 7]
            && (flags.is_empty() || flags.len() == count)
    }

    fn point<B>(&self, index: usize, buckets: B) -> Distribution<B> {
        let extremes = [self.sums[index], self.minima[index], self.maxima[index]];
        Distribution {
            life: Life { start: self.starts[index], time: self.times[index], ..Life::default() },
            flags: self.flags.get(index).copied().unwrap_or(0),
            aggregate: Aggregate::from_parts(self.counts[index], extremes, self.presence[index]),
            buckets,
        }
    }

    fn put<B>(&mut self, index: usize, output: &Distribution<B>) {
        self.starts[index] = output.life.start;
        self.times[index] = output.life.time;
        self.counts[index] = output.aggregate.count;
        let ([sum, min, max], presence) = output.aggregate.parts();
        (self.sums[index], self.minima[index], self.maxima[index]) = (sum, min, max);
        self.presence[index] = presence;
        if output.flags != 0 && self.flags.is_empty() {
            // `strict` repeats the flags of a stream's first point on points that came without any.
            self.flags.resize(self.rows.len(), 0);
        }
        if let Some(flags) = self.flags.get_mut(index) {
            *flags = output.flags;
        }
    }
}
