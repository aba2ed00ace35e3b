//! Byte strings that many streams share, kept once and counted.
//!
//! Strings get small numbers; two are equal exactly when their numbers are. A hash only finds the candidates: bytes are
//! compared with bytes.

use super::numbers::Numbers;

/// Strings by number. Numbers of strings that nobody uses any more are given out again.
#[derive(Debug, Default)]
pub struct Interner {
    numbers: Numbers<u32>,
    strings: Vec<Interned>,
    free: Vec<u32>,
    /// Bytes of all strings.
    bytes: usize,
}

#[derive(Debug)]
struct Interned {
    bytes: Box<[u8]>,
    uses: u32,
    /// How many strings had the number before.
    generation: u32,
}

impl Interner {
    /// The number of `bytes`, with one more use, and whether nobody used them before.
    pub fn take(&mut self, bytes: &[u8]) -> (u32, bool) {
        let Self { numbers, strings, .. } = self;
        let hash = numbers.hash(bytes);
        if let Some(number) = numbers.find(hash, |number| *strings[number as usize].bytes == *bytes) {
            strings[number as usize].uses += 1;
            return (number, false);
        }
        self.bytes += bytes.len();
        let number = match self.free.pop() {
            Some(number) => {
                let slot = &mut strings[number as usize];
                let generation = slot.generation.wrapping_add(1);
                *slot = Interned { bytes: bytes.into(), uses: 1, generation };
                number
            }
            None => {
                strings.push(Interned { bytes: bytes.into(), uses: 1, generation: 0 });
                strings.len() as u32 - 1
            }
        };
        numbers.insert(hash, number);
        (number, true)
    }

    /// One more use of `number`.
    pub fn share(&mut self, number: u32) {
        self.strings[number as usize].uses += 1;
    }

    /// One use of `number` less. With its last use the string is forgotten, and returned.
    pub fn release(&mut self, number: u32) -> Option<Box<[u8]>> {
        let interned = &mut self.strings[number as usize];
        interned.uses -= 1;
        if interned.uses > 0 {
            return None;
        }
        let bytes = std::mem::take(&mut interned.bytes);
        self.bytes -= bytes.len();
        self.numbers.remove(self.numbers.hash(&bytes), number);
        self.free.push(number);
        Some(bytes)
    }

    /// The bytes of `number`.
    #[must_use]
    pub fn get(&self, number: u32) -> &[u8] {
        &self.strings[number as usize].bytes
    }

    /// A key that no other string has or will have, even when the number is given out again.
    #[must_use]
    pub fn key(&self, number: u32) -> u64 {
        u64::from(self.strings[number as usize].generation) << 32 | u64::from(number)
    }

    /// How many strings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.bytes + self.strings.capacity() * size_of::<Interned>() + self.numbers.memory()
    }
}
