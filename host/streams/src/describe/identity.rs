//! What stands for an identity: a number in a shard, and a key in every thread.

use otlp::key::Keyer;

/// The number of an identity among the [`Descriptions`](super::Descriptions) of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Identity(pub u32);

/// A hash of an identity, keyed with the process's secret; whatever byte form a stream comes in, its identity has this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct IdentityKey(pub u128);

impl IdentityKey {
    /// The key of an identity, of the keys of resource, scope, metric and the point's attributes.
    pub(super) fn of_parts(parts: [u128; 4]) -> Self {
        Self(parts.into_iter().fold(0, Keyer::join))
    }
}
