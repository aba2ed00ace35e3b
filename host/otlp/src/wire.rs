//! A cursor over protobuf bytes: borrowed, bounds-checked, and never lenient.
//!
//! It reads what `prost` reads, field by field and without a copy. What is malformed is an error, never an absent field.
//! Rules: the protobuf encoding guide; where it leaves a choice, `prost` decides, which is the oracle in the tests.

use thiserror::Error;

/// Groups, a form that OTLP does not use, may nest so deep before a message is refused.
const GROUP_DEPTH: u32 = 100;

/// Why bytes are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// The bytes end in the middle of something, or a length reaches past the end.
    #[error("truncated: the bytes end before the field does")]
    Truncated,
    /// A varint has more than 64 bits.
    #[error("a variable-length integer has more than 64 bits")]
    Varint,
    /// Field number 0, or a key of more than 32 bits.
    #[error("invalid field key")]
    Key,
    /// A known field with a type that it cannot have, or a type that does not exist.
    #[error("wrong wire type")]
    WireType,
    /// A group that is not closed, or closed without having been opened.
    #[error("unbalanced group")]
    Group,
    /// Messages nest too deeply.
    #[error("messages nest too deeply")]
    Depth,
    /// Text that is not UTF-8.
    #[error("text is not valid UTF-8")]
    Utf8,
    /// A reference into a string table, which metrics do not have.
    #[error("reference into a string table, which metrics do not have")]
    StringTable,
    /// More resources, scopes, metrics and points, or more unknown fields, than a request may have.
    #[error(
        "more resources, scopes, metrics and data points, or more unknown fields, than one request may have: send smaller requests"
    )]
    TooMany,
    /// A message that may stand once stands in several pieces. This is legal, but it takes the slow path.
    #[error("a message is split in several pieces")]
    Split,
}

/// A fault and the place where it was found, as an address; [`Malformed::offset`] turns it into an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong.
    pub fault: Fault,
    address: usize,
}

impl Malformed {
    pub(crate) fn new(fault: Fault, place: &[u8]) -> Self {
        Self { fault, address: place.as_ptr().addr() }
    }

    /// Where in `whole` the fault is, bytes from its beginning.
    #[must_use]
    pub fn offset(&self, whole: &[u8]) -> usize {
        self.address.saturating_sub(whole.as_ptr().addr()).min(whole.len())
    }
}

/// The fields of one message, in the order in which they stand.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

/// One field: its number and its value.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// The number from the `.proto` file.
    pub number: u32,
    value: Value<'a>,
    /// Where the field begins, key included; with [`Self::end`] its extent.
    start: &'a [u8],
    end: &'a [u8],
}

#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32,
    Bytes(&'a [u8]),
    Group,
}

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const BYTES: u64 = 2;
const START_GROUP: u64 = 3;
const END_GROUP: u64 = 4;
const FIXED32: u64 = 5;

