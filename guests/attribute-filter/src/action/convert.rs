//! Values in another type, as the OpenTelemetry Collector's attributes processor converts them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::types::Value;
use crate::value::EMPTY;

/// The type that a value is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Integer,
    Double,
    Text,
}

/// From here on a double as text has an exponent, and below the reciprocal of a million: as in JSON that Go writes.
const LARGE: f64 = 1e21;
const SMALL: f64 = 1e-6;

/// The doubles that have an integer of 64 bits: from `-2^63`, and below `2^63`.
const INTEGERS: std::ops::Range<f64> = -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0;

impl Type {
    /// The value in this type; none if it has no meaning in it, or has the type already.
    pub(super) fn of(self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Self::Integer, Value::Double(value)) => {
                INTEGERS.contains(value).then_some(Value::Integer(value.trunc() as i64))
            }
            (Self::Integer, Value::Boolean(value)) => Some(Value::Integer((*value).into())),
            (Self::Integer, Value::Text(text)) => text.parse().ok().map(Value::Integer),
            (Self::Double, Value::Integer(value)) => Some(Value::Double(*value as f64)),
            (Self::Double, Value::Boolean(value)) => Some(Value::Double((*value).into())),
            (Self::Double, Value::Text(text)) => double(text).map(Value::Double),
            (Self::Text, value) => text(value).map(Value::Text),
            _ => None,
        }
    }
}

/// Arrays and maps stay what they are.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(_) => None,
        Value::Boolean(value) => Some(value.to_string()),
        Value::Integer(value) => Some(value.to_string()),
        Value::Double(value) => Some(number(*value)),
        Value::Bytes(bytes) => Some(STANDARD.encode(bytes)),
        Value::Structured(json) => (json == EMPTY).then(String::new),
    }
}

/// A number that is beyond all doubles is none.
fn double(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    (value.is_finite() || !text.contains(|letter: char| letter.is_ascii_digit())).then_some(value)
}

fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() || value == 0.0 || (SMALL..LARGE).contains(&size) {
        return value.to_string();
    }
    let text = format!("{value:e}");
    if text.contains("e-") { text } else { text.replace('e', "e+") }
}
