//! Requests in two, so that one bad sample does not cost the good ones around it.
//!
//! A receiver that refuses a request because of some of its samples may have stored the others (Mimir, Cortex and Amazon
//! do) or none of them (Prometheus rolls back: `write` in its `write_handler.go`). Both are fine: a sample that comes
//! again with the same time and value is the same sample. Only one that is older than what has been stored of its series
//! meanwhile is refused again; it is then counted as refused although the receiver has it.

use bytes::Bytes;

use super::encode::put_message;
use super::request::Contents;
use otlp::wire::{Fields, Malformed};

/// Attempts that halves of a refused request may take, on top of its own: enough to find two or three bad samples among
/// thousands (each costs two attempts a halving), and few enough for a back-end that refuses everything.
pub const SPLIT_ATTEMPTS: usize = 64;

/// `WriteRequest.timeseries`.
const TIMESERIES: u32 = 1;
const TIMESERIES_KEY: u8 = 1 << 3 | 2;

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
        let (mut series, mut runs, mut samples) = (0, 0, 0);
        cut(&bytes, |_, own| {
            series += 1;
            runs += usize::from(own > 1);
            samples += own;
        })
        .ok()?;
        Some(Self { bytes, contents: whole.part(series, runs, samples) })
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
        self.cut_behind(self.contents.series / 2)
    }

    /// The first time series, so many, and the others; none if there are none of either.
    fn cut_behind(&self, first: usize) -> Option<(Self, Self)> {
        let mut seen = 0;
        let mut middle = 0;
        let counted = cut(&self.bytes, |end, _| {
            seen += 1;
            if seen == first {
                middle = end;
            }
        });
        if first == 0 || first >= seen || counted.is_err() {
            return None;
        }
        let part = |bytes| Self::of(bytes, self.contents);
        part(self.bytes.slice(..middle)).zip(part(self.bytes.slice(middle..)))
    }

    /// The first time series, and all others; none of a single one.
    #[must_use]
    pub fn first_and_rest(&self) -> Option<(Self, Self)> {
        self.cut_behind(1)
    }

    /// The same time series without zeros in front of their last samples, which may come again. (No time series has more than
    /// one sample beside such zeros.)
    ///
    /// # Errors
    /// If it is not one of ours.
    pub fn without_zeros(&self) -> Result<Self, Malformed> {
        let mut out = Vec::with_capacity(self.bytes.len());
        let mut fields = Fields::of(&self.bytes);
        while let Some(field) = fields.next()? {
            if field.number == TIMESERIES {
                last_sample(field.bytes()?, &mut out)?;
            }
        }
        let contents =
            Contents { samples: self.contents.samples - self.contents.zeros, zeros: 0, runs: 0, ..self.contents };
        Ok(Self { bytes: out.into(), contents })
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

/// Appends a time series with the last of its samples only.
fn last_sample(series: &[u8], out: &mut Vec<u8>) -> Result<(), Malformed> {
    let offset = |part: &[u8]| part.as_ptr().addr() - series.as_ptr().addr();
    // From the end of the labels to the beginning of the last sample there are zeros.
    let (mut labels, mut last, mut end) = (0, 0, 0);
    let mut fields = Fields::of(series);
    while let Some(field) = fields.next()? {
        if field.number == SAMPLES {
            last = end;
        } else if last == 0 {
            labels = offset(field.bytes()?) + field.bytes()?.len();
        }
        end = offset(field.bytes()?) + field.bytes()?.len();
    }
    put_message(TIMESERIES_KEY, &[&series[..labels], &series[last.max(labels)..]].concat(), out);
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
