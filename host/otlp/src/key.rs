//! Memo keys: 128 bits over raw bytes, keyed with a secret of the process.
//!
//! A key stands for one *byte form* of a stream's description, and equal keys are taken for equal bytes. That is safe
//! because the secret is random: two forms collide with a probability of 2^-128, and nobody outside can search for such
//! a pair. Two forms of one stream merely get two keys; the canonical identity makes them one again.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use xxhash_rust::xxh3::xxh3_128_with_secret;

/// XXH3 wants a secret of at least 136 bytes; its own default has this many.
const SECRET_BYTES: usize = 192;

/// Stands for a byte form of a stream's description: resource, scope, metric and attributes as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct FormKey(pub u128);

/// Makes keys. One for the whole process, as all receivers and shards must agree.
#[derive(Debug, Clone)]
pub struct Keyer {
    secret: [u8; SECRET_BYTES],
}

impl Keyer {
    /// A keyer with a fresh random secret.
    #[must_use]
    pub fn random() -> Self {
        let mut secret = [0; SECRET_BYTES];
        for chunk in secret.chunks_exact_mut(8) {
            // The standard library's hash maps are keyed from the system's random source.
            chunk.copy_from_slice(&RandomState::new().hash_one(0_u8).to_le_bytes());
        }
        Self { secret }
    }

    /// The key of one run of bytes.
    #[inline]
    #[must_use]
    pub fn key(&self, bytes: &[u8]) -> u128 {
        xxh3_128_with_secret(bytes, &self.secret)
    }

    /// The key of two things in this order, each given by its key.
    #[inline]
    #[must_use]
    pub fn join(first: u128, second: u128) -> u128 {
        // An odd multiplier keeps all of `first`; the sum of two keyed hashes is a keyed hash.
        const ODD: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
        first.wrapping_mul(ODD).wrapping_add(second)
    }
}
