//! What is decided about a stream before its first point goes to a shard: what the stages make of it, one after another,
//! what the exporters call it, and which shard owns what comes out.
//!
//! Each guest sees the stream as the stages before it have left it. Where its state adds up the state is kept by what comes
//! out at the end: to drop, rename and merge streams is the same before and behind a sum of deltas.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::drops::Reason;
use crate::output::Labels;
use crate::stage::{Decision, Process};
use model::{CUMULATIVE, DELTA, MetricTraits, Origin};
use streams::describe::{Describer, Description, IdentityKey, View};

/// What becomes of a stream.
#[derive(Debug, Clone)]
pub enum Plan {
    /// Its points are taken in.
    Take(Arc<StreamPlan>),
    /// Its points are dropped.
    Drop(Reason),
}

/// What a shard needs to know of a stream that it takes in.
#[derive(Debug)]
pub struct StreamPlan {
    /// Stands for the stream's identity.
    pub key: IdentityKey,
    /// The shard that owns it.
    pub shard: usize,
    /// Its description, as it was sent.
    pub sent: Description,
    /// Its description behind the stages, if they change it.
    pub shaped: Option<Description>,
    /// Bit `i` is set when stage `i` processes its points.
    pub decisions: u16,
    /// What comes out of the stages.
    pub traits: MetricTraits,
    /// Where its totals are made.
    pub origin: Origin,
    /// What its cells begin with.
    pub seeds: SmallVec<[Seed; 1]>,
    /// Whether it may keep its state together with other streams that come out as it does: it was sent as deltas, and all
    /// stages that process it say that what they keep adds up. Totals of several senders in one cell would overwrite each
    /// other.
    pub adds_up: bool,
    /// What each exporter calls it.
    pub labels: SmallVec<[Labels; 2]>,
}

/// Index of a stage that processes a stream, and the first words of its cell.
pub type Seed = (usize, Arc<[u64]>);

impl StreamPlan {
    /// The plan for a stream about which no stage has been asked, sent with these traits.
    #[must_use]
    pub(super) fn begin(sent: Description) -> Self {
        let traits = sent.view().traits();
        Self {
            key: sent.key(),
            shard: 0,
            sent,
            shaped: None,
            decisions: 0,
            traits,
            origin: Origin::PassedThrough,
            seeds: SmallVec::new(),
            adds_up: traits.temporality == DELTA,
            labels: SmallVec::new(),
        }
    }

    /// Its description as the next stage, or an exporter, sees it.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        self.shaped.as_ref().unwrap_or(&self.sent).view().with_traits(self.traits)
    }

    /// Adds what stage `index` decided.
    ///
    /// # Errors
    /// Why its points are dropped.
    pub(super) fn follow(&mut self, index: usize, decision: Decision, describer: &mut Describer) -> Result<(), Reason> {
        let (description, process) = match decision {
            Decision::Pass => return Ok(()),
            Decision::Drop(reason) => return Err(reason),
            Decision::Change { description, process } => (description, process),
        };
        if let Some(description) = description {
            let before = self.shaped.as_ref().unwrap_or(&self.sent);
            self.shaped = Some(describer.shape(before, &description, self.sent.view().traits()));
        }
        if let Some(Process { traits, seed, adds_up }) = process {
            self.traits = traits;
            self.decisions |= 1 << index;
            self.seeds.push((index, seed));
            self.adds_up &= adds_up;
        }
        Ok(())
    }

    /// Ends it, when all stages have been asked.
    pub(super) fn end(&mut self) {
        if self.sent.view().traits().temporality == DELTA && self.traits.temporality == CUMULATIVE {
            self.origin = Origin::Accumulated;
        }
        self.adds_up &= self.decisions != 0;
    }

    /// Memory in use, bytes, with what it may be the last to share.
    #[must_use]
    pub(super) fn memory(&self) -> usize {
        let seeds: usize = self.seeds.iter().map(|(_, seed)| size_of_val(&**seed)).sum();
        let labels: usize = self.labels.iter().map(Labels::memory).sum();
        let shaped = self.shaped.as_ref().map_or(0, |shaped| shaped.memory() + shaped.length());
        size_of::<Self>() + seeds + labels + self.sent.memory() + self.sent.length() + shaped
    }

    /// All that its cells begin with, as one text of bytes: equal exactly if the cells are.
    #[must_use]
    pub fn seed_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (index, seed) in &self.seeds {
            bytes.extend_from_slice(&(*index as u64).to_le_bytes());
            bytes.extend_from_slice(&(seed.len() as u64).to_le_bytes());
            seed.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
        }
        bytes
    }
}
