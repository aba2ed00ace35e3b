//! What became of the points of a request: in one shard, then in all of them together.
//!
//! What is dropped is counted once. A batch that was committed is not run again, as its points are recognised when they come
//! again: what the stages dropped of it is counted at once. What was dropped before any stage is dropped again when it comes
//! again, and is counted only when the request is accepted.

use super::drops::{REFUSED_IN_PART, Tally};
use super::failed::Failed;

/// What became of points of a request.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Points that the stages dropped from batches that were committed; counted already.
    pub filtered: Tally,
    /// Points that were dropped before any stage saw them; not counted yet.
    pub dropped: Tally,
    /// Points that were not taken in because something failed.
    pub lost: u64,
    /// What failed, if anything did.
    pub failed: Option<Failed>,
}

impl Outcome {
    /// Points are lost because of `why`. Of several failures, one that may pass is kept: it asks for all of them again.
    pub fn fail(&mut self, why: &Failed, points: u64) {
        self.lost += points;
        if self.failed.as_ref().is_none_or(|known| why.may_retry() && !known.may_retry()) {
            self.failed = Some(why.clone());
        }
    }

    /// Adds what became of other points.
    pub fn merge(&mut self, other: &Self) {
        self.filtered.merge(&other.filtered);
        self.dropped.merge(&other.dropped);
        self.lost += other.lost;
        if let Some(why) = &other.failed {
            self.fail(why, 0);
        }
    }

    /// Of points that failed for good, in a request of which a part is counted elsewhere: they are dropped.
    pub fn lose_all(&mut self) {
        self.failed = None;
        self.dropped.add_many(REFUSED_IN_PART, std::mem::take(&mut self.lost));
    }

    /// Of a request of `points` points: why it has to be refused, if it has to. A failure for good does not refuse what
    /// is counted in part, since the sender would believe that nothing is: the points that were lost are dropped
    /// instead, and why is returned as well.
    ///
    /// # Errors
    /// Why the request is refused.
    pub fn settle(&mut self, points: u64) -> Result<Option<Failed>, Failed> {
        let Some(why) = self.failed.take() else { return Ok(None) };
        let gone = self.filtered.total() + self.dropped.total() + self.lost;
        let counted = points.saturating_sub(gone);
        if why.may_retry() || counted == 0 {
            return Err(why);
        }
        self.dropped.add_many(REFUSED_IN_PART, self.lost);
        Ok(Some(why))
    }
}
