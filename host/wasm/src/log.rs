//! Log lines of guests: cut, escaped, and no more of them than a person could read.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use clock::{Clock, MonotonicNanos};

use super::limits::{LINE_BYTES, LOG_BURST, LOG_PER_SECOND};

/// The log of one processor: all its instances, now and later, share its rate.
#[derive(Debug)]
pub struct GuestLog {
    /// The processor's id as configured.
    processor: Arc<str>,
    clock: Clock,
    rate: Mutex<Rate>,
    lost: AtomicU64,
}

impl GuestLog {
    /// The log of the processor `id`.
    #[must_use]
    pub fn new(id: &Arc<str>, clock: &Clock) -> Arc<Self> {
        let rate = Mutex::new(Rate::new(clock.monotonic()));
        Arc::new(Self { processor: Arc::clone(id), clock: clock.clone(), rate, lost: AtomicU64::new(0) })
    }

    /// Whether a line may be written, and if so how many were lost before it. Lines of the host about the guest ask as well.
    pub fn take(&self) -> Option<u64> {
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = rate.take(self.clock.monotonic());
        if taken.is_none() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        taken
    }

    /// Lines beyond the rate.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Writes a line of the guest, within the rate.
    pub(super) fn write(&self, level: u32, message: &str) {
        let Some(lost) = self.take() else { return };
        let message = printable(message.get(..message.floor_char_boundary(LINE_BYTES)).unwrap_or_default());
        let processor = &*self.processor;
        match level {
            1 => tracing::error!(target: "guest", processor, lost, "{message}"),
            2 => tracing::warn!(target: "guest", processor, lost, "{message}"),
            3 => tracing::info!(target: "guest", processor, lost, "{message}"),
            _ => tracing::debug!(target: "guest", processor, lost, "{message}"),
        }
    }
}

/// A bucket of lines that fills with time.
#[derive(Debug)]
struct Rate {
    lines: f64,
    /// When it was last filled.
    filled: MonotonicNanos,
    /// Lines that were not written since the last one that was.
    lost: u64,
}

impl Rate {
    fn new(now: MonotonicNanos) -> Self {
        Self { lines: LOG_BURST, filled: now, lost: 0 }
    }

    /// Whether a line may be written at `now`, and if so how many were lost before it.
    fn take(&mut self, now: MonotonicNanos) -> Option<u64> {
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
