//! When series that have gone were last written, so that those of the same labels that come later are written behind that.

use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher as _;
use std::time::Duration;

use clock::UnixMillis;
use foldhash::quality::RandomState;

use crate::remote_write::arrival::OLDEST;

/// Series that are remembered, in a shard: an hour of a hundred new ones a second, in less than 32 MiB.
pub const REMEMBERED: usize = 1 << 18;

/// What is older than the oldest time that is written needs no memory.
const KEPT: Duration = OLDEST.saturating_add(Duration::from_secs(5 * 60));

/// The newest sample of each of the series of a shard that have gone.
#[derive(Debug)]
pub struct SentTimes {
    /// By the hash of their labels. Where two are equal the newer time holds for both.
    newest: HashMap<u64, Sent>,
    /// The same in the order in which they went.
    order: VecDeque<(u64, UnixMillis)>,
    hasher: RandomState,
    bound: usize,
    /// The newest time that was forgotten.
    forgotten: UnixMillis,
}

/// The newest sample of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Its time.
    pub time: UnixMillis,
    /// The mark that it left.
    pub mark: u64,
}

impl Default for SentTimes {
    fn default() -> Self {
        Self::bounded(REMEMBERED)
    }
}

impl SentTimes {
    /// A memory of so many series.
    #[must_use]
    pub fn bounded(bound: usize) -> Self {
        let (newest, order, hasher) = (HashMap::new(), VecDeque::new(), RandomState::default());
        Self { newest, order, hasher, bound, forgotten: UnixMillis::NEVER }
    }

    /// What a series is remembered by, or a family.
    #[must_use]
    pub fn key(&self, labels: &[u8]) -> u64 {
        self.hasher.hash_one(labels)
    }

    /// Remembers the newest sample of a series that goes, or one of a family of series that go together.
    pub fn remember(&mut self, key: u64, sent: Sent) {
        let known = self.newest.insert(key, sent).filter(|known| known.time >= sent.time);
        if let Some(known) = known {
            self.newest.insert(key, known);
            return;
        }
        self.order.push_back((key, sent.time));
        if self.order.len() > self.bound {
            self.forget_first();
        }
    }

    /// Forgets what is so old that it is in nobody's way.
    pub fn forget_old(&mut self, now: UnixMillis) {
        let oldest = now.minus(KEPT);
        while self.order.front().is_some_and(|(_, time)| *time < oldest) {
            self.forget_first();
        }
    }

    /// Forgets what went first, unless it has come back or went again later.
    fn forget_first(&mut self) {
        if let Some((key, time)) = self.order.pop_front()
            && self.newest.get(&key).is_some_and(|sent| sent.time == time)
        {
            self.newest.remove(&key);
            self.forgotten = self.forgotten.max(time);
        }
    }

    /// The newest sample of a series that comes back. Whoever takes it is to remember it when the series goes.
    pub fn take(&mut self, labels: &[u8]) -> Option<Sent> {
        if self.newest.is_empty() {
            return None;
        }
        self.newest.remove(&self.key(labels))
    }

    /// No series that is not remembered was written later than this.
    #[must_use]
    pub fn forgotten(&self) -> UnixMillis {
        self.forgotten
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.newest.capacity() * size_of::<(u64, Sent)>() + self.order.capacity() * size_of::<(u64, UnixMillis)>()
    }
}
