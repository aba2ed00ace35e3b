//! An open request that has become larger than a request may be, in several.

use otlp::wire::Fields;

use super::request::Contents;
use super::settings::Most;

/// `TimeSeries.samples`.
const SAMPLES: u32 = 2;

/// Time series in as few parts as there may be, in order: none has more than `most`, unless it is a single time series.
pub(super) fn parts(bytes: &[u8], contents: Contents, most: Most) -> impl Iterator<Item = (&[u8], Contents)> {
    let is_whole = contents.samples - contents.zeros <= most.samples && bytes.len() <= most.bytes;
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if is_whole {
            return Some((std::mem::take(&mut rest), contents));
        }
        let (end, series, samples) = first(rest, most);
        let (part, after) = rest.split_at(end);
        rest = after;
        Some((part, contents.part(series, samples)))
    })
}

/// Where the first part ends, and how many time series and samples it has.
fn first(bytes: &[u8], most: Most) -> (usize, usize, usize) {
    let (mut end, mut series, mut samples) = (0, 0, 0);
    let mut fields = Fields::of(bytes);
    while let Ok(Some(field)) = fields.next() {
        let Ok(message) = field.bytes() else { break };
        let (until, own) = (message.as_ptr_range().end.addr() - bytes.as_ptr().addr(), count(message));
        // Beside zeros, which do not count, a time series has one sample.
        if series > 0 && (series + 1 > most.samples || until > most.bytes) {
            return (end, series, samples);
        }
        (end, series, samples) = (until, series + 1, samples + own);
    }
    // They were encoded here: there is nothing behind them.
    (bytes.len(), series, samples)
}

/// Samples of a time series.
fn count(series: &[u8]) -> usize {
    let mut fields = Fields::of(series);
    std::iter::from_fn(|| fields.next().ok()?).filter(|field| field.number == SAMPLES).count()
}
