//! The numbers of streams in a shard: those of their identities. Both kinds of stream index the same tables, and are told
//! apart by the compiler.

use bytemuck::{Pod, Zeroable};

use super::describe::Identity;

/// A stream as a sender sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct InputStream(pub u32);

/// A stream as it comes out of the stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct OutputStream(pub u32);

/// The place of an output stream in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct Slot(pub u16);

impl InputStream {
    /// The stream of that identity.
    #[inline]
    #[must_use]
    pub const fn of(Identity(number): Identity) -> Self {
        Self(number)
    }

    /// Its identity.
    #[inline]
    #[must_use]
    pub const fn identity(self) -> Identity {
        Identity(self.0)
    }

    /// Its place in a table.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The output stream of the same number: its own, unless it shares one or another stream has taken that number.
    #[inline]
    #[must_use]
    pub const fn own_output(self) -> OutputStream {
        OutputStream(self.0)
    }
}

impl OutputStream {
    /// The stream of that identity.
    #[inline]
    #[must_use]
    pub const fn of(Identity(number): Identity) -> Self {
        Self(number)
    }

    /// Its identity.
    #[inline]
    #[must_use]
    pub const fn identity(self) -> Identity {
        Identity(self.0)
    }

    /// Its place in a table.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Slot {
    /// Its place in a column.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}