impl<'a> Fields<'a> {
    /// The fields of the message in `bytes`.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next field; none at the end of the message.
    ///
    /// # Errors
    /// [`Malformed`]; the cursor must not be used afterwards.
    // Inlined by force: in the loop over a point's fields a call for each would cost more than the field itself.
    #[inline(always)]
    #[expect(clippy::should_implement_trait, reason = "an iterator of results would go on after an error")]
    pub fn next(&mut self) -> Result<Option<Field<'a>>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let start = self.rest;
        let key = self.varint()?;
        let (number, wire_type) = split_key(key).ok_or(Malformed::new(Fault::Key, start))?;
        let value = match wire_type {
            VARINT => Value::Varint(self.varint()?),
            FIXED64 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            BYTES => Value::Bytes(self.delimited()?),
            FIXED32 => {
                self.array::<4>()?;
                Value::Fixed32
            }
            START_GROUP => {
                self.skip_group(number, start, GROUP_DEPTH)?;
                Value::Group
            }
            END_GROUP => return Err(Malformed::new(Fault::Group, start)),
            _ => return Err(Malformed::new(Fault::WireType, start)),
        };
        Ok(Some(Field { number, value, start, end: self.rest }))
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Malformed> {
        // Most keys and lengths are one or two bytes long.
        match *self.rest {
            [first, ref rest @ ..] if first < 0x80 => {
                self.rest = rest;
                Ok(first.into())
            }
            [first, second, ref rest @ ..] if second < 0x80 => {
                self.rest = rest;
                Ok(u64::from(first & 0x7F) | u64::from(second) << 7)
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Malformed> {
        const MOST: usize = 10;
        let mut value = 0;
        for (index, &byte) in self.rest.iter().take(MOST).enumerate() {
            value |= u64::from(byte & 0x7F) << (7 * index);
            if byte < 0x80 {
                if index == MOST - 1 && byte > 1 {
                    return Err(Malformed::new(Fault::Varint, self.rest));
                }
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        let fault = if self.rest.len() < MOST { Fault::Truncated } else { Fault::Varint };
        Err(Malformed::new(fault, self.rest))
    }

    #[inline]
    fn array<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], Malformed> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(Malformed::new(Fault::Truncated, self.rest))?;
        self.rest = rest;
        Ok(*array)
    }

    #[inline]
    fn delimited(&mut self) -> Result<&'a [u8], Malformed> {
        let start = self.rest;
        let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Malformed::new(Fault::Truncated, start))?;
        self.rest = rest;
        Ok(bytes)
    }

    #[cold]
    fn skip_group(&mut self, number: u32, start: &[u8], depth: u32) -> Result<(), Malformed> {
        let Some(depth) = depth.checked_sub(1) else { return Err(Malformed::new(Fault::Depth, start)) };
        loop {
            let place = self.rest;
            if place.is_empty() {
                return Err(Malformed::new(Fault::Truncated, place));
            }
            let key = self.varint()?;
            let (inner, wire_type) = split_key(key).ok_or(Malformed::new(Fault::Key, place))?;
            match wire_type {
                VARINT => drop(self.varint()?),
                FIXED64 => drop(self.array::<8>()?),
                BYTES => drop(self.delimited()?),
                FIXED32 => drop(self.array::<4>()?),
                START_GROUP => self.skip_group(inner, place, depth)?,
                END_GROUP if inner == number => return Ok(()),
                END_GROUP => return Err(Malformed::new(Fault::Group, place)),
                _ => return Err(Malformed::new(Fault::WireType, place)),
            }
        }
    }
}

#[inline]
fn split_key(key: u64) -> Option<(u32, u64)> {
    let key = u32::try_from(key).ok()?;
    let number = key >> 3;
    (number != 0).then_some((number, u64::from(key & 0b111)))
}

impl<'a> Field<'a> {
    /// The bytes of a message, a string, bytes, or a packed list.
    ///
    /// # Errors
    /// [`Fault::WireType`] if it is something else.
    #[inline]
    pub fn bytes(&self) -> Result<&'a [u8], Malformed> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            _ => self.wrong(),
        }
    }

    /// A string.
    ///
    /// # Errors
    /// [`Fault::WireType`] or [`Fault::Utf8`].
    #[inline]
    pub fn text(&self) -> Result<&'a str, Malformed> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|_| Malformed::new(Fault::Utf8, bytes))
    }

    /// `fixed64`, `sfixed64` or `double`, as bits.
    ///
    /// # Errors
    /// [`Fault::WireType`] if it is something else.
    #[inline]
    pub fn fixed64(&self) -> Result<u64, Malformed> {
        match self.value {
            Value::Fixed64(bits) => Ok(bits),
            _ => self.wrong(),
        }
    }

    /// Any integer of variable length, or a boolean. Narrower types take the low bits.
    ///
    /// # Errors
    /// [`Fault::WireType`] if it is something else.
    #[inline]
    pub fn varint(&self) -> Result<u64, Malformed> {
        match self.value {
            Value::Varint(value) => Ok(value),
            _ => self.wrong(),
        }
    }

    /// The entries of a repeated `fixed64` or `double`: one, or a packed run of them.
    ///
    /// # Errors
    /// [`Fault::WireType`], or [`Fault::Truncated`] if a run ends in the middle of an entry.
    pub fn fixed64s(&self) -> Result<impl Iterator<Item = u64> + use<'a>, Malformed> {
        let (one, run): (Option<u64>, &[u8]) = match self.value {
            Value::Fixed64(bits) => (Some(bits), &[]),
            Value::Bytes(bytes) => (None, bytes),
            _ => return self.wrong(),
        };
        let (entries, rest) = run.as_chunks::<8>();
        if !rest.is_empty() {
            return Err(Malformed::new(Fault::Truncated, rest));
        }
        Ok(one.into_iter().chain(entries.iter().map(|entry| u64::from_le_bytes(*entry))))
    }

    /// Calls `each` with the entries of a repeated integer of variable length: one, or a packed run of them.
    ///
    /// # Errors
    /// [`Fault::WireType`], or whatever is wrong with an entry.
    pub fn varints(&self, mut each: impl FnMut(u64)) -> Result<(), Malformed> {
        match self.value {
            Value::Varint(value) => each(value),
            Value::Bytes(bytes) => {
                let mut run = Fields::of(bytes);
                while !run.rest.is_empty() {
                    each(run.varint()?);
                }
            }
            _ => return self.wrong(),
        }
        Ok(())
    }

    /// The field as it stands on the wire, key included.
    #[inline]
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        &self.start[..self.start.len() - self.end.len()]
    }

    /// What stands before the field and what stands behind it in `message`, from which it must come.
    #[inline]
    pub(crate) fn around(&self, message: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        (&message[..message.len() - self.start.len()], self.end)
    }

    /// `run` and this field as one range of bytes, if the field stands directly behind it; `run` must come from the same
    /// message. An empty run is followed by any field.
    #[inline]
    pub(crate) fn extended(&self, run: &'a [u8], message: &'a [u8]) -> Option<&'a [u8]> {
        let from = message.len() - self.start.len();
        let to = message.len() - self.end.len();
        if run.is_empty() {
            return message.get(from..to);
        }
        let begin = run.as_ptr().addr().wrapping_sub(message.as_ptr().addr());
        if begin.wrapping_add(run.len()) == from { message.get(begin..to) } else { None }
    }

    /// An error at this field.
    #[cold]
    pub(crate) fn fault(&self, fault: Fault) -> Malformed {
        Malformed::new(fault, self.start)
    }

    #[cold]
    fn wrong<T>(&self) -> Result<T, Malformed> {
        Err(self.fault(Fault::WireType))
    }
}
