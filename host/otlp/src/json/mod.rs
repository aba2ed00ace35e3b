//! OTLP/JSON: a request in the JSON form of protobuf, with OTLP's own rules, becomes the same request in bytes, and
//! goes the same way from there on.
//!
//! Nothing of the request is kept in any other form: what is read is written at once, so that the memory that is
//! charged is that of the bytes. The library's limit on nesting stays on, and the scan counts parts and depth as it
//! does for bytes that came as such.

mod lengths;
mod message;
mod scalar;
mod schema;

use bytes::Bytes;
use serde::de::DeserializeSeed as _;

use super::bounded::Bounded;
use crate::error::BodyError;
use budget::Reservation;
use lengths::Lengths;

/// A text with escapes is put together in a buffer that doubles as it grows, and may be as long as the request; what it
/// stands for may be put together once more.
const SCRATCH_FACTOR: usize = 3;

/// Makes protobuf of JSON, at most `limit` bytes. The reservation is the JSON's; afterwards it is that of the memory in which stands what came
/// out.
///
/// # Errors
/// [`BodyError`], except that nothing is read.
pub fn decode(json: Bytes, limit: usize, reservation: &mut Reservation) -> Result<Bytes, BodyError> {
    let mut written = Bounded::new(limit, reservation);
    let scratch = json.len().saturating_mul(SCRATCH_FACTOR);
    written.charge_beside(scratch)?;
    let mut target = message::Target { written, lengths: Lengths::new(scratch), failed: None };
    let mut reader = serde_json::Deserializer::from_slice(&json);
    let read = message::Body { message: &schema::REQUEST, target: &mut target }.deserialize(&mut reader);
    match (read.and_then(|()| reader.end()), target.failed) {
        (Ok(()), None) => {
            let message::Target { mut written, lengths, .. } = target;
            lengths.put_in(&mut written)?;
            written.finish()
        }
        (_, Some(failed)) => Err(failed),
        (Err(error), None) => Err(BodyError::corrupt("OTLP/JSON", error)),
    }
}
