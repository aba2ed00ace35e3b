//! What is remembered of a stream that was not taken in: why, and what must happen before it is asked about again.

use crate::drops::Reason;
use otlp::key::Keyer;
use streams::describe::View;
use streams::table::STAGES;

/// Why a stream is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// How long that holds for its further points; none if the next one may fare better.
    pub holds: Option<Holds>,
}

/// For how long a stream is refused without being asked about again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// For good, unless this reason is a limit that has room again.
    Stays(Reason),
    /// There is no room for its state at this stage, nor will there be, unless one leaves or another stream makes the
    /// output stream that both come out as.
    Waits {
        /// Index of the stage.
        stage: u8,
        /// What is waited for.
        output: Awaited,
    },
}

/// An output stream that somebody waits for: a part of the digest of its description, and how many such had been made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited {
    digest: u16,
    made: u16,
}

/// Marks the note of a refusal that stays.
const STAYS: u32 = 1 << 31;

/// Bits of a note that hold a number of output streams made, which begins anew beyond it, and a digest.
const MADE_BITS: u32 = 11;
const DIGEST_BITS: u32 = u16::BITS;

const MADE_MASK: u16 = (1 << MADE_BITS) - 1;

const _: () = assert!(STAGES << (MADE_BITS + DIGEST_BITS) <= STAYS as usize, "the number of a stage has its bits");

impl Refusal {
    /// A refusal whose reason stays.
    #[must_use]
    pub fn stays(reason: Reason) -> Self {
        Self { reason, holds: Some(Holds::Stays(reason)) }
    }
}

impl Holds {
    /// As the table of refused streams keeps it: never the greatest number.
    #[must_use]
    pub fn to_note(self) -> u32 {
        match self {
            Self::Stays(Reason(reason)) => STAYS | u32::from(reason),
            Self::Waits { stage, output: Awaited { digest, made } } => {
                u32::from(stage) << (MADE_BITS + DIGEST_BITS) | u32::from(digest) << MADE_BITS | u32::from(made)
            }
        }
    }

    /// What became that note.
    #[must_use]
    pub fn of_note(note: u32) -> Self {
        if note & STAYS != 0 {
            return Self::Stays(Reason(note as u16));
        }
        let output = Awaited { digest: (note >> MADE_BITS) as u16, made: note as u16 & MADE_MASK };
        Self::Waits { stage: (note >> (MADE_BITS + DIGEST_BITS)) as u8, output }
    }
}

/// The output streams that are made in a shard, as far as somebody waits for them. Those whose digests agree in 16 bits are
/// taken for one: who waits is then asked about once in vain.
#[derive(Debug)]
pub struct OutputsMade {
    keyer: Keyer,
    /// How many, by digest; empty before anybody waits.
    made: Vec<u16>,
}

impl OutputsMade {
    /// None yet.
    #[must_use]
    pub fn new(keyer: Keyer) -> Self {
        Self { keyer, made: Vec::new() }
    }

    /// The output stream of a description, as it is now.
    pub fn wait_for(&mut self, described: View<'_>) -> Awaited {
        self.made.resize(1 << DIGEST_BITS, 0);
        let digest = self.digest(described);
        Awaited { digest, made: self.made[usize::from(digest)] }
    }

    /// An output stream of this description has been made.
    pub fn add(&mut self, described: View<'_>) {
        if !self.made.is_empty() {
            let digest = self.digest(described);
            let made = &mut self.made[usize::from(digest)];
            *made = made.wrapping_add(1) & MADE_MASK;
        }
    }

    /// Whether what is awaited may have been made since.
    #[inline]
    #[must_use]
    pub fn since(&self, awaited: Awaited) -> bool {
        self.made.get(usize::from(awaited.digest)).is_none_or(|made| *made != awaited.made)
    }

    fn digest(&self, described: View<'_>) -> u16 {
        described.key(&self.keyer).0 as u16
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.made.capacity() * size_of::<u16>()
    }
}

#[cfg(test)]
mod tests;
