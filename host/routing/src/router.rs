//! Routes of points, remembered by their byte forms.

use otlp::key::FormKey;
use otlp::memo::FormMemo;
use otlp::points::Points;

use crate::hash::HashGeneration;
use crate::key::RoutingKey;
use crate::position::Position;
use crate::profile::Profile;
use crate::walk::Walk;

/// Bits of a position, and one value less than there are.
const POSITION_BITS: u32 = u32::BITS + 1;

/// Byte forms of which the position is remembered, unless somebody says another number: 16 bytes each, used as they come.
pub const FORMS: usize = 8_000_000;

/// Finds positions. One for all threads: it has no lock.
#[derive(Debug)]
pub struct Router {
    pub(crate) key: RoutingKey,
    pub(crate) generation: HashGeneration,
    memo: FormMemo<POSITION_BITS>,
}

impl Router {
    /// A router that remembers the positions of at most `forms` byte forms, rounded up to a power of two. Beyond that those
    /// give way that were not used for the longest time, one by one.
    #[must_use]
    pub fn new(key: RoutingKey, profile: Profile, forms: usize) -> Self {
        Self { key, generation: profile.hash, memo: FormMemo::new(forms) }
    }

    /// Begins with a request and what the scan has found in it. `age` counts minutes, or other steps, and wraps.
    #[must_use]
    pub fn walk<'a>(&'a self, request: &'a [u8], points: &'a Points, age: u64) -> Walk<'a> {
        Walk::new(self, request, points, age)
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.memo.memory()
    }

    #[inline]
    pub(crate) fn get(&self, key: FormKey, age: u64) -> Option<Position> {
        self.memo.get(key, age).map(|position| Position(position as u32))
    }

    pub(crate) fn insert(&self, key: FormKey, position: Position, age: u64) {
        self.memo.insert(key, position.0.into(), age);
    }
}
