//! The item in hand.

use std::ops::Range;

use budget::Reservation;
use clock::MonotonicNanos;

use crate::{Attempt, Item, Pieces, Search};

/// After so many failures in a row less is tried: about three seconds, with the waits that are usual.
const PATIENCE: u32 = 8;

/// Where the receiver has the good pieces, so many requests are made to find the bad ones of an item.
const CURIOSITY: u32 = 64;

/// An item, or its pieces, of which not all have been delivered.
pub(crate) struct Work<A: Attempt> {
    item: A::Item,
    pieces: Option<A::Pieces>,
    pub(crate) search: Search,
    pub(crate) reservation: Reservation,
    /// When it was first tried.
    pub(crate) begun: MonotonicNanos,
    /// Attempts that failed since the last success.
    failures: u32,
    /// Of those the ones that found the receiver busy.
    busy: u32,
    /// Refusals for a piece.
    pub(crate) sought: u32,
    /// The pieces of an attempt that may have arrived without an answer.
    unsure: Option<Range<usize>>,
}

/// What is sent next.
pub(crate) enum Part<'a, I> {
    Whole(&'a I),
    Some(I),
}

impl<I> std::ops::Deref for Part<'_, I> {
    type Target = I;

    fn deref(&self) -> &I {
        match self {
            Self::Whole(item) => item,
            Self::Some(item) => item,
        }
    }
}

impl<A: Attempt> Work<A> {
    pub(crate) fn new(item: A::Item, reservation: Reservation, begun: MonotonicNanos) -> Self {
        let search = Search::new(1);
        Self { item, pieces: None, search, reservation, begun, failures: 0, busy: 0, sought: 0, unsure: None }
    }

    /// An item that has been taken apart, of which only some pieces are sent.
    pub(crate) fn of(
        item: A::Item,
        pieces: A::Pieces,
        search: Search,
        reservation: Reservation,
        begun: MonotonicNanos,
    ) -> Self {
        Self { pieces: Some(pieces), search, ..Self::new(item, reservation, begun) }
    }

    /// What is to be sent next.
    pub(crate) fn next_part(&mut self) -> Option<Part<'_, A::Item>> {
        let range = self.search.next_request()?;
        Some(match &self.pieces {
            None => Part::Whole(&self.item),
            Some(pieces) if range == (0..pieces.count()) => Part::Whole(&self.item),
            Some(pieces) => Part::Some(pieces.item(range)),
        })
    }

    /// The item.
    pub(crate) fn item(&self) -> &A::Item {
        &self.item
    }

    /// A piece as an item, with its key; the whole where it cannot be taken apart.
    pub(crate) fn single(&self, piece: usize) -> (Part<'_, A::Item>, Option<u64>) {
        match &self.pieces {
            None => (Part::Whole(&self.item), None),
            Some(pieces) => (Part::Some(pieces.item(piece..piece + 1)), Some(pieces.key(piece))),
        }
    }

    /// Of its pieces only these are left.
    pub(crate) fn take_apart(&mut self, pieces: A::Pieces, rest: Vec<Range<usize>>) {
        self.reservation.settle(self.reservation.bytes() + pieces.bytes());
        self.search = Search::of(rest.into_iter());
        self.pieces = Some(pieces);
    }

    pub(crate) fn taken(&mut self) {
        (self.failures, self.busy) = (0, 0);
        self.search.taken();
    }

    /// Takes the item apart, if it can be and has not been. What the pieces take is charged beside the item.
    pub(crate) fn divide(&mut self, attempt: &A) -> Option<&mut A::Pieces> {
        if self.pieces.is_none() {
            let pieces = attempt.divide(&self.item).filter(|pieces| pieces.count() > 0)?;
            self.reservation.settle(self.reservation.bytes() + pieces.bytes());
            self.search = Search::new(pieces.count());
            self.search.next_request();
            self.pieces = Some(pieces);
        }
        self.pieces.as_mut()
    }

    /// The pieces, if it has been taken apart.
    pub(crate) fn pieces(&self) -> Option<&A::Pieces> {
        self.pieces.as_ref()
    }

    /// What was sent is refused. The piece that is to be tried alone before any is blamed, if there is one.
    pub(crate) fn witness(&mut self) -> Option<(usize, A::Item)> {
        let sent = self.search.sent();
        self.unsure.take_if(|unsure| unsure.start < sent.end && sent.start < unsure.end)?;
        let pieces = self.pieces.as_ref()?;
        let witness = pieces.witness(sent)?;
        Some((witness, pieces.item(witness..witness + 1)))
    }

    /// The witness was refused: what the receiver has is not sent again. Nothing is known of the pieces any more.
    pub(crate) fn omit_repeated(&mut self) {
        let sent = self.search.sent();
        if let Some(pieces) = &mut self.pieces {
            pieces.omit_repeated(sent);
            self.item = pieces.item(0..pieces.count());
        }
    }

    /// Whether more requests are made to find out what is bad, by a receiver that has the rest.
    pub(crate) fn is_sought(&self) -> bool {
        self.sought < CURIOSITY
    }

    /// The receiver was busy. From the second time on it is asked for half as much.
    pub(crate) fn busy(&mut self, attempt: &A) {
        self.busy += 1;
        if self.busy > 1 && self.divide(attempt).is_some() {
            self.search.halve();
        }
    }

    /// An attempt failed that may have arrived. Says whether what was sent can be halved no more and has failed too often.
    pub(crate) fn failed(&mut self, attempt: &A) -> bool {
        self.unsure.get_or_insert(self.search.sent());
        self.failures += 1;
        if self.failures < PATIENCE {
            return false;
        }
        self.divide(attempt);
        !self.search.halve()
    }

    /// Points that have not been settled.
    pub(crate) fn points(&self) -> usize {
        match &self.pieces {
            None => self.search.rest().count().min(1) * self.item.points(),
            Some(pieces) => self.search.rest().map(|piece| pieces.points(piece..piece + 1)).sum(),
        }
    }
}
