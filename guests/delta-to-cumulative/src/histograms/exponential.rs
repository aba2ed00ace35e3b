//! Calls with exponential histograms.

use super::{Common, Lists, accumulate, part};
use crate::Component;
use crate::bindings::alluvium::processor::types::{Failure, VariableCells};
use crate::bindings::exports::alluvium::processor::process_exponential_histograms::{Guest, Points, Revision};
use crate::dropped::broken_call;
use crate::exponential::{self as sums, Exponential};

impl Guest for Component {
    fn process(points: Points, cells: VariableCells, now: u64) -> Result<Revision, Failure> {
        let count = points.rows.len();
        let Points { mut scales, mut zero_counts, mut zero_thresholds, .. } = points;
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
        let (dropped, cells) = accumulate(&mut common, &cells, now, read, |total: &Exponential| {
            scales[place] = total.scale;
            zero_counts[place] = total.zero_count;
            zero_thresholds[place] = total.zero_threshold;
            positive_starts[place] = total.positive.offset();
            negative_starts[place] = total.negative.offset();
            positive.push(&total.positive.counts);
            negative.push(&total.negative.counts);
            place += 1;
        })?;
        let Common { rows, flags, starts, times, counts, sums, minima, maxima, presence } = common;
        let points = Points {
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
        Ok(Revision { dropped: dropped.bits, reasons: dropped.reasons, changed: true, points, cells })
    }
}
