//! The hash of attributes: they are written one after another, by key, and hashed twice.

use otlp::attributes::{self, AnyValue, Attribute};
use otlp::wire::Malformed;
use xxhash_rust::xxh64::xxh64;

const KEY: u8 = 0xF4;
const EMPTY: u8 = 0xF5;
const BYTES: u8 = 0xF6;
const TEXT: u8 = 0xF7;
const TRUE: u8 = 0xF8;
const FALSE: u8 = 0xF9;
const INT: u8 = 0xFA;
const DOUBLE: u8 = 0xFB;
const MAP_START: u8 = 0xFC;
const MAP_END: u8 = 0xFD;
const ARRAY_START: u8 = 0xFE;
const ARRAY_END: u8 = 0xFF;
/// Stands behind everything when it is hashed for the second time.
const SECOND: u8 = 0xF3;

/// How attributes are written before they are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashGeneration {
    /// Up to 0.161: without lengths; attributes with equal keys all have the value of the first.
    FirstOfEqualKeys,
    /// 0.162: without lengths.
    Plain,
    /// From 0.163: with the length in front of keys, text and bytes.
    Lengths,
}

/// Hashes attributes. It keeps the memory that it needs.
#[derive(Debug)]
pub struct MapHasher {
    generation: HashGeneration,
    written: Vec<u8>,
}

impl MapHasher {
    /// A hasher of that generation.
    #[must_use]
    pub fn new(generation: HashGeneration) -> Self {
        Self { generation, written: Vec::new() }
    }

    /// The hash of `attributes`, which are sorted by key; equal keys stay in their order.
    ///
    /// # Errors
    /// None for attributes that came from [`attributes::read`].
    pub fn hash(&mut self, attributes: &mut [Attribute<'_>]) -> Result<[u8; 16], Malformed> {
        if attributes.is_empty() {
            return Ok([0; 16]);
        }
        self.written.clear();
        self.entries(attributes)?;
        let first = xxh64(&self.written, 0);
        self.written.push(SECOND);
        let second = xxh64(&self.written, 0);
        Ok((u128::from(second) << 64 | u128::from(first)).to_le_bytes())
    }

    fn entries(&mut self, entries: &mut [Attribute<'_>]) -> Result<(), Malformed> {
        entries.sort_by_key(|entry| entry.key);
        let mut before: Option<Attribute<'_>> = None;
        for &entry in &*entries {
            let value = match before {
                Some(first) if first.key == entry.key && self.generation == HashGeneration::FirstOfEqualKeys => {
                    first.value
                }
                _ => {
                    before = Some(entry);
                    entry.value
                }
            };
            self.sized(KEY, entry.key.as_bytes());
            self.value(value)?;
        }
        Ok(())
    }

    fn value(&mut self, value: AnyValue<'_>) -> Result<(), Malformed> {
        match value {
            AnyValue::Empty => self.written.push(EMPTY),
            AnyValue::Text(text) => self.sized(TEXT, text.as_bytes()),
            AnyValue::Bytes(bytes) => self.sized(BYTES, bytes),
            AnyValue::Bool(true) => self.written.push(TRUE),
            AnyValue::Bool(false) => self.written.push(FALSE),
            AnyValue::Int(value) => self.number(INT, value.to_le_bytes()),
            AnyValue::Double(value) => self.number(DOUBLE, value.to_bits().to_le_bytes()),
            AnyValue::Map(map) => {
                self.written.push(MAP_START);
                self.entries(&mut attributes::entries(map)?)?;
                self.written.push(MAP_END);
            }
            AnyValue::Array(array) => {
                self.written.push(ARRAY_START);
                for value in attributes::values(array)? {
                    self.value(value)?;
                }
                self.written.push(ARRAY_END);
            }
        }
        Ok(())
    }

    fn number(&mut self, tag: u8, bytes: [u8; 8]) {
        self.written.push(tag);
        self.written.extend_from_slice(&bytes);
    }

    fn sized(&mut self, tag: u8, bytes: &[u8]) {
        self.written.push(tag);
        if self.generation == HashGeneration::Lengths {
            self.length(bytes.len());
        }
        self.written.extend_from_slice(bytes);
    }

    /// Unsigned LEB128.
    fn length(&mut self, mut length: usize) {
        while length >= 0x80 {
            self.written.push(length as u8 | 0x80);
            length >>= 7;
        }
        self.written.push(length as u8);
    }
}
