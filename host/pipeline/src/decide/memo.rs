//! Which shards have the streams that were decided about.
//!
//! It trusts 48 bits of a stream's key, and may be wrong: a shard that does not know a stream says so, and it is decided about
//! again. So it is small, and forgetting costs time only.

use hashbrown::HashTable;
use streams::describe::IdentityKey;

/// Bits of an entry that hold the shard; the rest are of the key.
const SHARD_BITS: u32 = 16;

/// Shards by key, in two generations. When the younger is full the older is forgotten; whoever is found in it is young again.
/// So what has not been asked for while as many others came is forgotten, and nothing before.
#[derive(Debug)]
pub struct ShardMemo {
    young: HashTable<u64>,
    old: HashTable<u64>,
    /// Keys of a generation.
    limit: usize,
}

impl ShardMemo {
    /// A memo of at most `limit` streams, at 10 to 20 bytes each.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { young: HashTable::new(), old: HashTable::new(), limit: (limit / 2).max(1) }
    }

    /// The shard of a stream.
    pub fn get(&mut self, key: IdentityKey) -> Option<usize> {
        let of_key = |entry: &u64| entry >> SHARD_BITS == fingerprint(key);
        let entry = match self.young.find(hash(fingerprint(key)), of_key) {
            Some(entry) => *entry,
            None => {
                let entry = *self.old.find(hash(fingerprint(key)), of_key)?;
                self.put(entry);
                entry
            }
        };
        Some((entry & ((1 << SHARD_BITS) - 1)) as usize)
    }

    /// Remembers the shard of a stream.
    pub fn insert(&mut self, key: IdentityKey, shard: usize) {
        self.put(fingerprint(key) << SHARD_BITS | shard as u64);
    }

    fn put(&mut self, entry: u64) {
        if self.young.len() >= self.limit {
            self.old = std::mem::take(&mut self.young);
        }
        let same = |other: &u64| other >> SHARD_BITS == entry >> SHARD_BITS;
        let place = self.young.entry(hash(entry >> SHARD_BITS), same, |other| hash(other >> SHARD_BITS));
        *place.or_insert(entry).get_mut() = entry;
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.young.allocation_size() + self.old.allocation_size()
    }
}

fn fingerprint(IdentityKey(key): IdentityKey) -> u64 {
    key as u64 >> SHARD_BITS
}

/// A fingerprint has no bits to spare for the top of a word, where the table looks first.
fn hash(fingerprint: u64) -> u64 {
    fingerprint.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::ShardMemo;
    use streams::describe::IdentityKey;

    /// Keys whose fingerprints differ.
    fn key(number: u64) -> IdentityKey {
        IdentityKey(u128::from(number) << 20)
    }

    #[test]
    fn remembers_shards() {
        let mut memo = ShardMemo::new(100);
        assert_eq!(memo.get(key(0)), None);
        for (number, shard) in [(0, 0), (1, 7), (2, usize::from(u16::MAX))] {
            memo.insert(key(number), shard);
            assert_eq!(memo.get(key(number)), Some(shard));
        }
        memo.insert(key(1), 8);
        assert_eq!((memo.get(key(1)), memo.get(key(3))), (Some(8), None));
    }

    /// A stream that is asked for now and then stays, whatever else comes; others go when as many have come as there is room.
    #[test]
    fn ages() {
        let mut memo = ShardMemo::new(100);
        memo.insert(key(0), 3);
        memo.insert(key(1), 4);
        for number in 2..1_000 {
            memo.insert(key(number), 0);
            if number < 50 {
                assert_eq!(memo.get(key(1)), Some(4), "{number}");
            }
            if number % 40 == 0 {
                assert_eq!(memo.get(key(0)), Some(3), "{number}");
            }
        }
        assert_eq!((memo.get(key(0)), memo.get(key(1))), (Some(3), None));
    }
}
