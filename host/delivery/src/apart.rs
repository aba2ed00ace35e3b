//! What is sent apart from the items of a lane: pieces of which others with the same key were refused again and again, and
//! pieces with which every attempt fails.
//!
//! They wait here, so that no item is refused for them, and are tried together, in their order, every so many attempts of
//! the lane. What has waited behind them with their keys waits here as well: nothing overtakes.

use std::collections::HashMap;
use std::time::Duration;

use budget::Reservation;
use clock::MonotonicNanos;

use crate::{Attempt, Pieces, Search, work::Work};

/// After so many refusals in a row the pieces of a key are sent apart.
const REFUSALS: u32 = 2;

/// Keys with refusals that are remembered.
const KEYS: usize = 4_096;

/// Pieces of a key that has been refused so often wait here at most; older ones have lost.
const WAITING: usize = 16;

/// Between two attempts of what is here come so many of the lane, if it has any: so it is not slowed by more than a tenth.
const ATTEMPTS: u32 = 10;

/// Where the lane has none, so much time passes between two.
const GAP: Duration = Duration::from_secs(1);

/// What failed so often alone, while other items were delivered, is refused.
const STRIKES: u32 = 3;

/// What is sent apart from a lane's items.
pub(crate) struct Apart<A: Attempt> {
    keys: HashMap<u64, Key>,
    /// What is not in the work in hand, in order.
    waiting: Vec<Piece<A>>,
    /// What is being tried.
    pub(crate) work: Option<Work<A>>,
    /// Attempts of the lane since the last one here.
    others: u32,
    /// The next attempt comes no earlier.
    not_before: MonotonicNanos,
    strikes: u32,
    /// Items that had been delivered at the last strike.
    delivered: u64,
}

#[derive(Debug, Default)]
struct Key {
    /// In a row.
    refusals: u32,
    /// Pieces that are here.
    waiting: usize,
}

struct Piece<A: Attempt> {
    key: u64,
    piece: A::Pieces,
    reservation: Reservation,
}

impl<A: Attempt> Default for Apart<A> {
    fn default() -> Self {
        let (keys, waiting) = (HashMap::new(), Vec::new());
        Self { keys, waiting, work: None, others: 0, not_before: MonotonicNanos(0), strikes: 0, delivered: 0 }
    }
}

impl<A: Attempt> Apart<A> {
    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.work.is_none()
    }

    /// Whether there are keys whose pieces are sent apart.
    pub(crate) fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether pieces of a key are sent apart.
    pub(crate) fn holds(&self, key: u64) -> bool {
        self.keys.get(&key).is_some_and(|key| key.refusals >= REFUSALS || key.waiting > 0)
    }

    /// A piece was refused.
    pub(crate) fn refused(&mut self, key: u64) {
        if self.keys.len() >= KEYS && !self.keys.contains_key(&key) {
            self.keys.retain(|_, key| key.waiting > 0);
        }
        self.keys.entry(key).or_default().refusals += 1;
    }

    /// Sends a piece apart, which is charged to `reservation`. Returns the points of one that is lost for it.
    pub(crate) fn add(&mut self, key: u64, piece: A::Pieces, mut reservation: Reservation) -> usize {
        let Key { refusals, waiting } = self.keys.entry(key).or_default();
        reservation.settle(piece.bytes());
        self.waiting.push(Piece { key, piece, reservation });
        *waiting += 1;
        if *refusals < REFUSALS || *waiting <= WAITING {
            return 0;
        }
        let Some(oldest) = self.waiting.iter().position(|piece| piece.key == key) else { return 0 };
        *waiting -= 1;
        let Piece { piece, .. } = self.waiting.remove(oldest);
        piece.points(0..piece.count())
    }

    /// An attempt of the lane was made.
    pub(crate) fn step_aside(&mut self) {
        self.others = self.others.saturating_add(1);
    }

    /// Whether an attempt is due between two of the lane.
    pub(crate) fn is_due(&self, now: MonotonicNanos) -> bool {
        self.others >= ATTEMPTS && now >= self.not_before && !self.is_empty()
    }

    /// How long a lane that has nothing to do waits for the next attempt.
    pub(crate) fn wait(&self, now: MonotonicNanos) -> Duration {
        self.not_before.since(now)
    }

    /// The next attempt comes after `pause` at the earliest.
    pub(crate) fn pause(&mut self, now: MonotonicNanos, pause: Duration) {
        self.not_before = now.plus(pause.max(GAP));
    }

    /// Takes up what waits if there is no work in hand.
    pub(crate) fn take_up(&mut self, now: MonotonicNanos) {
        self.others = 0;
        self.pause(now, GAP);
        if self.work.is_some() || self.waiting.is_empty() {
            return;
        }
        let mut reservation = None;
        let mut parts = Vec::new();
        for Piece { piece, reservation: own, .. } in self.waiting.drain(..) {
            let all = reservation.get_or_insert_with(|| own.another());
            all.settle(all.bytes() + own.bytes());
            parts.push(piece);
        }
        if let Some((pieces, reservation)) = A::Pieces::join(parts).zip(reservation) {
            let (item, search) = (pieces.item(0..pieces.count()), Search::new(pieces.count()));
            self.work = Some(Work::of(item, pieces, search, reservation, now));
        }
    }

    /// The pieces that were sent have been taken: their keys are like any other.
    pub(crate) fn taken(&mut self) {
        let Some(work) = &mut self.work else { return };
        let sent = work.search.sent();
        work.taken();
        for piece in sent {
            let Some(key) = work.pieces().map(|pieces| pieces.key(piece)) else { continue };
            leave(&mut self.keys, key, 0);
        }
    }

    /// A piece has been settled otherwise.
    pub(crate) fn lost(&mut self, key: u64, refusals: u32) {
        self.strikes = 0;
        leave(&mut self.keys, key, refusals);
    }

    /// A piece failed alone. Says whether it has done so often enough, while others were delivered.
    pub(crate) fn strike(&mut self, delivered: u64) -> bool {
        if self.strikes == 0 || delivered > self.delivered {
            self.strikes += 1;
        }
        self.delivered = delivered;
        self.strikes > STRIKES
    }

    /// Gives up the work in hand, and returns its points.
    pub(crate) fn give_up(&mut self) -> usize {
        let Some(work) = self.work.take() else { return 0 };
        if let Some(pieces) = work.pieces() {
            work.search.rest().for_each(|piece| leave(&mut self.keys, pieces.key(piece), 0));
        }
        work.points()
    }

    /// Points that wait.
    pub(crate) fn points(&self) -> usize {
        let waiting = self.waiting.iter().map(|Piece { piece, .. }| piece.points(0..piece.count()));
        waiting.sum::<usize>() + self.work.as_ref().map_or(0, Work::points)
    }

    /// Says that nothing is left of the work in hand, if that is so.
    pub(crate) fn tidy(&mut self) {
        self.work.take_if(|work| work.search.rest().next().is_none());
    }
}

/// A piece of a key has been settled, after so many refusals more; without any the key is forgotten with its last piece.
fn leave(keys: &mut HashMap<u64, Key>, key: u64, refusals: u32) {
    let Some(known) = keys.get_mut(&key) else { return };
    known.waiting = known.waiting.saturating_sub(1);
    known.refusals = if refusals == 0 { 0 } else { known.refusals + refusals };
    if known.refusals == 0 && known.waiting == 0 {
        keys.remove(&key);
    }
}
