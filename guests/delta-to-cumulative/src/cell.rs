//! The state of a stream of numbers: four words, kept by the host, all zero for a stream that was never seen.

use crate::run::{Life, Phase};

/// Words in a cell.
pub const WORDS: usize = 4;

/// What is known of a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cell {
    pub(crate) total: Number,
    pub(crate) life: Life,
    pub(crate) monotonic: bool,
    /// Flags of the first point; only `strict` repeats them.
    pub(crate) flags: u32,
}

/// A point's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    None,
    Int(i64),
    Double(f64),
}

/// Codes of the column `kinds`.
const NONE: u8 = 0;
const INT: u8 = 1;
const DOUBLE: u8 = 2;

impl Number {
    /// From a column's code and bits. The host sends no other code; an unknown one counts as no value.
    pub(crate) fn from_parts(kind: u8, bits: u64) -> Self {
        match kind {
            INT => Self::Int(bits.cast_signed()),
            DOUBLE => Self::Double(f64::from_bits(bits)),
            _ => Self::None,
        }
    }

    pub(crate) fn kind(self) -> u8 {
        match self {
            Self::None => NONE,
            Self::Int(_) => INT,
            Self::Double(_) => DOUBLE,
        }
    }

    pub(crate) fn bits(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Int(value) => value.cast_unsigned(),
            Self::Double(value) => value.to_bits(),
        }
    }
}

// The last word: bits 0 and 1 the kind of the total, 2 and 3 the phase, 4 monotonic; the upper half holds the flags.
const MONOTONIC: u64 = 1 << 4;
pub(crate) const FLAGS_SHIFT: u32 = 32;

/// The seed of a monotonic stream's cell; all others begin with zeroes.
pub(crate) const MONOTONIC_SEED: [u64; WORDS] = [0, 0, 0, MONOTONIC];

impl Cell {
    #[inline]
    pub(crate) fn load(words: &[u64; WORDS]) -> Self {
        let [total, start, time, tail] = *words;
        Self {
            total: Number::from_parts((tail & 0b11) as u8, total),
            life: Life { phase: Phase::from_word(tail), start, time },
            monotonic: tail & MONOTONIC != 0,
            flags: (tail >> FLAGS_SHIFT) as u32,
        }
    }

    #[inline]
    pub(crate) fn store(self, words: &mut [u64; WORDS]) {
        let monotonic = if self.monotonic { MONOTONIC } else { 0 };
        let Life { phase, start, time } = self.life;
        let tail = u64::from(self.total.kind()) | phase.bits() | monotonic | u64::from(self.flags) << FLAGS_SHIFT;
        *words = [self.total.bits(), start, time, tail];
    }
}

/// A point, in or out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) value: Number,
    pub(crate) flags: u32,
    pub(crate) start: u64,
    pub(crate) time: u64,
}

/// OTLP's flag for a point that says that there is nothing to say.
pub(crate) const NO_RECORDED_VALUE: u32 = 1;
