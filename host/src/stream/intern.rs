//! Byte strings that many streams share, kept once and counted.
//!
//! Strings get small numbers; two are equal exactly when their numbers are. A hash only finds the candidates: bytes are
//! compared with bytes.

use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// Strings by number. Numbers of strings that nobody uses any more are given out again.
#[derive(Debug, Default)]
pub struct Interner {
    hasher: RandomState,
    numbers: HashTable<u32>,
    strings: Vec<Interned>,
    free: Vec<u32>,
    /// Bytes of all strings.
    bytes: usize,
}

#[derive(Debug)]
struct Interned {
    bytes: Box<[u8]>,
    uses: u32,
}

impl Interner {
    /// The number of `bytes`, with one more use.
    pub fn take(&mut self, bytes: &[u8]) -> u32 {
        let Self { hasher, numbers, strings, .. } = self;
        let entry = numbers.entry(
            hasher.hash_one(bytes),
            |&number| *strings[number as usize].bytes == *bytes,
            |&number| hasher.hash_one(&*strings[number as usize].bytes),
        );
        match entry {
            Entry::Occupied(entry) => {
                let number = *entry.get();
                strings[number as usize].uses += 1;
                number
            }
            Entry::Vacant(entry) => {
                let interned = Interned { bytes: bytes.into(), uses: 1 };
                self.bytes += bytes.len();
                let number = match self.free.pop() {
                    Some(number) => {
                        strings[number as usize] = interned;
                        number
                    }
                    None => {
                        strings.push(interned);
                        strings.len() as u32 - 1
                    }
                };
                entry.insert(number);
                number
            }
        }
    }

    /// The number of `bytes` if somebody uses them.
    #[must_use]
    pub fn find(&self, bytes: &[u8]) -> Option<u32> {
        self.numbers
            .find(self.hasher.hash_one(bytes), |&number| *self.strings[number as usize].bytes == *bytes)
            .copied()
    }

    /// One more use of `number`.
    pub fn share(&mut self, number: u32) {
        self.strings[number as usize].uses += 1;
    }

    /// One use of `number` less. With its last use the string is forgotten.
    pub fn release(&mut self, number: u32) {
        let interned = &mut self.strings[number as usize];
        interned.uses -= 1;
        if interned.uses > 0 {
            return;
        }
        let bytes = std::mem::take(&mut interned.bytes);
        self.bytes -= bytes.len();
        if let Ok(entry) = self.numbers.find_entry(self.hasher.hash_one(&*bytes), |&other| other == number) {
            entry.remove();
        }
        self.free.push(number);
    }

    /// The bytes of `number`.
    #[must_use]
    pub fn get(&self, number: u32) -> &[u8] {
        &self.strings[number as usize].bytes
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
        self.bytes + self.strings.capacity() * size_of::<Interned>() + self.numbers.allocation_size()
    }
}
