//! Values in place of which a hash is sent.
//!
//! The bytes that are hashed are those of the OpenTelemetry Collector's attributes processor, so that a stream
//! stays the same when this host takes its place.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use crate::types::Value;
use crate::value::hex;

/// What becomes of bytes, arrays, maps and empty values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// They are hashed too, so that streams that differ in nothing else stay apart.
    Hashed,
    /// They become the empty text, as in the Collector.
    Emptied,
}

/// SHA-256 in lower-case hex. What is empty becomes the empty text: there is nothing to hide.
pub(super) fn hash(value: &Value, others: Others) -> Value {
    let bytes = bytes(value, others);
    Value::Text(if bytes.is_empty() { String::new() } else { hex(&Sha256::digest(&bytes)) })
}

fn bytes(value: &Value, others: Others) -> Cow<'_, [u8]> {
    match value {
        Value::Text(text) => text.as_bytes().into(),
        Value::Boolean(value) => vec![u8::from(*value)].into(),
        Value::Integer(value) => value.to_le_bytes().to_vec().into(),
        Value::Double(value) => value.to_bits().to_le_bytes().to_vec().into(),
        Value::Bytes(_) | Value::Structured(_) if others == Others::Emptied => Cow::Borrowed(&[]),
        Value::Bytes(bytes) => bytes.into(),
        Value::Structured(json) => json.as_bytes().into(),
    }
}
