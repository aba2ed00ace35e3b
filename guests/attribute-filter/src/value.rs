//! Values of attributes: as text, and whether two are the same.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::types::{Attribute, Value};

/// The text that patterns in `where` see. Bytes are lower-case hex.
pub(crate) fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Text(text) | Value::Structured(text) => text.into(),
        Value::Boolean(value) => value.to_string().into(),
        Value::Integer(value) => value.to_string().into(),
        Value::Double(value) => value.to_string().into(),
        Value::Bytes(bytes) => hex(bytes).into(),
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
