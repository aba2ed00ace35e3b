//! Items that are taken apart.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::Range;

/// The pieces of an item, in their order.
pub trait Pieces: Send + Sync + 'static {
    /// What is delivered.
    type Item;

    /// How many there are.
    fn count(&self) -> usize;

    /// Bytes that they take.
    fn bytes(&self) -> usize;

    /// An item of some of them.
    fn item(&self, pieces: Range<usize>) -> Self::Item;

    /// Samples or data points in some of them.
    fn points(&self, pieces: Range<usize>) -> usize;

    /// What a piece has in common with those of other items that must not overtake it: its series, as a hash.
    fn key(&self, piece: usize) -> u64;

    /// One of them alone.
    fn single(&self, piece: usize) -> Self;

    /// All of them together, in this order; none if there are none.
    fn join(parts: Vec<Self>) -> Option<Self>
    where
        Self: Sized;

    /// The piece among these that is tried alone, before any is blamed, where they are refused after an attempt of unknown
    /// outcome: one by which the receiver shows whether it has them. None, as by default, if repeating them does no harm.
    fn witness(&self, _among: Range<usize>) -> Option<usize> {
        None
    }

    /// The witness was refused: the receiver has had these pieces before. What would be refused a second time is left out.
    fn omit_repeated(&mut self, _among: Range<usize>) {}
}

/// The pieces of items that cannot be taken apart.
#[derive(Debug)]
pub struct Undivided<I>(Infallible, PhantomData<fn() -> I>);

impl<I: 'static> Pieces for Undivided<I> {
    type Item = I;

    fn count(&self) -> usize {
        match self.0 {}
    }

    fn bytes(&self) -> usize {
        match self.0 {}
    }

    fn item(&self, _: Range<usize>) -> I {
        match self.0 {}
    }

    fn points(&self, _: Range<usize>) -> usize {
        match self.0 {}
    }

    fn key(&self, _: usize) -> u64 {
        match self.0 {}
    }

    fn single(&self, _: usize) -> Self {
        match self.0 {}
    }

    fn join(parts: Vec<Self>) -> Option<Self> {
        parts.into_iter().next()
    }
}
