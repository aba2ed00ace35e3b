//! Maps by keys of byte forms and identities, which are hashes already, made with a secret.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// A map by key.
pub type KeyMap<K, V> = HashMap<K, V, BuildHasherDefault<KeyHasher>>;

/// A map by key that is bounded and ages, in two generations: when the younger is full the older is forgotten, and whoever is
/// found in it is young again. So what has not been asked for while as many others came is forgotten, and nothing before.
#[derive(Debug)]
pub struct AgingMap<K, V> {
    young: KeyMap<K, V>,
    old: KeyMap<K, V>,
    /// Keys of a generation.
    limit: usize,
}

impl<K: Copy + Eq + Hash, V: Clone> AgingMap<K, V> {
    /// A map of at most `limit` keys.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { young: KeyMap::default(), old: KeyMap::default(), limit: (limit / 2).max(1) }
    }

    /// The value of `key`.
    pub fn get(&mut self, key: K) -> Option<V> {
        if let Some(value) = self.young.get(&key) {
            return Some(value.clone());
        }
        let value = self.old.remove(&key)?;
        self.insert(key, value.clone());
        Some(value)
    }

    /// Remembers the value of `key`.
    pub fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.limit {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    /// How many keys it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.young.is_empty() && self.old.is_empty()
    }

    /// Memory in use, bytes, apart from what values hold elsewhere.
    #[must_use]
    pub fn memory(&self) -> usize {
        (self.young.capacity() + self.old.capacity()) * size_of::<(K, V)>()
    }
}

/// Takes the bits of a key as they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Keys come as one number.
        bytes.iter().for_each(|&byte| self.0 = self.0.rotate_left(8) ^ u64::from(byte));
    }

    #[inline]
    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
}
