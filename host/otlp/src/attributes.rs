//! Attributes on the wire: `KeyValue` and `AnyValue` of OTLP's `common.proto`, borrowed.

use super::wire::{Fault, Field, Fields, Malformed};

/// Arrays and maps may nest so deep. `prost` gives up at 100 messages, which is 30 maps; nobody has a reason for more
/// than a few.
pub const VALUE_DEPTH: u32 = 16;

/// One attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attribute<'a> {
    /// The key; empty when it is absent.
    pub key: &'a str,
    /// The value.
    pub value: AnyValue<'a>,
}

/// The value of an attribute. Arrays and maps are kept as their message's bytes, which have been checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AnyValue<'a> {
    /// No value at all.
    Empty,
    /// Text.
    Text(&'a str),
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// A double.
    Double(f64),
    /// The bytes of an `ArrayValue`; see [`values`].
    Array(&'a [u8]),
    /// The bytes of a `KeyValueList`; see [`entries`].
    Map(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// Reads and checks a `KeyValue`, values in it included.
///
/// # Errors
/// [`Malformed`]; also [`Fault::Split`] for a value in several pieces, which is legal but rare.
pub fn read(bytes: &[u8]) -> Result<Attribute<'_>, Malformed> {
    read_at(bytes, VALUE_DEPTH)
}

#[inline]
fn read_at(bytes: &[u8], depth: u32) -> Result<Attribute<'_>, Malformed> {
    let mut attribute = Attribute { key: "", value: AnyValue::Empty };
    let mut valued = false;
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => attribute.key = field.text()?,
            2 if valued => return Err(field.fault(Fault::Split)),
            2 => {
                attribute.value = any_value(field.bytes()?, depth)?;
                valued = true;
            }
            3 => no_string_table(&field)?,
            _ => {}
        }
    }
    Ok(attribute)
}

fn any_value(bytes: &[u8], depth: u32) -> Result<AnyValue<'_>, Malformed> {
    let mut value = AnyValue::Empty;
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        let known = match field.number {
            1 => AnyValue::Text(field.text()?),
            2 => AnyValue::Bool(field.varint()? != 0),
            3 => AnyValue::Int(field.varint()?.cast_signed()),
            4 => AnyValue::Double(f64::from_bits(field.fixed64()?)),
            5 => AnyValue::Array(check_array(field.bytes()?, depth)?),
            6 => AnyValue::Map(check_map(field.bytes()?, depth)?),
            7 => AnyValue::Bytes(field.bytes()?),
            8 => {
                no_string_table(&field)?;
                // Even a zero makes the value a reference.
                return Err(field.fault(Fault::StringTable));
            }
            _ => continue,
        };
        if value != AnyValue::Empty {
            return Err(field.fault(Fault::Split));
        }
        value = known;
    }
    Ok(value)
}

fn no_string_table(field: &Field<'_>) -> Result<(), Malformed> {
    if field.varint()? == 0 { Ok(()) } else { Err(field.fault(Fault::StringTable)) }
}

fn check_array(bytes: &[u8], depth: u32) -> Result<&[u8], Malformed> {
    let depth = depth.checked_sub(1).ok_or(Malformed::new(Fault::Depth, bytes))?;
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            any_value(field.bytes()?, depth)?;
        }
    }
    Ok(bytes)
}

fn check_map(bytes: &[u8], depth: u32) -> Result<&[u8], Malformed> {
    let depth = depth.checked_sub(1).ok_or(Malformed::new(Fault::Depth, bytes))?;
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            read_at(field.bytes()?, depth)?;
        }
    }
    Ok(bytes)
}

/// The values of an [`AnyValue::Array`], in order.
///
/// # Errors
/// None for bytes that came from [`read`].
pub fn values(bytes: &[u8]) -> Result<Vec<AnyValue<'_>>, Malformed> {
    let mut values = Vec::new();
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            values.push(any_value(field.bytes()?, VALUE_DEPTH)?);
        }
    }
    Ok(values)
}

/// The entries of an [`AnyValue::Map`], in order.
///
/// # Errors
/// None for bytes that came from [`read`].
pub fn entries(bytes: &[u8]) -> Result<Vec<Attribute<'_>>, Malformed> {
    let mut entries = Vec::new();
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            entries.push(read_at(field.bytes()?, VALUE_DEPTH)?);
        }
    }
    Ok(entries)
}
