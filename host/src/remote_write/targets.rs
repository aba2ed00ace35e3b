//! `target_info`: one series for each resource, written by one shard at a fixed step, at the newest time of the
//! resource's points.
//!
//! The Collector writes it with every batch and from every worker; series of one name then collide. Here shards agree on
//! an owner by a shared registry that only new resources touch.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::clock::MILLISECOND;

/// Resources whose target is remembered; beyond it they are looked at again.
const RESOURCES: usize = 64 << 10;

/// What the shards of an exporter share.
#[derive(Debug, Clone, Default)]
pub struct Registry(Arc<Mutex<Resources>>);

/// Targets by their labels; one that no shard holds any more is gone.
type Resources = HashMap<Box<[u8]>, Weak<Shared>>;

/// A resource's series, as all shards see it.
#[derive(Debug)]
struct Shared {
    labels: Box<[u8]>,
    /// The newest point's time, milliseconds.
    newest: AtomicI64,
    /// The shard that writes it, or [`NOBODY`].
    owner: AtomicUsize,
}

const NOBODY: usize = usize::MAX;

/// How often a resource is told about while it lives: well within Prometheus' lookback of five minutes. Nanoseconds.
const EVERY: u64 = 60 * 1_000_000_000;

/// One shard's part of the resources.
#[derive(Debug)]
pub struct Targets {
    registry: Registry,
    shard: usize,
    /// The target of each row, plus one; 0 for none.
    rows: Vec<u32>,
    /// The target of each resource that was seen, plus one; 0 for one that has none.
    resources: HashMap<u64, u32>,
    targets: Vec<Option<Target>>,
    numbers: HashMap<Box<[u8]>, u32>,
    free: Vec<u32>,
    /// Where [`Self::due`] goes on.
    next: usize,
}

/// A resource in one shard.
#[derive(Debug)]
struct Target {
    shared: Arc<Shared>,
    rows: u32,
    /// The newest point's time in this shard, milliseconds.
    newest: i64,
    /// The time of the sample that was last written, milliseconds.
    written: i64,
    /// When that was, nanoseconds; 0 for never.
    written_at: u64,
}

impl Registry {
    fn get(&self, labels: &[u8]) -> Arc<Shared> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = known.get(labels).and_then(Weak::upgrade) {
            return shared;
        }
        known.retain(|_, shared| shared.strong_count() > 0);
        let shared = Arc::new(Shared {
            labels: labels.into(),
            newest: AtomicI64::new(i64::MIN),
            owner: AtomicUsize::new(NOBODY),
        });
        known.insert(labels.into(), Arc::downgrade(&shared));
        shared
    }
}

impl Targets {
    /// The part of shard `shard`.
    #[must_use]
    pub fn new(registry: Registry, shard: usize) -> Self {
        Self {
            registry,
            shard,
            rows: Vec::new(),
            resources: HashMap::new(),
            targets: Vec::new(),
            numbers: HashMap::new(),
            free: Vec::new(),
            next: 0,
        }
    }

    /// Gives `row` the target of its resource. `labels` makes the labels, if there are any; it is called once for all
    /// streams of a resource.
    ///
    /// # Errors
    /// What `labels` says.
    pub fn insert<E>(
        &mut self,
        row: u32,
        resource: u64,
        labels: impl FnOnce() -> Result<Option<Vec<u8>>, E>,
    ) -> Result<(), E> {
        let slot = match self.resources.get(&resource) {
            Some(&slot) => slot,
            None => {
                let slot = match labels()? {
                    Some(labels) => self.find(labels.into()) + 1,
                    None => 0,
                };
                if self.resources.len() >= RESOURCES {
                    self.resources.clear();
                }
                self.resources.insert(resource, slot);
                slot
            }
        };
        let Some(number) = slot.checked_sub(1) else { return Ok(()) };
        if let Some(Some(target)) = self.targets.get_mut(number as usize) {
            target.rows += 1;
        }
        let index = row as usize;
        if self.rows.len() <= index {
            self.rows.resize(index + 1, 0);
        }
        self.rows[index] = slot;
        Ok(())
    }

    fn find(&mut self, labels: Box<[u8]>) -> u32 {
        match self.numbers.get(&labels) {
            Some(&number) => number,
            None => self.create(labels),
        }
    }

    fn create(&mut self, labels: Box<[u8]>) -> u32 {
        let target =
            Target { shared: self.registry.get(&labels), rows: 0, newest: i64::MIN, written: i64::MIN, written_at: 0 };
        let number = match self.free.pop() {
            Some(number) => {
                self.targets[number as usize] = Some(target);
                number
            }
            None => {
                self.targets.push(Some(target));
                self.targets.len() as u32 - 1
            }
        };
        self.numbers.insert(labels, number);
        number
    }

    /// Forgets `row`; with its last row a target is given up, and another shard may own it.
    pub fn remove(&mut self, row: u32) {
        let Some(number) = self.rows.get_mut(row as usize).and_then(|slot| std::mem::take(slot).checked_sub(1)) else {
            return;
        };
        let slot = &mut self.targets[number as usize];
        if let Some(target) = slot {
            target.rows -= 1;
            if target.rows == 0 {
                let _ = target.shared.owner.compare_exchange(self.shard, NOBODY, Ordering::AcqRel, Ordering::Relaxed);
                self.numbers.remove(&target.shared.labels);
                self.resources.retain(|_, known| *known != number + 1);
                *slot = None;
                self.free.push(number);
            }
        }
    }

    /// A point of `row` came with this time, nanoseconds.
    #[inline]
    pub fn touch(&mut self, row: u32, time: u64) {
        let target = self.rows.get(row as usize).and_then(|slot| slot.checked_sub(1));
        if let Some(Some(target)) = target.and_then(|number| self.targets.get_mut(number as usize)) {
            target.newest = target.newest.max((time / MILLISECOND).cast_signed());
        }
    }

    /// The next target whose sample is due at `now` (nanoseconds): its labels and the sample's time, milliseconds. None ends
    /// the round; targets are then looked at again.
    pub fn due(&mut self, now: u64) -> Option<(Box<[u8]>, i64)> {
        while let Some(slot) = self.targets.get_mut(self.next) {
            self.next += 1;
            if let Some(due) = slot.as_mut().and_then(|target| target.due(self.shard, now)) {
                return Some(due);
            }
        }
        self.next = 0;
        None
    }

    /// The labels of all resources that live in this shard.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        self.numbers.keys().map(|labels| &**labels)
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let labels: usize = self.numbers.keys().map(|labels| 2 * labels.len()).sum();
        labels + self.rows.capacity() * size_of::<u32>() + self.targets.capacity() * size_of::<Option<Target>>()
    }
}

impl Target {
    fn due(&mut self, shard: usize, now: u64) -> Option<(Box<[u8]>, i64)> {
        if self.written_at != 0 && now.saturating_sub(self.written_at) < EVERY {
            return None;
        }
        let newest = self.shared.newest.fetch_max(self.newest, Ordering::AcqRel).max(self.newest);
        // A time of 0 is none.
        if newest <= self.written.max(0) {
            return None;
        }
        let owner = &self.shared.owner;
        let taken = owner.compare_exchange(NOBODY, shard, Ordering::AcqRel, Ordering::Acquire);
        if taken.is_err_and(|owner| owner != shard) {
            return None;
        }
        self.written = newest;
        self.written_at = now;
        Some((self.shared.labels.clone(), newest))
    }
}
