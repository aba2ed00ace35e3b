//! A stream's life: runs, each with a start that never moves, and output times that rise.

/// The finest step that a Prometheus back-end can tell apart.
const MILLISECOND: u64 = 1_000_000;

/// How far output times may be ahead of the host's before they rise by less than a millisecond, nanoseconds.
const AHEAD: u64 = 1_000 * MILLISECOND;

/// Where a stream is in its life, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Life {
    pub(crate) phase: Phase,
    /// Nanoseconds; 0 is unknown. Never moves while a run lasts.
    pub(crate) start: u64,
    /// Time of the newest output, nanoseconds.
    pub(crate) time: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    /// No point yet.
    #[default]
    Fresh,
    /// A run is on.
    Running,
    /// A point without a recorded value ended the run, or the next one cannot be added to its total: it begins another,
    /// after `time`.
    Ended,
}

impl Life {
    /// Goes on with a point of that start and time: begins a run unless one is on. `now` is the host's time.
    pub(crate) fn advance(&mut self, start: u64, time: u64, now: u64) {
        let time = self.output_time(time, now);
        match self.phase {
            Phase::Running => {}
            // An unknown start stays unknown; a start after the point itself is not one.
            Phase::Fresh => self.start = start.min(time),
            // A new run may not overlap the old one.
            Phase::Ended => self.start = start.max(self.time).min(time),
        }
        *self = Self { phase: Phase::Running, time, ..*self };
    }

    /// The run is over. Returns start and time of the point that says so.
    pub(crate) fn end(&mut self, start: u64, time: u64, now: u64) -> (u64, u64) {
        let time = self.output_time(time, now);
        let start = if self.phase == Phase::Running { self.start } else { start.min(time) };
        *self = Self { phase: Phase::Ended, start: 0, time };
        (start, time)
    }

    fn output_time(&self, time: u64, now: u64) -> u64 {
        // Where points come faster than times can rise, these must not run away.
        let step = if self.time > now.saturating_add(AHEAD) { 1 } else { MILLISECOND };
        match self.phase {
            Phase::Fresh => time,
            Phase::Running | Phase::Ended => time.max(self.time.saturating_add(step)),
        }
    }
}

// In a word of a cell: bits 2 and 3.
const PHASE_SHIFT: u32 = 2;

impl Phase {
    #[inline]
    pub(crate) fn from_word(word: u64) -> Self {
        match word >> PHASE_SHIFT & 0b11 {
            0 => Self::Fresh,
            1 => Self::Running,
            _ => Self::Ended,
        }
    }

    #[inline]
    pub(crate) fn bits(self) -> u64 {
        let code: u64 = match self {
            Self::Fresh => 0,
            Self::Running => 1,
            Self::Ended => 2,
        };
        code << PHASE_SHIFT
    }
}
