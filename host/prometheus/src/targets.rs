//! `target_info`: one series for each resource, written once in each step of time in which it has points, at the beginning
//! of the step.
//!
//! The Collector writes it with every batch and from every worker, at times of their own; series of one name then collide.
//! The steps here are the same everywhere: any number of pipelines and workers write the same sample, and a back-end takes
//! it for one. Shards agree on an owner by a shared registry that only new resources touch.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::id::TargetId;
use clock::{UnixMillis, UnixNanos};
use streams::OutputStream;

/// Resources whose target is remembered; beyond it they are looked at again.
const RESOURCES: usize = 64 << 10;

/// A registry smaller than this is not swept: it is not worth the time.
const SWEEP_FROM: usize = 1 << 10;

/// What the shards of an exporter share.
#[derive(Debug, Clone, Default)]
pub struct Registry(Arc<Mutex<Resources>>);

#[derive(Debug, Default)]
struct Resources {
    /// Targets by their labels; one that no shard holds any more is gone.
    known: HashMap<Box<[u8]>, Weak<Shared>>,
    /// How many may be known before those that are gone are swept out. It doubles with what is left, so that a sweep costs
    /// each new resource the same however many there are.
    sweep_at: usize,
}

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

/// How often a resource is told about while it lives: well within Prometheus' lookback of five minutes. Steps are counted
/// from the Unix epoch.
pub const EVERY: Duration = Duration::from_secs(60);

/// One shard's part of the resources.
#[derive(Debug)]
pub struct Targets {
    registry: Registry,
    shard: usize,
    /// The target of each output stream.
    streams: Vec<Option<TargetId>>,
    /// The target of each resource that was seen.
    resources: HashMap<u64, Known>,
    targets: Vec<Option<Target>>,
    numbers: HashMap<Box<[u8]>, TargetId>,
    free: Vec<TargetId>,
    /// Targets made so far.
    made: u64,
    /// Where [`Self::due`] goes on.
    next: usize,
}

/// What is remembered of a resource. It is not taken back when the target goes: [`Target::birth`] tells.
#[derive(Debug, Clone, Copy)]
enum Known {
    /// It has no attributes to tell about.
    Nothing,
    /// It has the target of this number, if that is still the one of this birth.
    Target { number: TargetId, birth: u64 },
}

/// A resource in one shard.
#[derive(Debug)]
struct Target {
    shared: Arc<Shared>,
    /// Which of the shard's targets it is, in the order in which they were made.
    birth: u64,
    streams: u32,
    /// The newest point's time in this shard.
    newest: UnixMillis,
    /// The newest point's time in all shards when a sample was last written.
    seen: UnixMillis,
    /// The time of that sample.
    written: UnixMillis,
}

