//! Zeros in requests that come again.
//!
//! Prometheus takes zeros once. After an attempt without an answer nobody knows whether it has them, and a refusal does not say:
//! it may mean the zeros, or any other sample. One first total that is sent alone, behind its zeros, tells: if that is out of
//! order, all of the request was stored, and what comes again goes without zeros; if it is taken, nothing was.

use otlp::wire::{Fields, Malformed};

use crate::remote_write::encode::put_message;

/// `WriteRequest.timeseries`, and its key.
const TIMESERIES: u32 = 1;
const TIMESERIES_KEY: u8 = 1 << 3 | 2;

/// `TimeSeries.samples`.
const SAMPLES: u32 = 2;

/// The time series of a request, not compressed, without the zeros in front of their totals, so that they may come again. No
/// time series has more than one sample beside such zeros.
///
/// # Errors
/// If it is not one of ours.
pub fn without_zeros(request: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut out = Vec::with_capacity(request.len());
    let mut fields = Fields::of(request);
    while let Some(field) = fields.next()? {
        if field.number == TIMESERIES {
            last_sample(field.bytes()?, &mut out)?;
        }
    }
    Ok(out)
}

/// Appends a time series with the last of its samples only.
fn last_sample(series: &[u8], out: &mut Vec<u8>) -> Result<(), Malformed> {
    // From the end of the labels to the beginning of the last sample there are zeros.
    let (mut labels, mut last, mut end) = (None, 0, 0);
    let mut fields = Fields::of(series);
    while let Some(field) = fields.next()? {
        if field.number == SAMPLES {
            labels.get_or_insert(end);
            last = end;
        }
        end = field.bytes()?.as_ptr_range().end.addr() - series.as_ptr().addr();
    }
    let labels = labels.unwrap_or(end);
    put_message(TIMESERIES_KEY, &[&series[..labels], &series[last.max(labels)..]].concat(), out);
    Ok(())
}
