//! What has waited so long that no back-end would take it: totals get the oldest time that is
//! taken, as newer ones may wait behind them, the rest is left out.

use clock::UnixMillis;
use otlp::wire::{Fields, Malformed};

use super::encode;

/// `TimeSeries.labels` and `TimeSeries.samples`; `Sample.value` and `Sample.timestamp`.
const LABELS: u32 = 1;
const SAMPLES: u32 = 2;
const VALUE: u32 = 1;
const TIMESTAMP: u32 = 2;

/// Time series of which some had to be changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Renewed {
    /// Not compressed.
    pub bytes: Vec<u8>,
    /// Totals that got another time.
    pub late: usize,
    /// Samples that were left out.
    pub too_old: usize,
}

/// The time series of a request as they are sent now; none if they are sent as they are. What is older than `oldest` is
/// changed; `is_total` says which may be. Totals get times from `base` on, each one of its own, which is not before `oldest`.
///
/// # Errors
/// If it is not one of our requests.
pub fn renew(
    request: &[u8],
    oldest: UnixMillis,
    base: UnixMillis,
    is_total: impl Fn(usize) -> bool,
) -> Result<Option<Renewed>, Malformed> {
    let mut renewed: Option<Renewed> = None;
    let (mut place, mut begin) = (0, 0);
    let mut fields = Fields::of(request);
    while let Some(field) = fields.next()? {
        let series = Series::read(field.bytes()?)?;
        let end = series.end - request.as_ptr().addr();
        if series.oldest < oldest {
            let renewed =
                renewed.get_or_insert_with(|| Renewed { bytes: request[..begin].to_vec(), late: 0, too_old: 0 });
            if is_total(place) && series.value.to_bits() != encode::STALE {
                // In front of what waits of the series behind it, and apart from what is in this request.
                let time = UnixMillis(base.0.saturating_add(place as i64));
                let zeros = series.samples - 1;
                encode::series_behind_zeros(series.labels, zeros, series.value, time, &[], &mut renewed.bytes);
                renewed.late += 1;
            } else {
                renewed.too_old += series.samples;
            }
        } else if let Some(renewed) = &mut renewed {
            renewed.bytes.extend_from_slice(&request[begin..end]);
        }
        (place, begin) = (place + 1, end);
    }
    Ok(renewed)
}

/// What matters of a time series.
struct Series<'a> {
    /// Encoded.
    labels: &'a [u8],
    /// Samples, the oldest time of one, and the last value.
    samples: usize,
    oldest: UnixMillis,
    value: f64,
    /// Where it ends, an address.
    end: usize,
}

impl<'a> Series<'a> {
    fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        let end = message.as_ptr_range().end.addr();
        let mut series = Self { labels: &[], samples: 0, oldest: UnixMillis(i64::MAX), value: 0.0, end };
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                LABELS => {
                    let end = field.bytes()?.as_ptr_range().end.addr() - message.as_ptr().addr();
                    series.labels = &message[..end];
                }
                SAMPLES => {
                    series.samples += 1;
                    let mut sample = Fields::of(field.bytes()?);
                    while let Some(field) = sample.next()? {
                        match field.number {
                            VALUE => series.value = f64::from_bits(field.fixed64()?),
                            TIMESTAMP => series.oldest = series.oldest.min(UnixMillis(field.varint()?.cast_signed())),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(series)
    }
}
