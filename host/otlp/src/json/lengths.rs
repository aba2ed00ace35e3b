//! Lengths of messages, which stand in front of them and are known behind them. For each there is one byte, which is enough
//! for most; where it is not, the length is kept aside and put in at the end, all of them in one pass. To make room at once
//! would move each byte once for each message around it, and a sender can nest a hundred of them.

use prost::encoding::{encode_varint, encoded_len_varint};

use crate::bounded::Bounded;
use crate::error::BodyError;

/// Longer ones do not fit into a byte.
const LONGEST_SHORT: usize = 0x7f;

/// Room for the first long ones.
const FIRST: usize = 64;

/// The lengths that did not fit.
#[derive(Debug)]
pub struct Lengths {
    /// Where the byte is, and the length.
    long: Vec<(usize, usize)>,
    /// Bytes that are still to be put in.
    missing: usize,
    /// What else is charged beside the bytes that are written.
    beside: usize,
}

/// A message that is not at its end.
#[derive(Debug)]
pub struct Begun {
    place: usize,
    missing: usize,
}

impl Lengths {
    /// None yet. Their memory is charged on top of `beside` bytes.
    pub fn new(beside: usize) -> Self {
        Self { long: Vec::new(), missing: 0, beside }
    }

    /// A message begins.
    ///
    /// # Errors
    /// As [`Bounded::push`].
    pub fn begin(&self, written: &mut Bounded<'_>) -> Result<Begun, BodyError> {
        let begun = Begun { place: written.len(), missing: self.missing };
        written.push(&[0])?;
        Ok(begun)
    }

    /// It ends.
    ///
    /// # Errors
    /// [`BodyError::NoRoom`].
    pub fn end(&mut self, begun: &Begun, written: &mut Bounded<'_>) -> Result<(), BodyError> {
        let length = written.len() - begun.place - 1 + self.missing - begun.missing;
        if length <= LONGEST_SHORT {
            written.as_mut_slice()[begun.place] = length as u8;
            return Ok(());
        }
        if self.long.len() == self.long.capacity() {
            let more = self.long.len().max(FIRST);
            // While it moves, the old list is there as well.
            let entries = 2 * self.long.len() + more;
            written.charge_beside(self.beside + entries * size_of::<(usize, usize)>())?;
            self.long.reserve_exact(more);
        }
        self.long.push((begun.place, length));
        self.missing += encoded_len_varint(length as u64) - 1;
        Ok(())
    }

    /// Puts in what is missing.
    ///
    /// # Errors
    /// As [`Bounded::push`].
    pub fn put_in(mut self, written: &mut Bounded<'_>) -> Result<(), BodyError> {
        // From the end, so that each byte moves once, to where it stays.
        self.long.sort_unstable();
        let (mut from, mut to) = (written.len(), written.len() + self.missing);
        written.extend_by(self.missing)?;
        let bytes = written.as_mut_slice();
        for (place, length) in self.long.into_iter().rev() {
            let behind = place + 1..from;
            to -= behind.len();
            bytes.copy_within(behind, to);
            let width = encoded_len_varint(length as u64);
            to -= width;
            encode_varint(length as u64, &mut &mut bytes[to..to + width]);
            from = place;
        }
        Ok(())
    }
}
