//! Attribute values as label values: the text that the Collector's `AsString` gives.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::canonical::Value;

/// The text of a value; empty for an empty one, and for a structure that JSON cannot express.
#[must_use]
pub fn of(value: Value<'_>) -> String {
    let mut out = String::new();
    append(value, &mut out);
    out
}

/// The same, appended to `out`.
pub fn append(value: Value<'_>, out: &mut String) {
    match value {
        Value::Empty => {}
        Value::Text(text) => out.push_str(text),
        Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Value::Int(value) => {
            // Writing to a string cannot fail.
            let _ = write!(out, "{value}");
        }
        Value::Double(value) => out.push_str(&double(value)),
        Value::Bytes(bytes) => STANDARD.encode_string(bytes, out),
        Value::Array(_) | Value::Map(_) => {
            let start = out.len();
            if json(value, out).is_none() {
                out.truncate(start);
            }
        }
    }
}

/// A number as ECMAScript writes it.
fn double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}e+{exponent}"),
            _ => text,
        };
    }
    value.to_string()
}

/// Appends `value` as compact JSON; none if it holds a number that JSON has no form for.
fn json(value: Value<'_>, out: &mut String) -> Option<()> {
    match value {
        Value::Empty => out.push_str("null"),
        // As Go writes a slice that it has no memory for.
        Value::Bytes([]) => out.push_str("null"),
        Value::Text(text) => quoted(text, out),
        Value::Bytes(bytes) => quoted(&STANDARD.encode(bytes), out),
        Value::Bool(_) | Value::Int(_) => append(value, out),
        Value::Double(number) if number.is_finite() => out.push_str(&double(number)),
        Value::Double(_) => return None,
        Value::Array(list) => {
            out.push('[');
            for (index, value) in list.values().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                json(value, out)?;
            }
            out.push(']');
        }
        Value::Map(list) => {
            out.push('{');
            let mut entries = list.entries().peekable();
            let mut first = true;
            while let Some((key, value)) = entries.next() {
                // Of equal keys the last one counts.
                if entries.peek().is_some_and(|(next, _)| *next == key) {
                    continue;
                }
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                quoted(key, out);
                out.push(':');
                json(value, out)?;
            }
            out.push('}');
        }
    }
    Some(())
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Go escapes the two line separators that JavaScript once stumbled over.
            '\u{0}'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
