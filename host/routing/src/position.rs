//! Where a routing key lies, whatever ring there is.

/// CRC-32 (IEEE) of a routing key's bytes. A ring with fewer places takes its remainder, or mixes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u32);

impl Position {
    /// The position of a key that has been hashed.
    #[must_use]
    pub(crate) fn of_hash(key: crc32fast::Hasher) -> Self {
        Self(key.finalize())
    }

    /// The position of a key.
    #[inline]
    #[must_use]
    pub fn of(key: &[u8]) -> Self {
        Self(crc32fast::hash(key))
    }
}
