//! Calls with histograms of explicit bounds.

use super::{Common, Lists, accumulate, part};
use crate::Component;
use crate::bindings::alluvium::processor::types::{Failure, VariableCells};
use crate::bindings::exports::alluvium::processor::process_histograms::{Guest, Points, Revision};
use crate::explicit::Explicit;

impl Guest for Component {
    fn process(points: Points, cells: VariableCells, now: u64) -> Result<Revision, Failure> {
        let Points { bound_offsets, bounds, bucket_offsets, buckets, .. } = points;
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
        let (dropped, cells) = accumulate(&mut common, &cells, now, read, |total: &Explicit| {
            out_bounds.push(&total.bounds);
            out_buckets.push(&total.counts);
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
            bound_offsets: out_bounds.offsets,
            bounds: out_bounds.entries,
            bucket_offsets: out_buckets.offsets,
            buckets: out_buckets.entries,
        };
        Ok(Revision { dropped: dropped.bits, reasons: dropped.reasons, changed: true, points, cells })
    }
}