impl Registry {
    fn get(&self, labels: &[u8]) -> Arc<Shared> {
        let mut resources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Resources { known, sweep_at } = &mut *resources;
        if let Some(shared) = known.get(labels).and_then(Weak::upgrade) {
            return shared;
        }
        if known.len() >= (*sweep_at).max(SWEEP_FROM) {
            known.retain(|_, shared| shared.strong_count() > 0);
            *sweep_at = 2 * known.len();
        }
        let shared = Arc::new(Shared {
            labels: labels.into(),
            newest: AtomicI64::new(UnixMillis::NEVER.0),
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
            streams: Vec::new(),
            resources: HashMap::new(),
            targets: Vec::new(),
            numbers: HashMap::new(),
            free: Vec::new(),
            made: 0,
            next: 0,
        }
    }

    /// Gives `stream` the target of its resource. `labels` makes the labels, if there are any; it is called once for all
    /// streams of a resource.
    pub fn insert(&mut self, stream: OutputStream, resource: u64, labels: impl FnOnce() -> Option<Vec<u8>>) {
        let known = match self.resources.get(&resource) {
            Some(&known) if self.is_current(known) => known,
            _ => {
                let known = labels().map_or(Known::Nothing, |labels| self.find(labels.into()));
                if self.resources.len() >= RESOURCES {
                    self.resources.clear();
                }
                self.resources.insert(resource, known);
                known
            }
        };
        let Known::Target { number, .. } = known else { return };
        if let Some(Some(target)) = self.targets.get_mut(number.index()) {
            target.streams += 1;
        }
        let index = stream.index();
        if self.streams.len() <= index {
            self.streams.resize(index + 1, None);
        }
        self.streams[index] = Some(number);
    }

    fn is_current(&self, known: Known) -> bool {
        let Known::Target { number, birth } = known else { return true };
        matches!(self.targets.get(number.index()), Some(Some(target)) if target.birth == birth)
    }

    fn find(&mut self, labels: Box<[u8]>) -> Known {
        let number = self.numbers.get(&labels).copied();
        let number = number.unwrap_or_else(|| self.create(labels));
        let target = self.targets.get(number.index()).and_then(Option::as_ref);
        target.map_or(Known::Nothing, |target| Known::Target { number, birth: target.birth })
    }

    fn create(&mut self, labels: Box<[u8]>) -> TargetId {
        self.made += 1;
        let target = Target {
            shared: self.registry.get(&labels),
            birth: self.made,
            streams: 0,
            newest: UnixMillis::NEVER,
            seen: UnixMillis::NEVER,
            written: UnixMillis::NEVER,
        };
        let number = match self.free.pop() {
            Some(number) => {
                self.targets[number.index()] = Some(target);
                number
            }
            None => {
                self.targets.push(Some(target));
                TargetId::at(self.targets.len() - 1)
            }
        };
        self.numbers.insert(labels, number);
        number
    }

    /// Forgets `stream`; with its last stream a target is given up, and another shard may own it.
    pub fn remove(&mut self, stream: OutputStream) {
        let Some(number) = self.streams.get_mut(stream.index()).and_then(Option::take) else {
            return;
        };
        let slot = &mut self.targets[number.index()];
        if let Some(target) = slot {
            target.streams -= 1;
            if target.streams == 0 {
                let _ = target.shared.owner.compare_exchange(self.shard, NOBODY, Ordering::AcqRel, Ordering::Relaxed);
                self.numbers.remove(&target.shared.labels);
                *slot = None;
                self.free.push(number);
            }
        }
    }

    /// A point of `stream` came with this time.
    #[inline]
    pub fn touch(&mut self, stream: OutputStream, time: UnixNanos) {
        let target = self.streams.get(stream.index()).copied().flatten();
        if let Some(Some(target)) = target.and_then(|number| self.targets.get_mut(number.index())) {
            target.newest = target.newest.max(time.to_millis());
        }
    }

    /// The next target whose sample is due at `now`: its labels and the sample's time, the beginning of the step that `now`
    /// is in. None ends the round; targets are then looked at again. `share` gets a question about what shards share, and gives its answer.
    pub fn due(
        &mut self,
        now: UnixNanos,
        share: &mut dyn FnMut(&mut dyn FnMut() -> i64) -> i64,
    ) -> Option<(Box<[u8]>, UnixMillis)> {
        while let Some(slot) = self.targets.get_mut(self.next) {
            self.next += 1;
            if let Some(due) = slot.as_mut().and_then(|target| target.due(self.shard, now, share)) {
                return Some(due);
            }
        }
        self.next = 0;
        None
    }

    /// The labels of all resources that live in this shard, in the order of their numbers.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        self.targets.iter().flatten().map(|target| &*target.shared.labels)
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let labels: usize = self.numbers.keys().map(|labels| 2 * labels.len()).sum();
        labels
            + self.streams.capacity() * size_of::<Option<TargetId>>()
            + self.targets.capacity() * size_of::<Option<Target>>()
    }
}

impl Target {
    fn due(
        &mut self,
        shard: usize,
        now: UnixNanos,
        share: &mut dyn FnMut(&mut dyn FnMut() -> i64) -> i64,
    ) -> Option<(Box<[u8]>, UnixMillis)> {
        let step = step(now);
        if self.written >= step {
            return None;
        }
        let newest = UnixMillis(share(&mut || self.claim(shard).0));
        // A time of 0 is none.
        if newest <= self.seen.max(UnixMillis(0)) {
            return None;
        }
        (self.seen, self.written) = (newest, step);
        Some((self.shared.labels.clone(), step))
    }

    /// The newest point's time in all shards, if this shard may write it; none is 0.
    fn claim(&self, shard: usize) -> UnixMillis {
        let newest = UnixMillis(self.shared.newest.fetch_max(self.newest.0, Ordering::AcqRel)).max(self.newest);
        if newest <= self.seen.max(UnixMillis(0)) {
            return UnixMillis(0);
        }
        let owner = &self.shared.owner;
        let taken = owner.compare_exchange(NOBODY, shard, Ordering::AcqRel, Ordering::Acquire);
        if taken.is_err_and(|owner| owner != shard) { UnixMillis(0) } else { newest }
    }
}

/// The beginning of the step that a time is in.
fn step(now: UnixNanos) -> UnixMillis {
    let every = EVERY.as_millis() as i64;
    let UnixMillis(now) = now.to_millis();
    UnixMillis(now - now.rem_euclid(every))
}
