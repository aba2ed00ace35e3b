//! Numbers and texts. The JSON form of protobuf writes integers of 64 bits as text, and takes either; it has names for
//! what JSON has no numbers for.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use prost::encoding::WireType;
use serde::de::{DeserializeSeed, Deserializer, Error, Unexpected, Visitor};

use super::message::{TEXT, Target};
use super::schema::{Scalar, TEMPORALITIES};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

impl Scalar {
    pub fn wire_type(self) -> WireType {
        match self {
            Self::Text | Self::Bytes | Self::Id => WireType::LengthDelimited,
            Self::Bool | Self::Int32 | Self::Int64 | Self::Uint32 | Self::Uint64 | Self::Sint32 | Self::Temporality => {
                WireType::Varint
            }
            Self::Fixed64 | Self::Sfixed64 | Self::Double => WireType::SixtyFourBit,
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bool => "true or false",
            Self::Bytes => "bytes in base64",
            Self::Id => "bytes in hexadecimal",
            Self::Int32 | Self::Sint32 => "an integer of 32 bits",
            Self::Uint32 => "an integer of 32 bits, not negative",
            Self::Int64 | Self::Sfixed64 => "an integer of 64 bits, as number or text",
            Self::Uint64 | Self::Fixed64 => "an integer of 64 bits, not negative, as number or text",
            Self::Double => "a number, \"NaN\", \"Infinity\" or \"-Infinity\"",
            Self::Temporality => "an aggregation temporality, by number or name",
        }
    }
}

/// A value, written without the key of its field.
pub struct Value<'t, 'a> {
    pub scalar: Scalar,
    pub target: &'t mut Target<'a>,
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.scalar {
            // As bytes: half a surrogate pair would end the reading of a text. So would a control character that is not
            // escaped; now it stands for itself.
            Scalar::Text => deserializer.deserialize_bytes(self),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl Value<'_, '_> {
    fn length_delimited<E: Error>(self, bytes: &[u8]) -> Result<(), E> {
        self.target.varint(bytes.len() as u64)?;
        self.target.push(bytes)
    }

    fn integer<E: Error>(self, value: i128) -> Result<(), E> {
        let wrong = || E::invalid_value(Unexpected::Other(&value.to_string()), &self.scalar.expected());
        let fits = match self.scalar {
            Scalar::Int32 | Scalar::Sint32 | Scalar::Temporality => i32::try_from(value).is_ok(),
            Scalar::Uint32 => u32::try_from(value).is_ok(),
            Scalar::Int64 | Scalar::Sfixed64 => i64::try_from(value).is_ok(),
            Scalar::Uint64 | Scalar::Fixed64 => u64::try_from(value).is_ok(),
            Scalar::Text | Scalar::Bool | Scalar::Bytes | Scalar::Id | Scalar::Double => false,
        };
        if !fits {
            return Err(wrong());
        }
        // The low 64 bits are what both wire types hold, signs included.
        let bits = value as u64;
        match self.scalar {
            Scalar::Fixed64 | Scalar::Sfixed64 => self.target.push(&bits.to_le_bytes()),
            Scalar::Sint32 => self.target.varint((value << 1 ^ value >> 127) as u64),
            _ => self.target.varint(bits),
        }
    }

    fn double<E: Error>(self, value: f64) -> Result<(), E> {
        self.target.push(&value.to_bits().to_le_bytes())
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.scalar.expected())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        match self.scalar {
            Scalar::Bool => self.target.push(&[u8::from(value)]),
            _ => Err(E::invalid_type(Unexpected::Bool(value), &self)),
        }
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        if self.scalar == Scalar::Double { self.double(value as f64) } else { self.integer(value.into()) }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        if self.scalar == Scalar::Double { self.double(value as f64) } else { self.integer(value.into()) }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        match self.scalar {
            Scalar::Double => self.double(value),
            // `1.0` and `1e3` are integers; the bound is far beyond all that have 64 bits.
            _ if value.fract() == 0.0 && value.abs() < 1e30 => self.integer(value as i128),
            _ => Err(E::invalid_type(Unexpected::Float(value), &self)),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let wrong = |value: &Self| E::invalid_value(TEXT, value);
        match self.scalar {
            Scalar::Double => match double(text) {
                Some(value) => self.double(value),
                None => Err(wrong(&self)),
            },
            Scalar::Temporality => match TEMPORALITIES.iter().position(|name| *name == text) {
                Some(number) => self.integer(number as i128),
                None => Err(wrong(&self)),
            },
            Scalar::Bytes => {
                let engine = if text.contains(['-', '_']) { URL_SAFE } else { STANDARD };
                match engine.decode(text) {
                    Ok(bytes) => self.length_delimited(&bytes),
                    Err(_) => Err(wrong(&self)),
                }
            }
            Scalar::Id => match unhex(text) {
                Some(bytes) => self.length_delimited(&bytes),
                None => Err(wrong(&self)),
            },
            Scalar::Bool | Scalar::Text => Err(E::invalid_type(TEXT, &self)),
            _ => match text.parse::<i128>() {
                // Rust reads a plus sign as well, JSON does not.
                Ok(value) if !text.starts_with('+') => self.integer(value),
                _ => Err(wrong(&self)),
            },
        }
    }

    fn visit_bytes<E: Error>(self, text: &[u8]) -> Result<(), E> {
        match whole_text(text) {
            Some(text) => self.length_delimited(text.as_bytes()),
            None => Err(E::custom("invalid UTF-8 in a text")),
        }
    }
}

/// The three names, and decimal numbers, which other writers of protobuf's JSON put in quotes as well.
fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // Rust has other names for the same.
        _ if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) => {
            text.parse().ok().filter(|value: &f64| value.is_finite())
        }
        _ => None,
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks();
    let bytes = pairs.iter().map(|[high, low]| Some((digit(*high)? << 4 | digit(*low)?) as u8));
    if rest.is_empty() { bytes.collect() } else { None }
}

/// JavaScript cuts text in the middle of a surrogate pair, and writes the half as an escape. Protobuf has no such text:
/// each half becomes a replacement character, as in JavaScript's own encoder.
fn whole_text(text: &[u8]) -> Option<Cow<'_, str>> {
    const REPLACEMENT: [u8; 3] = [0xef, 0xbf, 0xbd];
    if let Ok(text) = std::str::from_utf8(text) {
        return Some(text.into());
    }
    let mut bytes = text.to_vec();
    for at in 0..bytes.len() {
        // A half, as the reader hands it on.
        if let Some([0xed, 0xa0..=0xbf, 0x80..=0xbf]) = bytes.get(at..at + 3) {
            bytes[at..at + 3].copy_from_slice(&REPLACEMENT);
        }
    }
    String::from_utf8(bytes).ok().map(Cow::from)
}
