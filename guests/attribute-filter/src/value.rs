//! Values of attributes: as conditions see them, as text, and whether two are the same.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::types::{Attribute, Value};

/// The structured value that is empty.
pub(crate) const EMPTY: &str = "{}";

/// A value where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum View<'a> {
    Text(&'a str),
    Boolean(bool),
    Integer(i64),
    Double(f64),
    Bytes(&'a [u8]),
    Structured(&'a str),
}

impl<'a> From<&'a Value> for View<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text),
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Integer(value) => Self::Integer(*value),
            Value::Double(value) => Self::Double(*value),
            Value::Bytes(bytes) => Self::Bytes(bytes),
            Value::Structured(json) => Self::Structured(json),
        }
    }
}

impl<'a> View<'a> {
    /// The text that patterns see. Bytes are lower-case hex.
    pub(crate) fn text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) | Self::Structured(text) => text.into(),
            Self::Boolean(value) => value.to_string().into(),
            Self::Integer(value) => value.to_string().into(),
            Self::Double(value) => value.to_string().into(),
            Self::Bytes(bytes) => hex(bytes).into(),
        }
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // A string takes whatever is written.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Whether nothing has changed. Doubles are compared by their bits: NaN is no change from NaN.
pub(crate) fn same(before: &[Attribute], after: &[Attribute]) -> bool {
    let same_value = |before: &Value, after: &Value| match (before, after) {
        (Value::Double(before), Value::Double(after)) => before.to_bits() == after.to_bits(),
        _ => before == after,
    };
    before.len() == after.len()
        && before
            .iter()
            .zip(after)
            .all(|(before, after)| before.key == after.key && same_value(&before.value, &after.value))
}
