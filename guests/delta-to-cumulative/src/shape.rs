//! Which streams are added up: sums and histograms of delta temporality. What leaves is the same stream, cumulative.

use crate::Component;
use crate::bindings::exports::alluvium::processor::shape::{Failure, Guest, Output, Plan, Stream, Verdict};
use crate::cell::MONOTONIC_SEED;

/// Codes of `stream.kind`.
pub(crate) const SUM: u32 = 2;
pub(crate) const HISTOGRAM: u32 = 3;
pub(crate) const EXPONENTIAL_HISTOGRAM: u32 = 4;

/// Codes of `stream.temporality`.
const DELTA: u32 = 1;
const CUMULATIVE: u32 = 2;

impl Guest for Component {
    fn shape(streams: Vec<Stream>) -> Result<Vec<Verdict>, Failure> {
        Ok(streams.iter().map(decide).collect())
    }
}

fn decide(stream: &Stream) -> Verdict {
    if !matches!(stream.kind, SUM | HISTOGRAM | EXPONENTIAL_HISTOGRAM) || stream.temporality != DELTA {
        return Verdict::Pass;
    }
    Verdict::Process(Plan {
        outputs: vec![Output {
            description: None,
            kind: stream.kind,
            temporality: CUMULATIVE,
            monotonic: stream.monotonic,
        }],
        // Cells of histograms begin empty.
        seed: if stream.kind == SUM && stream.monotonic { MONOTONIC_SEED.to_vec() } else { Vec::new() },
    })
}
