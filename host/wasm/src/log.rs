//! Log lines of guests: cut, escaped, and no more of them than a person could read.

use std::fmt::Write as _;

use super::limits::{LINE_BYTES, LOG_BURST, LOG_PER_SECOND};

/// A bucket of lines that fills with time.
#[derive(Debug)]
pub(super) struct Rate {
    lines: f64,
    /// When it was last filled, nanoseconds.
    filled: u64,
    /// Lines that were not written since the last one that was.
    lost: u64,
}

impl Rate {
    pub(super) fn new(now: u64) -> Self {
        Self { lines: LOG_BURST, filled: now, lost: 0 }
    }

    /// Whether a line may be written at `now`, and if so how many were lost before it.
    #[expect(clippy::cast_precision_loss, reason = "seconds between two log lines")]
    pub(super) fn take(&mut self, now: u64) -> Option<u64> {
        let seconds = now.saturating_sub(self.filled) as f64 / 1e9;
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
