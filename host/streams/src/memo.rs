//! The memo: from the key of a byte form to the number of its stream. It saves the canonical identity for all points but
//! the first of each form, and forgetting anything in it costs time, never truth.

use std::io;

use super::prefetch::AHEAD;
use super::slab::Slab;
use super::stream::InputStream;
use otlp::key::FormKey;

/// Bits of an entry that hold the key; the rest hold the number. 96 bits are as safe as 128 here: among a million forms a
/// wrong hit has a probability of 2^-76.
const KEY_BITS: u32 = 96;
const KEY_MASK: u128 = (1 << KEY_BITS) - 1;

/// Entries of the smallest table.
const FIRST_CAPACITY: usize = 1 << 10;

/// Number by key, open addressing with linear probing, at most half full. An entry is zero while it is empty, else the
/// number plus one above the key's low bits.
#[derive(Debug)]
pub struct Memo {
    slots: Slab<u128>,
    capacity: usize,
    used: usize,
    limit: usize,
}

impl Memo {
    /// A memo of at most `limit` forms.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { slots: Slab::default(), capacity: 0, used: 0, limit }
    }

    /// The stream of `key`.
    #[inline]
    #[must_use]
    pub fn get(&self, key: FormKey) -> Option<InputStream> {
        if self.capacity == 0 {
            return None;
        }
        let mut slot = self.home(key.0);
        loop {
            let entry = *self.slots.get(slot);
            if entry == 0 {
                return None;
            }
            if (entry ^ key.0) & KEY_MASK == 0 {
                return Some(stream(entry));
            }
            slot = (slot + 1) & (self.capacity - 1);
        }
    }

    /// Asks for the memory in which `key` would be found.
    #[inline]
    pub fn prefetch(&self, key: FormKey) {
        if self.capacity > 0 {
            self.slots.prefetch(self.home(key.0));
        }
    }

    /// How many keys ahead [`Self::prefetch`] is worth calling.
    pub const AHEAD: usize = AHEAD;

    /// Remembers `key`, unless the memo is full; says whether it has not done so before.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn insert(&mut self, key: FormKey, stream: InputStream) -> io::Result<bool> {
        if self.used >= self.limit {
            return Ok(false);
        }
        if (self.used + 1) * 2 > self.capacity {
            self.rebuild((self.capacity * 2).max(FIRST_CAPACITY), |_| true)?;
        }
        Ok(self.put((u128::from(stream.0) + 1) << KEY_BITS | key.0 & KEY_MASK))
    }

    /// Forgets all keys of streams for which `keep` says no.
    ///
    /// # Errors
    /// If the system has no memory left; nothing is forgotten then.
    pub fn retain(&mut self, keep: impl Fn(InputStream) -> bool) -> io::Result<()> {
        self.rebuild(self.capacity, keep)
    }

    fn rebuild(&mut self, capacity: usize, keep: impl Fn(InputStream) -> bool) -> io::Result<()> {
        if capacity == 0 {
            return Ok(());
        }
        let mut slots = Slab::default();
        slots.reach(capacity - 1)?;
        let old = std::mem::replace(&mut self.slots, slots);
        let old_capacity = std::mem::replace(&mut self.capacity, capacity);
        self.used = 0;
        for slot in 0..old_capacity {
            let entry = *old.get(slot);
            if entry != 0 && keep(stream(entry)) {
                self.put(entry);
            }
        }
        Ok(())
    }

    /// Says whether the entry is new.
    fn put(&mut self, entry: u128) -> bool {
        let mut slot = self.home(entry);
        let known = loop {
            let known = *self.slots.get(slot);
            // A key may have stood for a stream that has gone meanwhile.
            if known == 0 || known & KEY_MASK == entry & KEY_MASK {
                break known;
            }
            slot = (slot + 1) & (self.capacity - 1);
        };
        self.used += usize::from(known == 0);
        *self.slots.get_mut(slot) = entry;
        known != entry
    }

    /// Keys are hashes, so that any of their bits serve.
    #[inline]
    fn home(&self, key: u128) -> usize {
        key as usize & (self.capacity - 1)
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.capacity * size_of::<u128>()
    }
}

/// The stream of an entry that is not empty.
#[inline]
fn stream(entry: u128) -> InputStream {
    InputStream((entry >> KEY_BITS) as u32 - 1)
}
