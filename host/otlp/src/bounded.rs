//! Bytes that are made from a body: their memory is charged before it is set aside, and never more than the limit is.

use std::io::{self, Read};
use std::ops::Range;

use bytes::Bytes;

use crate::error::BodyError;
use budget::Charge;

/// The first piece of room, where nothing says a length that can be.
const FIRST: usize = 64 << 10;

/// Bytes in the making.
#[derive(Debug)]
pub struct Bounded<'a> {
    bytes: Vec<u8>,
    limit: usize,
    charge: &'a mut Charge,
    /// Charged for what the making needs beside the bytes; given back at the end.
    beside: usize,
}

impl<'a> Bounded<'a> {
    /// None yet, and never more than `limit`.
    pub fn new(limit: usize, charge: &'a mut Charge) -> Self {
        Self { bytes: Vec::new(), limit, charge, beside: 0 }
    }

    /// The largest length, bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Sees to it that `bytes` are charged for the time of the making.
    ///
    /// # Errors
    /// [`BodyError::NoRoom`].
    pub fn charge_beside(&mut self, bytes: usize) -> Result<(), BodyError> {
        let more = bytes.saturating_sub(self.beside);
        if more > 0 && !self.charge.grow(more) {
            return Err(BodyError::NoRoom);
        }
        self.beside += more;
        Ok(())
    }

    /// The bytes so far, with room for at least one more behind them. `hint` is what they may take in all, as far as
    /// that is known and to be believed.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`] if the limit is behind us; [`BodyError::NoRoom`].
    pub fn spare(&mut self, hint: Option<usize>) -> Result<&mut Vec<u8>, BodyError> {
        // One byte more than is expected shows that there is no more.
        self.reserve(1, hint.map_or(FIRST, |hint| hint.saturating_add(1)))?;
        Ok(&mut self.bytes)
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// As [`Self::spare`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), BodyError> {
        self.reserve(bytes.len(), FIRST)?;
        self.bytes.extend_from_slice(bytes);
        self.check()
    }

    /// Bytes so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Puts other bytes in the place of some, which they do not have to be as many as.
    ///
    /// # Errors
    /// As [`Self::spare`].
    pub fn replace(&mut self, place: Range<usize>, with: &[u8]) -> Result<(), BodyError> {
        self.reserve(with.len().saturating_sub(place.len()), FIRST)?;
        self.bytes.splice(place, with.iter().copied());
        self.check()
    }

    /// Adds all that comes from a reader.
    ///
    /// # Errors
    /// As [`Self::spare`]; `corrupt` makes one of what the reader says.
    pub fn fill(
        &mut self,
        reader: &mut impl Read,
        hint: Option<usize>,
        corrupt: impl Fn(io::Error) -> BodyError,
    ) -> Result<(), BodyError> {
        loop {
            let bytes = self.spare(hint)?;
            // As much as there is room for, so that it does not make room itself.
            let room = bytes.capacity() - bytes.len();
            let read = reader.by_ref().take(room as u64).read_to_end(bytes).map_err(&corrupt)?;
            self.check()?;
            if read < room {
                return Ok(());
            }
        }
    }

    fn reserve(&mut self, bytes: usize, first: usize) -> Result<(), BodyError> {
        let capacity = self.bytes.capacity();
        let least = self.bytes.len().saturating_add(bytes);
        if least <= capacity {
            return Ok(());
        }
        // One byte more than the limit shows that there is more than the limit.
        let most = self.limit + 1;
        if least > most {
            return Err(BodyError::TooLarge(self.limit));
        }
        let wanted = if capacity == 0 { first } else { 2 * capacity };
        let wanted = wanted.clamp(least, most);
        if !self.charge.grow(wanted - capacity) {
            return Err(BodyError::NoRoom);
        }
        self.bytes.reserve_exact(wanted - self.bytes.len());
        Ok(())
    }

    /// Says whether the bytes are within the limit.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`].
    pub fn check(&self) -> Result<(), BodyError> {
        if self.bytes.len() > self.limit { Err(BodyError::TooLarge(self.limit)) } else { Ok(()) }
    }

    /// The bytes; from now on the charge is theirs alone.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`].
    pub fn finish(mut self) -> Result<Bytes, BodyError> {
        self.check()?;
        self.beside = 0;
        self.charge.settle(self.bytes.len());
        Ok(std::mem::take(&mut self.bytes).into())
    }
}

impl Drop for Bounded<'_> {
    fn drop(&mut self) {
        self.charge.settle(self.charge.bytes() - self.beside);
    }
}
