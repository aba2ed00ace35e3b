//! What the exporters call a stream, and which shard owns it.

use std::hash::BuildHasher as _;

use foldhash::quality::FixedState;
use smallvec::SmallVec;

use super::Decider;
use crate::decide::plan::StreamPlan;
use crate::drops::{self, Reason};
use model::CUMULATIVE;
use streams::describe::IdentityKey;

impl Decider {
    pub(super) fn label(&mut self, mut plan: StreamPlan) -> Result<StreamPlan, Reason> {
        plan.end();
        let traits = plan.traits;
        if traits.kind.accumulates()
            && traits.temporality != CUMULATIVE
            && !self.labels.iter().all(|label| label.takes_deltas())
        {
            return Err(drops::DELTA);
        }
        let mut made = SmallVec::new();
        for label in &mut self.labels {
            made.push(label.label(plan.view())?);
        }
        // Two streams that end in one series meet in one shard, whatever their descriptions were.
        let series = self.labels.iter().zip(&made).find_map(|(label, labels)| label.series_key(labels));
        plan.shard = match series {
            _ if self.shards == 1 => 0,
            Some(series) => (FixedState::default().hash_one(series) % self.shards as u64) as usize,
            None => self.shard_of(plan.view().key(&self.keyer)),
        };
        plan.labels = made;
        Ok(plan)
    }

    pub(super) fn shard_of(&self, key: IdentityKey) -> usize {
        (key.0 % self.shards as u128) as usize
    }
}
