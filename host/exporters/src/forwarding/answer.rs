//! What receivers answer, read from its bytes: `ExportMetricsServiceResponse` and `google.rpc.Status`.

use std::sync::atomic::Ordering;
use std::time::Duration;

use forward::destination::Counts;
use otlp::wire::{Fields, Malformed};

/// A receiver may ask to be left alone for so long at most.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(5 * 60);

/// A receiver that does not know this client, or has no metrics, is asked so often: somebody has to mend that.
pub const HOLD: Duration = Duration::from_secs(30);

/// Points that a receiver took a request without, and what it says of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PartialSuccess {
    /// How many.
    pub rejected: u64,
    /// Why; may be there without any.
    pub message: String,
}

/// A `google.rpc.Status`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// In words.
    pub message: String,
    /// Its `RetryInfo`.
    pub retry_after: Option<Duration>,
}

impl PartialSuccess {
    /// Reads an `ExportMetricsServiceResponse`. What cannot be read says nothing: the request was taken.
    #[must_use]
    pub fn read(response: &[u8]) -> Self {
        fn read(response: &[u8]) -> Result<PartialSuccess, Malformed> {
            let mut partial = PartialSuccess::default();
            let mut outer = Fields::of(response);
            while let Some(field) = outer.next()? {
                if field.number != 1 {
                    continue;
                }
                let mut fields = Fields::of(field.bytes()?);
                while let Some(field) = fields.next()? {
                    match field.number {
                        1 => partial.rejected = u64::try_from(field.varint()?.cast_signed()).unwrap_or_default(),
                        2 => partial.message = field.text()?.to_owned(),
                        _ => {}
                    }
                }
            }
            Ok(partial)
        }
        read(response).unwrap_or_default()
    }

    /// Counts it, of a request of `points` points, and says so.
    pub fn note(&self, exporter: &str, endpoint: &str, points: usize, counts: &Counts) {
        let rejected = self.rejected.min(points as u64);
        if rejected > 0 {
            counts.rejected.fetch_add(rejected, Ordering::Relaxed);
        }
        if rejected > 0 || !self.message.is_empty() {
            tracing::warn!(exporter, endpoint, rejected, message = cut(&self.message), "a request was taken in part");
        }
    }
}

/// Bytes of it.
const SHOWN_BYTES: usize = 400;

/// The beginning of what a peer says, as it stands in a log.
fn cut(message: &str) -> &str {
    &message[..message.floor_char_boundary(SHOWN_BYTES)]
}

impl Status {
    /// Reads a status; what cannot be read says nothing.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        fn read(bytes: &[u8]) -> Result<Status, Malformed> {
            let mut status = Status::default();
            let mut fields = Fields::of(bytes);
            while let Some(field) = fields.next()? {
                match field.number {
                    2 => status.message = field.text()?.to_owned(),
                    3 => status.retry_after = retry_info(field.bytes()?)?.or(status.retry_after),
                    _ => {}
                }
            }
            Ok(status)
        }
        read(bytes).unwrap_or_default()
    }
}

/// The delay of a detail, if it is a `RetryInfo`.
fn retry_info(detail: &[u8]) -> Result<Option<Duration>, Malformed> {
    let (mut is_retry_info, mut info) = (false, &[][..]);
    let mut fields = Fields::of(detail);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => is_retry_info = field.text()?.ends_with("/google.rpc.RetryInfo"),
            2 => info = field.bytes()?,
            _ => {}
        }
    }
    let mut fields = Fields::of(info);
    let mut delay = None;
    while let Some(field) = fields.next()? {
        if field.number == 1 && is_retry_info {
            delay = Some(duration(field.bytes()?)?);
        }
    }
    Ok(delay)
}

fn duration(bytes: &[u8]) -> Result<Duration, Malformed> {
    let (mut seconds, mut nanos) = (0, 0);
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => seconds = u64::try_from(field.varint()?.cast_signed()).unwrap_or_default(),
            2 => nanos = u64::try_from(field.varint()?.cast_signed()).unwrap_or_default(),
            _ => {}
        }
    }
    let delay = Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanos));
    Ok(delay.min(LONGEST_RETRY_AFTER))
}
