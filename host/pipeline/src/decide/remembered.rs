//! What a decider remembers of what it has decided.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use super::memo::ShardMemo;
use super::plan::{Plan, StreamPlan};
use crate::drops::Reason;
use crate::keyed::{AgingMap, KeyMap};
use clock::MonotonicSeconds;
use streams::describe::IdentityKey;

/// Plans that did not reach their shards are kept so long for the request's repetition: the Collector repeats a request for
/// five minutes. Seconds.
const KEPT_SECONDS: u32 = 5 * 60;

/// Whenever a plan comes into hand, so many of the oldest that nobody holds any more go: more than come, so that those that
/// have gone are never many more than those that are held.
const LOOKED_AT: usize = 2;

/// So many go whenever there is nothing else to do.
const LOOKED_AT_IN_PAUSES: usize = 1 << 8;

/// Everything, by the keys of identities.
#[derive(Debug)]
pub struct Remembered {
    /// Where streams are that were taken in.
    shards: ShardMemo,
    /// Why streams are dropped.
    dropped: AgingMap<IdentityKey, Reason>,
    /// Plans that somebody holds. One that nobody holds keeps its memory while it is in here, so it leaves soon.
    in_hand: KeyMap<IdentityKey, Weak<StreamPlan>>,
    /// Which those are, in the order of coming or of having been looked at last.
    in_hand_keys: VecDeque<IdentityKey>,
    /// Plans that did not reach their shards, the oldest first, and when they were given back.
    kept: VecDeque<(MonotonicSeconds, Arc<StreamPlan>)>,
    /// Which those are.
    kept_keys: KeyMap<IdentityKey, ()>,
    /// Bytes of all of them, and their bound.
    kept_bytes: usize,
    kept_limit: usize,
}

impl Remembered {
    /// Nothing yet; at most so many streams, and so many bytes of plans.
    pub fn new(streams: usize, kept_limit: usize) -> Self {
        Self {
            shards: ShardMemo::new(streams),
            dropped: AgingMap::new(streams),
            in_hand: KeyMap::default(),
            in_hand_keys: VecDeque::new(),
            kept: VecDeque::new(),
            kept_keys: KeyMap::default(),
            kept_bytes: 0,
            kept_limit,
        }
    }

    /// The plan of a stream, as far as it is still there: all of it for what is dropped.
    pub fn plan(&mut self, key: IdentityKey) -> Option<Plan> {
        if let Some(plan) = self.in_hand.get(&key).and_then(Weak::upgrade) {
            return Some(Plan::Take(plan));
        }
        self.dropped.get(key).map(Plan::Drop)
    }

    /// The shard that has a stream.
    pub fn shard(&mut self, key: IdentityKey) -> Option<usize> {
        self.shards.get(key)
    }

    /// Remembers a plan.
    pub fn insert(&mut self, key: IdentityKey, plan: &Plan) {
        match plan {
            Plan::Take(plan) => {
                self.shards.insert(key, plan.shard);
                self.hold(plan);
            }
            Plan::Drop(reason) => self.dropped.insert(key, *reason),
        }
    }

    fn hold(&mut self, plan: &Arc<StreamPlan>) {
        self.forget_gone(LOOKED_AT);
        if self.in_hand.insert(plan.key, Arc::downgrade(plan)).is_none() {
            self.in_hand_keys.push_back(plan.key);
        }
    }

    /// Forgets the oldest plans in hand that nobody holds any more, at most so many. One that somebody holds is looked at again
    /// when its turn comes.
    fn forget_gone(&mut self, most: usize) {
        for _ in 0..most {
            let Some(key) = self.in_hand_keys.pop_front() else { return };
            if self.in_hand.get(&key).is_some_and(|plan| plan.strong_count() > 0) {
                self.in_hand_keys.push_back(key);
                return;
            }
            self.in_hand.remove(&key);
        }
    }

    /// Keeps a plan that did not reach its shard, in place of the oldest ones if need be.
    pub fn keep(&mut self, plan: Arc<StreamPlan>, now: MonotonicSeconds) {
        if self.kept_keys.insert(plan.key, ()).is_some() {
            return;
        }
        self.kept_bytes += plan.memory();
        while self.kept_bytes > self.kept_limit && self.forget_oldest() {}
        self.hold(&plan);
        self.kept.push_back((now, plan));
    }

    fn forget_oldest(&mut self) -> bool {
        let Some((_, plan)) = self.kept.pop_front() else { return false };
        self.kept_bytes -= plan.memory();
        self.kept_keys.remove(&plan.key);
        true
    }

    /// Forgets what is of no use any more.
    pub fn sweep(&mut self, now: MonotonicSeconds) {
        while self.kept.front().is_some_and(|(since, _)| now.since(*since) > KEPT_SECONDS) {
            self.forget_oldest();
        }
        self.forget_gone(LOOKED_AT_IN_PAUSES);
        if self.in_hand.capacity() > LOOKED_AT_IN_PAUSES.max(8 * self.in_hand.len()) {
            self.in_hand.shrink_to_fit();
            self.in_hand_keys.shrink_to_fit();
        }
    }

    /// Memory in use, bytes.
    pub fn memory(&self) -> usize {
        const WEAK: usize = size_of::<(IdentityKey, Weak<StreamPlan>)>();
        // Who is remembered weakly takes its place as well.
        let in_hand = self.in_hand.capacity() * WEAK
            + self.in_hand_keys.capacity() * size_of::<IdentityKey>()
            + self.in_hand.len() * size_of::<StreamPlan>();
        let kept = self.kept_bytes + self.kept_keys.capacity() * size_of::<IdentityKey>();
        self.shards.memory() + self.dropped.memory() + in_hand + kept
    }
}
