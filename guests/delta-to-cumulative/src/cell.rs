//! A stream's state: four words, kept by the host, all zero for a stream that was never seen.

/// Words in a cell.
pub const WORDS: usize = 4;

/// What is known of a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cell {
    pub(crate) total: Number,
    /// Nanoseconds; 0 is unknown. Never moves while a run lasts.
    pub(crate) start: u64,
    /// Time of the newest output, nanoseconds.
    pub(crate) time: u64,
    pub(crate) phase: Phase,
    pub(crate) monotonic: bool,
    /// Flags of the first point; only `strict` repeats them.
    pub(crate) flags: u32,
}

/// Where a stream is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No point yet.
    Fresh,
    /// A run is on: `total` and `start` hold.
    Running,
    /// A point without a recorded value ended the run; the next one begins another, after `time`.
    Ended,
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
const PHASE_SHIFT: u32 = 2;
const MONOTONIC: u64 = 1 << 4;
const FLAGS_SHIFT: u32 = 32;

/// The seed of a monotonic stream's cell; all others begin with zeroes.
pub(crate) const MONOTONIC_SEED: [u64; WORDS] = [0, 0, 0, MONOTONIC];

impl Cell {
    #[inline]
    pub(crate) fn load(words: &[u64; WORDS]) -> Self {
        let [total, start, time, tail] = *words;
        Self {
            total: Number::from_parts((tail & 0b11) as u8, total),
            start,
            time,
            phase: match (tail >> PHASE_SHIFT) & 0b11 {
                0 => Phase::Fresh,
                1 => Phase::Running,
                _ => Phase::Ended,
            },
            monotonic: tail & MONOTONIC != 0,
            flags: (tail >> FLAGS_SHIFT) as u32,
        }
    }

    #[inline]
    pub(crate) fn store(self, words: &mut [u64; WORDS]) {
        let phase: u64 = match self.phase {
            Phase::Fresh => 0,
            Phase::Running => 1,
            Phase::Ended => 2,
        };
        let monotonic = if self.monotonic { MONOTONIC } else { 0 };
        let tail =
            u64::from(self.total.kind()) | phase << PHASE_SHIFT | monotonic | u64::from(self.flags) << FLAGS_SHIFT;
        *words = [self.total.bits(), self.start, self.time, tail];
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
