//! Log lines of guests: cut, escaped, and no more of them than a person could read.

use std::fmt::Write as _;

use clock::MonotonicNanos;

use super::limits::{LINE_BYTES, LOG_BURST, LOG_PER_SECOND};

/// A bucket of lines that fills with time.
#[derive(Debug)]
pub(super) struct Rate {
    lines: f64,
    /// When it was last filled.
    filled: MonotonicNanos,
    /// Lines that were not written since the last one that was.
    lost: u64,
}

impl Rate {
    pub(super) fn new(now: MonotonicNanos) -> Self {
        Self { lines: LOG_BURST, filled: now, lost: 0 }
    }

    /// Whether a line may be written at `now`, and if so how many were lost before it.
    pub(super) fn take(&mut self, now: MonotonicNanos) -> Option<u64> {
        let seconds = now.since(self.filled).as_secs_f64();
        self.filled = now;
        self.lines = (self.lines + seconds * LOG_PER_SECOND).min(LOG_BURST);
        if self.lines < 1.0 {
            self.lost += 1;
            return None;
        }
        self.lines -= 1.0;
        Some(std::mem::take(&mut self.lost))
    }
}

/// Text of a guest as it may stand in a log: one line of at most [`LINE_BYTES`], control characters escaped.
pub(super) fn printable(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(LINE_BYTES));
    for character in text.chars() {
        if line.len() >= LINE_BYTES {
            line.push('…');
            break;
        }
        if character.is_control() {
            // Writing to a string cannot fail.
            let _ = write!(line, "{}", character.escape_unicode());
        } else {
            line.push(character);
        }
    }
    line
}
