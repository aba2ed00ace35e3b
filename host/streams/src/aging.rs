//! A memo that is bounded and ages: what has not been asked for while as many others came is forgotten, and nothing before.

use super::memo::Memo;

/// Numbers by key, in two generations. When the younger is full the older is forgotten; whoever is found in it is young again.
#[derive(Debug)]
pub struct AgingMemo {
    young: Memo,
    old: Memo,
    /// Keys of a generation.
    limit: usize,
    /// Keys that the younger has got.
    entered: usize,
}

impl AgingMemo {
    /// A memo of at most `limit` keys.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let limit = (limit / 2).max(1);
        Self { young: Memo::new(limit), old: Memo::new(limit), limit, entered: 0 }
    }

    /// The number of `key`.
    pub fn get(&mut self, key: u128) -> Option<u32> {
        if let Some(number) = self.young.get(key) {
            return Some(number);
        }
        let number = self.old.get(key)?;
        self.insert(key, number);
        Some(number)
    }

    /// Remembers `key`. If the system has no memory left it is forgotten at once.
    pub fn insert(&mut self, key: u128, number: u32) {
        if self.entered >= self.limit {
            self.old = std::mem::replace(&mut self.young, Memo::new(self.limit));
            self.entered = 0;
        }
        self.entered += usize::from(self.young.insert(key, number).unwrap_or(false));
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.young.memory() + self.old.memory()
    }
}
