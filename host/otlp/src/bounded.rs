//! Bytes that are made from a body: their memory is charged before it is set aside, and never more than the limit is.

use bytes::Bytes;

use crate::error::BodyError;
use budget::Reservation;

/// The first piece of room, where nothing says a length that can be.
const FIRST: usize = 64 << 10;

/// How many times more room is made when there is too little, where the length is not known, and where it is: then it is
/// never more than that, and the bytes are moved less often.
const GROWTH: usize = 2;
const EXPECTED_GROWTH: usize = 4;

/// Bytes in the making.
#[derive(Debug)]
pub struct Bounded<'a> {
    bytes: Vec<u8>,
    limit: usize,
    /// How many there will be, if that is known.
    expected: Option<usize>,
    reservation: &'a mut Reservation,
    /// Charged for what the making needs beside the bytes; given back at the end.
    beside: usize,
}

impl<'a> Bounded<'a> {
    /// None yet, and never more than `limit`.
    pub fn new(limit: usize, reservation: &'a mut Reservation) -> Self {
        Self { bytes: Vec::new(), limit, expected: None, reservation, beside: 0 }
    }

    /// There will be `length` bytes. Budget is made for no more than these, and still only as they come.
    pub fn expect(&mut self, length: usize) {
        self.expected = Some(length);
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
        if more > 0 && !self.reservation.grow(more) {
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

    /// The bytes so far.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether there are none yet.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many bytes there are so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes so far, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Adds zeros.
    ///
    /// # Errors
    /// As [`Self::spare`].
    pub fn extend_by(&mut self, zeros: usize) -> Result<(), BodyError> {
        self.reserve(zeros, FIRST)?;
        self.bytes.resize(self.bytes.len() + zeros, 0);
        self.check()
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
        let wanted = match (capacity, self.expected) {
            // Whoever has sent much is believed to send the rest, so that most bodies are never moved.
            (0, Some(_)) => least.saturating_mul(EXPECTED_GROWTH).max(first),
            (0, None) => first,
            (_, Some(_)) => capacity.saturating_mul(EXPECTED_GROWTH),
            (_, None) => capacity.saturating_mul(GROWTH),
        };
        let wanted = wanted.min(self.expected.unwrap_or(most)).clamp(least, most);
        // While the bytes move, the old room and the new are both there.
        if !self.reservation.grow(wanted) {
            return Err(BodyError::NoRoom);
        }
        self.bytes.reserve_exact(wanted - self.bytes.len());
        self.reservation.settle(self.reservation.bytes() - capacity);
        Ok(())
    }

    /// Says whether the bytes are within the limit.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`].
    pub fn check(&self) -> Result<(), BodyError> {
        if self.bytes.len() > self.limit { Err(BodyError::TooLarge(self.limit)) } else { Ok(()) }
    }

    /// The bytes; from now on the reservation is that of the memory in which they stand, and no other.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`].
    pub fn finish(mut self) -> Result<Bytes, BodyError> {
        self.check()?;
        self.beside = 0;
        self.reservation.settle(self.bytes.capacity());
        Ok(std::mem::take(&mut self.bytes).into())
    }
}

impl Drop for Bounded<'_> {
    fn drop(&mut self) {
        self.reservation.settle(self.reservation.bytes() - self.beside);
    }
}
