//! Requests in two, so that one bad sample does not cost the good ones around it.
//!
//! A receiver that refuses a request because of some of its samples may have stored the others (Mimir, Cortex and Amazon
//! do) or none of them (Prometheus rolls back: `write` in its `write_handler.go`). Both are fine: a sample that comes
//! again with the same time and value is the same sample. Only one that is older than what has been stored of its series
//! meanwhile is refused again; it is then counted as refused although the receiver has it.

use bytes::Bytes;

use super::request::Contents;
use otlp::wire::{Fields, Malformed};

/// Attempts that halves of a refused request may take, on top of its own: enough to find two or three bad samples among
/// thousands (each costs two attempts a halving), and few enough for a back-end that refuses everything.
pub const SPLIT_ATTEMPTS: usize = 64;

/// `WriteRequest.timeseries`.
const TIMESERIES: u32 = 1;

/// `TimeSeries.samples`.
const SAMPLES: u32 = 2;

/// Time series of a request, not compressed, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    bytes: Bytes,
    contents: Contents,
}

impl Part {
    /// The time series of a request in Snappy's block format; none if it is not one of ours.
    #[must_use]
    pub fn read(body: &[u8], contents: Contents) -> Option<Self> {
        let bytes = Bytes::from(snap::raw::Decoder::new().decompress_vec(body).ok()?);
        Self::of(bytes, contents)
    }

    /// A part of what holds `whole`, or all of it.
    fn of(bytes: Bytes, whole: Contents) -> Option<Self> {
        let (mut series, mut samples) = (0, 0);
        cut(&bytes, |_, own| {
            series += 1;
            samples += own;
        })
        .ok()?;
        Some(Self { bytes, contents: whole.part(series, samples) })
    }

    /// What is in it.
    #[must_use]
    pub fn contents(&self) -> Contents {
        self.contents
    }

    /// Bytes that all parts of a request take together.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Two halves, in order; none of a single time series.
    #[must_use]
    pub fn halves(&self) -> Option<(Self, Self)> {
        let first = self.contents.series / 2;
        let mut seen = 0;
        let mut middle = 0;
        let counted = cut(&self.bytes, |end, _| {
            seen += 1;
            if seen == first {
                middle = end;
            }
        });
        if first == 0 || counted.is_err() {
            return None;
        }
        let part = |bytes| Self::of(bytes, self.contents);
        part(self.bytes.slice(..middle)).zip(part(self.bytes.slice(middle..)))
    }

    /// A request of these time series, in Snappy's block format.
    #[must_use]
    pub fn body(&self) -> Bytes {
        // Only more than 4 GiB fail, and the whole request was less.
        snap::raw::Encoder::new().compress_vec(&self.bytes).unwrap_or_default().into()
    }
}

/// Calls `each` with the end of each time series, and the number of its samples.
fn cut(request: &[u8], mut each: impl FnMut(usize, usize)) -> Result<(), Malformed> {
    let mut fields = Fields::of(request);
    while let Some(field) = fields.next()? {
        if field.number == TIMESERIES {
            let series = field.bytes()?;
            each(series.as_ptr_range().end.addr() - request.as_ptr().addr(), samples(series)?);
        }
    }
    Ok(())
}

fn samples(series: &[u8]) -> Result<usize, Malformed> {
    let mut samples = 0;
    let mut fields = Fields::of(series);
    while let Some(field) = fields.next()? {
        samples += usize::from(field.number == SAMPLES);
    }
    Ok(samples)
}
