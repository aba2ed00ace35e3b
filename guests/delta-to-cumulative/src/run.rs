//! A stream's life: runs, each with a start that never moves and that does not overlap the one before.

/// The finest step that a Prometheus back-end can tell apart.
const MILLISECOND: u64 = 1_000_000;

/// How far the ends of runs may be ahead of the host's time before they rise by less than a millisecond, nanoseconds.
const AHEAD: u64 = 1_000 * MILLISECOND;

/// Where a stream is in its life, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Life {
    pub(crate) phase: Phase,
    /// Nanoseconds; 0 is unknown. Never moves while a run lasts.
    pub(crate) start: u64,
    /// The newest time of an output, nanoseconds.
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
    /// Goes on with a point of that start and time: begins a run unless one is on. `now` is the host's time. Returns the time
    /// of what is sent on: the point's own, but not before its run. Exporters see to it that times rise.
    pub(crate) fn advance(&mut self, start: u64, time: u64, now: u64) -> u64 {
        let time = match self.phase {
            Phase::Running => time.max(self.start),
            Phase::Fresh => {
                // An unknown start stays unknown; a start after the point itself is not one.
                self.start = start.min(time);
                time
            }
            Phase::Ended => {
                // A new run may not overlap the old one.
                let time = self.time_after(time, now);
                self.start = start.max(self.time).min(time);
                time
            }
        };
        *self = Self { phase: Phase::Running, time: time.max(self.time), ..*self };
        time
    }

    /// The run is over. Returns start and time of the point that says so.
    pub(crate) fn end(&mut self, start: u64, time: u64, now: u64) -> (u64, u64) {
        let time = if self.phase == Phase::Fresh { time } else { self.time_after(time, now) };
        let start = if self.phase == Phase::Running { self.start } else { start.min(time) };
        *self = Self { phase: Phase::Ended, start: 0, time };
        (start, time)
    }

    /// `time`, or a time after all outputs so far.
    fn time_after(&self, time: u64, now: u64) -> u64 {
        // Where runs end faster than times can rise, these must not run away.
        let step = if self.time > now.saturating_add(AHEAD) { 1 } else { MILLISECOND };
        time.max(self.time.saturating_add(step))
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
