//! A small number for each byte form, such as the shard that owns its stream, for all network threads together and without
//! a lock.
//!
//! Forgetting costs time, never truth. A memo uses more of its memory as it fills, up to a bound. Where it is full the key
//! that has not been used for the longest time gives way, among the four that could stand in its place; so it ages key by
//! key.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::key::FormKey;

/// Keys that may stand in each other's places: a cache line.
const WAYS: usize = 4;

/// Entries that are used at first.
const FIRST_ENTRIES: usize = 1 << 12;

/// Bits of an entry's second word that say when it was last used. The value has as many as it wants, the key the rest.
const AGE_BITS: u32 = 12;

const AGE_MASK: u64 = (1 << AGE_BITS) - 1;

/// Entries of 16 bytes. The first word is the key's low half, with the second laid over it: if two threads write at the same
/// time what comes out is the entry of no key. At most 33 bits are for the value, so that at least 83 of the key are compared:
/// among 8 million forms a wrong hit has a probability of 2^-58.
#[derive(Debug)]
pub struct FormMemo<const VALUE_BITS: u32> {
    entries: Box<[[AtomicU64; 2]]>,
    /// How many of the entries are used, a power of two, and how many of these hold a key.
    in_use: AtomicUsize,
    full: AtomicUsize,
}

impl<const VALUE_BITS: u32> FormMemo<VALUE_BITS> {
    /// Values are less than this.
    pub const VALUES: u64 = (1 << VALUE_BITS) - 1;

    const SHIFT: u32 = {
        assert!(VALUE_BITS <= 33);
        VALUE_BITS + AGE_BITS
    };

    /// A memo of at most `keys` keys, rounded up to a power of two.
    #[must_use]
    pub fn new(keys: usize) -> Self {
        let keys = keys.next_power_of_two().max(WAYS);
        // The system gives zeroed memory, and none of it before it is touched.
        let entries = bytemuck::zeroed_slice_box(keys);
        Self { entries, in_use: AtomicUsize::new(keys.min(FIRST_ENTRIES)), full: AtomicUsize::new(0) }
    }

    /// The value of `key`. `age` counts minutes, or other steps, and wraps.
    #[inline]
    #[must_use]
    pub fn get(&self, key: FormKey, age: u64) -> Option<u64> {
        let in_use = self.in_use.load(Ordering::Relaxed);
        if let Some(value) = Self::find(self.bucket(key, in_use), key, age) {
            return Some(value);
        }
        // Since more entries are in use its place may be another.
        let before = in_use / 2;
        if before < FIRST_ENTRIES.min(self.entries.len()) {
            return None;
        }
        let value = Self::find(self.bucket(key, before), key, age)?;
        self.insert(key, value, age);
        Some(value)
    }

    #[inline]
    fn find(bucket: &[[AtomicU64; 2]], key: FormKey, age: u64) -> Option<u64> {
        for [first, second] in bucket {
            let word = second.load(Ordering::Relaxed);
            if first.load(Ordering::Relaxed) ^ word == low(key) && word >> Self::SHIFT == Self::high(key) {
                if word & AGE_MASK != age & AGE_MASK {
                    write(first, second, key, word & !AGE_MASK | age & AGE_MASK);
                }
                // 0 is an entry that was never written.
                return (word >> AGE_BITS & Self::VALUES).checked_sub(1);
            }
        }
        None
    }

    /// Remembers the value of `key`, which is less than [`Self::VALUES`].
    pub fn insert(&self, key: FormKey, value: u64, age: u64) {
        let age = age & AGE_MASK;
        let word = Self::high(key) << Self::SHIFT | (value + 1) << AGE_BITS | age;
        let in_use = self.in_use.load(Ordering::Relaxed);
        let bucket = self.bucket(key, in_use);
        let own = bucket.iter().find(|[first, second]| {
            let word = second.load(Ordering::Relaxed);
            first.load(Ordering::Relaxed) ^ word == low(key) && word >> Self::SHIFT == Self::high(key)
        });
        let unused = |[_, second]: &&[AtomicU64; 2]| match second.load(Ordering::Relaxed) {
            0 => u64::MAX,
            word => age.wrapping_sub(word) & AGE_MASK,
        };
        if let Some([first, second]) = own.or_else(|| bucket.iter().max_by_key(unused)) {
            if second.load(Ordering::Relaxed) == 0 {
                self.fill(in_use);
            }
            write(first, second, key, word);
        }
    }

    /// One more entry holds a key. A third of those in use is enough: of keys at random few then find their bucket full.
    fn fill(&self, in_use: usize) {
        let full = self.full.fetch_add(1, Ordering::Relaxed) + 1;
        if full * 3 > in_use && in_use < self.entries.len() {
            // Whoever comes first doubles it; for the others it has been done.
            let _ = self.in_use.compare_exchange(in_use, in_use * 2, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    fn bucket(&self, key: FormKey, in_use: usize) -> &[[AtomicU64; 2]] {
        // Bits that are in no other part of the entry would do as well; keys are hashes.
        let home = (key.0 >> 64) as usize & (in_use - 1) & !(WAYS - 1);
        &self.entries[home..home + WAYS]
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.in_use.load(Ordering::Relaxed) * size_of::<[AtomicU64; 2]>()
    }

    /// The bits of the key that stand in the second word: those at its top.
    fn high(key: FormKey) -> u64 {
        (key.0 >> (64 + Self::SHIFT)) as u64
    }
}

fn write(first: &AtomicU64, second: &AtomicU64, key: FormKey, word: u64) {
    first.store(low(key) ^ word, Ordering::Relaxed);
    second.store(word, Ordering::Relaxed);
}

fn low(key: FormKey) -> u64 {
    key.0 as u64
}

#[cfg(test)]
mod tests;
