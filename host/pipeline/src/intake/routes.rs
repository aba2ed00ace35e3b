//! Which shard owns the stream of a byte form.

use otlp::key::FormKey;
use otlp::memo::FormMemo;

const SHARD_BITS: u32 = 12;

/// The shards of byte forms, for all network threads together.
#[derive(Debug)]
pub struct Routes(FormMemo<SHARD_BITS>);

impl Routes {
    /// A memo of at most `keys` keys, rounded up to a power of two.
    #[must_use]
    pub fn new(keys: usize) -> Self {
        Self(FormMemo::new(keys))
    }

    /// The shard of `key`. `age` counts minutes, or other steps, and wraps.
    #[inline]
    #[must_use]
    pub fn get(&self, key: FormKey, age: u64) -> Option<usize> {
        self.0.get(key, age).map(|shard| shard as usize)
    }

    /// Remembers the shard of `key`. One beyond what it can hold is not remembered.
    pub fn insert(&self, key: FormKey, shard: usize, age: u64) {
        let shard = shard as u64;
        if shard < FormMemo::<SHARD_BITS>::VALUES {
            self.0.insert(key, shard, age);
        }
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.0.memory()
    }
}
