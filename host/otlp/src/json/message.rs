//! Messages: what is read of a JSON object is written as fields of protobuf, as the tables say.

use std::fmt;

use prost::encoding::{WireType, encode_key, encode_varint};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};

use super::lengths::Lengths;
use super::scalar::Value;
use super::schema::{Field, Kind, Message, Place, Scalar};
use crate::bounded::Bounded;
use crate::error::BodyError;

/// What errors say of a text that stands where none should. It may be as long as a request, and is not repeated.
pub const TEXT: Unexpected<'static> = Unexpected::Other("text");

/// Where the bytes go.
pub struct Target<'a> {
    pub written: Bounded<'a>,
    pub lengths: Lengths,
    /// Why no more could be written; the reader only learns that it failed.
    pub failed: Option<BodyError>,
}

impl Target<'_> {
    pub fn push<E: Error>(&mut self, bytes: &[u8]) -> Result<(), E> {
        self.written.push(bytes).map_err(|error| self.fail(error))
    }

    fn fail<E: Error>(&mut self, error: BodyError) -> E {
        let told = E::custom(&error);
        self.failed = Some(error);
        told
    }

    pub fn varint<E: Error>(&mut self, value: u64) -> Result<(), E> {
        let mut bytes = Vec::with_capacity(10);
        encode_varint(value, &mut bytes);
        self.push(&bytes)
    }

    fn key<E: Error>(&mut self, number: u32, wire_type: WireType) -> Result<(), E> {
        let mut bytes = Vec::with_capacity(5);
        encode_key(number, wire_type, &mut bytes);
        self.push(&bytes)
    }

    /// Writes a field whose length is known only when it is written.
    fn measured<E: Error>(&mut self, number: u32, write: impl FnOnce(&mut Self) -> Result<(), E>) -> Result<(), E> {
        self.key(number, WireType::LengthDelimited)?;
        let begun = self.lengths.begin(&mut self.written).map_err(|error| self.fail(error))?;
        write(self)?;
        self.lengths.end(&begun, &mut self.written).map_err(|error| self.fail(error))
    }
}

/// A message without anything around it.
pub struct Body<'t, 'a> {
    pub message: &'static Message,
    pub target: &'t mut Target<'a>,
}

impl<'de> DeserializeSeed<'de> for Body<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Body<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Err(E::invalid_type(TEXT, &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = 0_u32;
        let mut chosen = false;
        while let Some(field) = map.next_key_seed(Name(self.message))? {
            let Some(field) = field else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if !map.next_value_seed(Content { field, target: &mut *self.target })? {
                continue;
            }
            // What stands twice means one thing to one reader and another to the next.
            let again = seen & 1 << field.number != 0 || chosen && field.place == Place::Choice;
            if again {
                return Err(A::Error::custom(format_args!("{} is there a second time, or beside another", field.name)));
            }
            seen |= 1 << field.number;
            chosen |= field.place == Place::Choice;
        }
        Ok(())
    }
}

/// The name of a field: the one that JSON has, or the one that protobuf has, which the Collector takes as well. Others
/// are passed over.
struct Name(&'static Message);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<&'static Field>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<&'static Field>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.fields.iter().find(|field| field.name == name || is_snake_case_of(name, field.name)))
    }
}

fn is_snake_case_of(snake: &str, camel: &str) -> bool {
    let mut snake = snake.bytes();
    let found = camel.bytes().all(|byte| {
        (!byte.is_ascii_uppercase() || snake.next() == Some(b'_')) && snake.next() == Some(byte.to_ascii_lowercase())
    });
    found && snake.next().is_none()
}

/// What stands behind the name of a field. Says whether there was anything.
struct Content<'t, 'a> {
    field: &'static Field,
    target: &'t mut Target<'a>,
}

impl<'de> DeserializeSeed<'de> for Content<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Content<'_, '_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the value of {}", self.field.name)
    }

    /// `null`, which is as good as nothing.
    fn visit_none<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        let Self { field, target } = self;
        match field.kind {
            Kind::One(scalar) => {
                target.key(field.number, scalar.wire_type())?;
                Value { scalar, target }.deserialize(deserializer)?;
            }
            Kind::Message(message) => {
                target.measured(field.number, |target| Body { message, target }.deserialize(deserializer))?;
            }
            Kind::Packed(scalar) => {
                target.measured(field.number, |target| deserializer.deserialize_any(Packed { scalar, target }))?;
            }
            Kind::Messages(message) => {
                deserializer.deserialize_any(Messages { message, number: field.number, target })?;
            }
        }
        Ok(true)
    }
}

/// A list of numbers, which is one field.
struct Packed<'t, 'a> {
    scalar: Scalar,
    target: &'t mut Target<'a>,
}

impl<'de> Visitor<'de> for Packed<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of numbers")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Err(E::invalid_type(TEXT, &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Value { scalar: self.scalar, target: &mut *self.target })?.is_some() {}
        Ok(())
    }
}

/// A list of messages: a field for each.
struct Messages<'t, 'a> {
    message: &'static Message,
    number: u32,
    target: &'t mut Target<'a>,
}

impl<'de> Visitor<'de> for Messages<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of objects")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Err(E::invalid_type(TEXT, &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Element(Messages { target: &mut *self.target, ..self }))?.is_some() {}
        Ok(())
    }
}

/// One of them.
struct Element<'t, 'a>(Messages<'t, 'a>);

impl<'de> DeserializeSeed<'de> for Element<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self(Messages { message, number, target }) = self;
        target.measured(number, |target| Body { message, target }.deserialize(deserializer))
    }
}
