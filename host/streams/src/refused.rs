//! Streams that are not taken in: over a limit, or dropped by a guest. They are remembered by key alone, so that a flood of
//! them takes neither the memory of a stream nor its slow path for each point. The table grows with the flood up to its
//! bound; beyond that ever fewer of the refused streams are remembered, never suddenly none: a table that gave way to
//! each newcomer would know nobody of a crowd that comes in turns and is a little too large for it.

use std::io;

use fastrand::Rng;

use super::slab::Slab;
use otlp::key::FormKey;

/// Bits of an entry that hold the key, as in the memo; the rest hold the note.
const KEY_BITS: u32 = 96;
const KEY_MASK: u128 = (1 << KEY_BITS) - 1;

/// Keys that may stand in each other's places: a cache line.
const WAYS: usize = 4;

/// Of a table that may still grow no more than this part is used: of keys that are at random one in 250 then finds its
/// bucket full.
const SPARE: usize = 4;

/// One of so many keys that find their bucket full takes the place of another. All others stay where they are, so that a
/// crowd that comes in turns finds most of them; and who has gone for good makes room sooner or later.
const TURNED_AWAY: usize = 8;

/// Keys of the smallest table.
const FIRST_CAPACITY: usize = 1 << 10;

/// Notes by key. An entry is zero while it is empty, else the note plus one above the key's low bits.
#[derive(Debug)]
pub struct Refused {
    slots: Slab<u128>,
    capacity: usize,
    used: usize,
    limit: usize,
    /// Says who takes whose place. It begins with the same seed always, so that what a shard does can be repeated.
    random: Rng,
}

impl Refused {
    /// A table of at most `limit` keys, rounded down to a power of two, at 16 bytes each.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let limit = limit.checked_ilog2().map_or(0, |bits| 1 << bits).max(FIRST_CAPACITY);
        Self { slots: Slab::default(), capacity: 0, used: 0, limit, random: Rng::with_seed(0) }
    }

    /// What was noted of the stream of `key`, if it is remembered.
    #[inline]
    #[must_use]
    pub fn get(&self, FormKey(key): FormKey) -> Option<u32> {
        if self.capacity == 0 {
            return None;
        }
        let bucket = self.slots.run(self.home(key), WAYS);
        let entry = bucket.iter().find(|&&entry| entry != 0 && (entry ^ key) & KEY_MASK == 0)?;
        Some((entry >> KEY_BITS) as u32 - 1)
    }

    /// Notes something of a stream: any number but the greatest.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn insert(&mut self, FormKey(key): FormKey, note: u32) -> io::Result<()> {
        if (self.used + 1) * SPARE > self.capacity && self.capacity < self.limit {
            self.grow()?;
        }
        let home = self.home(key);
        let bucket = self.slots.run_mut(home, WAYS);
        let known = bucket.iter().position(|&entry| entry == 0 || (entry ^ key) & KEY_MASK == 0);
        let way = match known {
            Some(way) => way,
            None => {
                let place = self.random.usize(..WAYS * TURNED_AWAY);
                if place >= WAYS {
                    return Ok(());
                }
                place
            }
        };
        self.used += usize::from(bucket[way] == 0);
        bucket[way] = u128::from(note.saturating_add(1)) << KEY_BITS | key & KEY_MASK;
        Ok(())
    }

    /// Twice the table: each bucket becomes two, so that all keys find a place.
    fn grow(&mut self) -> io::Result<()> {
        let capacity = (self.capacity * 2).max(FIRST_CAPACITY);
        let mut slots = Slab::default();
        slots.reach(capacity - 1)?;
        let old = std::mem::replace(&mut self.slots, slots);
        let old_capacity = std::mem::replace(&mut self.capacity, capacity);
        for slot in 0..old_capacity {
            let entry = *old.get(slot);
            if entry != 0 {
                let home = self.home(entry);
                let bucket = self.slots.run_mut(home, WAYS);
                if let Some(place) = bucket.iter_mut().find(|place| **place == 0) {
                    *place = entry;
                }
            }
        }
        Ok(())
    }

    /// Where the bucket of `key` begins. Keys are hashes, so that any of their bits serve.
    #[inline]
    fn home(&self, key: u128) -> usize {
        key as usize & (self.capacity - 1) & !(WAYS - 1)
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.capacity * size_of::<u128>()
    }
}
