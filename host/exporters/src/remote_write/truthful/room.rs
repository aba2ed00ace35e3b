//! Room for samples of no point. Points have the first claim: what waits because a back-end does not answer is to be theirs.

use budget::{Budget, Reservation};
use pipeline::shard::outside::Outside;

/// Samples of no point are written while no more than this share of the queue is taken: one in so many.
const SHARE: usize = 4;

/// Room in the queue, which all shards share.
pub struct Room<'a> {
    budget: Budget,
    outside: &'a mut dyn Outside,
    /// There was none; nothing that comes before the next tick is asked for.
    used_up: bool,
}

impl<'a> Room<'a> {
    /// Room in a queue.
    pub fn new(budget: Budget, outside: &'a mut dyn Outside) -> Self {
        Self { budget, outside, used_up: false }
    }

    /// Whether a request may grow by `bytes`, which are charged then.
    pub fn take(&mut self, reservation: &mut Reservation, bytes: usize) -> bool {
        if !self.used_up {
            let budget = &self.budget;
            let fits = || budget.used().saturating_add(bytes) <= budget.limit() / SHARE;
            self.used_up = self.outside.answer(&mut || i64::from(fits() && reservation.grow(bytes))) == 0;
        }
        !self.used_up
    }
}
