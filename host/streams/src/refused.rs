//! Streams that are not taken in: over a limit, or dropped by a guest. They are remembered by key alone and in a table of
//! fixed size, so that a flood of them takes neither memory nor the slow path for each point.

/// Keys remembered, a power of two: 2 MiB.
const SLOTS: usize = 1 << 16;

/// Why by key; an older key gives way to a newer one of the same slot.
#[derive(Debug)]
pub struct Refused<Reason> {
    slots: Vec<(u128, Option<Reason>)>,
}

impl<Reason> Default for Refused<Reason> {
    fn default() -> Self {
        Self { slots: Vec::new() }
    }
}

impl<Reason: Copy> Refused<Reason> {
    /// Why the stream of `key` was refused, if it is remembered.
    #[inline]
    #[must_use]
    pub fn get(&self, key: u128) -> Option<Reason> {
        let (known, reason) = self.slots.get(slot(key))?;
        if *known == key { *reason } else { None }
    }

    /// Remembers a refusal.
    pub fn insert(&mut self, key: u128, reason: Reason) {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, (0, None));
        }
        self.slots[slot(key)] = (key, Some(reason));
    }
}

fn slot(key: u128) -> usize {
    (key >> 96) as usize & (SLOTS - 1)
}
