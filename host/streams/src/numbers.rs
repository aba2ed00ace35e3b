//! Numbers, found by the bytes that each stands for. The bytes are kept elsewhere.

use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;
use hashbrown::HashTable;

/// Numbers by the hash of their bytes, which is kept beside them: a table that grows looks at no bytes.
#[derive(Debug)]
pub struct Numbers<N> {
    hasher: RandomState,
    table: HashTable<Entry<N>>,
}

#[derive(Debug, Clone, Copy)]
struct Entry<N> {
    hash: Hash,
    number: N,
}

/// The hash of some bytes in one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash(u32);

impl Hash {
    /// A table looks at the top bits of a word for the group, and at the lower ones for the place.
    fn word(self) -> u64 {
        u64::from(self.0) << 32 | u64::from(self.0)
    }
}

impl<N> Default for Numbers<N> {
    fn default() -> Self {
        Self { hasher: RandomState::default(), table: HashTable::new() }
    }
}

impl<N: Copy + PartialEq> Numbers<N> {
    /// The hash by which `bytes` are found here.
    #[inline]
    #[must_use]
    pub fn hash(&self, bytes: &[u8]) -> Hash {
        Hash(self.hasher.hash_one(bytes) as u32)
    }

    /// The number of bytes that have `hash`, if `is_it` finds that they are those that are meant.
    #[inline]
    pub fn find(&self, hash: Hash, mut is_it: impl FnMut(N) -> bool) -> Option<N> {
        self.table.find(hash.word(), |entry| entry.hash == hash && is_it(entry.number)).map(|entry| entry.number)
    }

    /// Adds a number whose bytes are not here yet.
    #[inline]
    pub fn insert(&mut self, hash: Hash, number: N) {
        self.table.insert_unique(hash.word(), Entry { hash, number }, |entry| entry.hash.word());
    }

    /// Removes a number.
    pub fn remove(&mut self, hash: Hash, number: N) {
        if let Ok(entry) = self.table.find_entry(hash.word(), |entry| entry.number == number) {
            entry.remove();
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.table.allocation_size()
    }
}
