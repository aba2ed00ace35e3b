//! The canonical form of attributes: one byte string for everything that OTLP takes for the same, and different ones
//! for whatever it tells apart.
//!
//! Order of attributes and of map entries does not count, nor does how a number was encoded; the type of a value does.
//! An attribute is its key's length (4 bytes), its key, and its value: a tag and the value's bytes.

use crate::attributes::{self, AnyValue, Attribute};
use crate::wire::Malformed;

const EMPTY: u8 = 0;
const TEXT: u8 = 1;
const BOOL: u8 = 2;
const INT: u8 = 3;
const DOUBLE: u8 = 4;
const BYTES: u8 = 5;
const ARRAY: u8 = 6;
const MAP: u8 = 7;

/// A value, read back from its canonical form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Empty,
    /// Text.
    Text(&'a str),
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// A double.
    Double(f64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Values in order.
    Array(List<'a>),
    /// Entries by key.
    Map(List<'a>),
}

/// Canonical values or entries, one after another, each with its length in front.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct List<'a>(&'a [u8]);

/// Appends the canonical form of `attribute` to `out`.
///
/// # Errors
/// None for an attribute that came from [`attributes::read`].
pub fn write(attribute: &Attribute<'_>, out: &mut Vec<u8>) -> Result<(), Malformed> {
    put_text(attribute.key, out);
    write_value(&attribute.value, out)
}

/// Appends an attribute whose value is text.
pub fn write_text(key: &str, value: &str, out: &mut Vec<u8>) {
    put_text(key, out);
    out.push(TEXT);
    out.extend_from_slice(value.as_bytes());
}

fn write_value(value: &AnyValue<'_>, out: &mut Vec<u8>) -> Result<(), Malformed> {
    match value {
        AnyValue::Empty => out.push(EMPTY),
        AnyValue::Text(text) => {
            out.push(TEXT);
            out.extend_from_slice(text.as_bytes());
        }
        AnyValue::Bool(value) => out.extend_from_slice(&[BOOL, u8::from(*value)]),
        AnyValue::Int(value) => {
            out.push(INT);
            out.extend_from_slice(&value.to_le_bytes());
        }
        AnyValue::Double(value) => {
            out.push(DOUBLE);
            out.extend_from_slice(&value.to_bits().to_le_bytes());
        }
        AnyValue::Bytes(bytes) => {
            out.push(BYTES);
            out.extend_from_slice(bytes);
        }
        AnyValue::Array(array) => {
            out.push(ARRAY);
            for value in attributes::values(array)? {
                put_sized(out, |out| write_value(&value, out))?;
            }
        }
        AnyValue::Map(map) => {
            out.push(MAP);
            let mut entries = attributes::entries(map)?;
            entries.sort_by_key(|entry| entry.key);
            for entry in entries {
                put_sized(out, |out| write(&entry, out))?;
            }
        }
    }
    Ok(())
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn put_sized(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Result<(), Malformed>) -> Result<(), Malformed> {
    let place = out.len();
    out.extend_from_slice(&[0; 4]);
    write(out)?;
    let length = (out.len() - place - 4) as u32;
    out[place..place + 4].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

/// Key and value of a canonical attribute. Bytes that are none read as an empty attribute.
#[must_use]
pub fn read(attribute: &[u8]) -> (&str, Value<'_>) {
    let (key, value) = split_sized(attribute).unwrap_or_default();
    (std::str::from_utf8(key).unwrap_or_default(), read_value(value))
}

fn read_value(bytes: &[u8]) -> Value<'_> {
    let Some((tag, rest)) = bytes.split_first() else { return Value::Empty };
    match *tag {
        TEXT => Value::Text(std::str::from_utf8(rest).unwrap_or_default()),
        BOOL => Value::Bool(rest == [1]),
        INT => Value::Int(i64::from_le_bytes(rest.try_into().unwrap_or_default())),
        DOUBLE => Value::Double(f64::from_le_bytes(rest.try_into().unwrap_or_default())),
        BYTES => Value::Bytes(rest),
        ARRAY => Value::Array(List(rest)),
        MAP => Value::Map(List(rest)),
        _ => Value::Empty,
    }
}

fn split_sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

impl<'a> List<'a> {
    fn items(self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (item, behind) = split_sized(rest)?;
            rest = behind;
            Some(item)
        })
    }

    /// The values of an array.
    pub fn values(self) -> impl Iterator<Item = Value<'a>> {
        self.items().map(read_value)
    }

    /// The entries of a map, by key.
    pub fn entries(self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        self.items().map(read)
    }
}
