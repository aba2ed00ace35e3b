//! The one place where time enters. Tests hold the hand of a manual clock and move it; nothing else in the host reads
//! the time of day or waits for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// Nanoseconds in a millisecond.
pub const MILLISECOND: u64 = 1_000_000;

/// Nanoseconds in a second.
pub const SECOND: u64 = 1_000 * MILLISECOND;

/// Nanoseconds in a minute.
pub const MINUTE: u64 = 60 * SECOND;

/// Tells the time. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System,
    Manual(Arc<Dial>),
}

#[derive(Debug)]
struct Dial {
    /// Nanoseconds since the Unix epoch.
    wall: AtomicU64,
    /// Nanoseconds that have passed; it begins with the wall clock's.
    monotonic: AtomicU64,
    moved: watch::Sender<()>,
}

/// What both clocks show at one moment, nanoseconds.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// See [`Clock::now`].
    pub wall: u64,
    /// See [`Clock::monotonic`].
    pub monotonic: u64,
}

impl Moment {
    /// The clock that nobody sets, in whole seconds: enough for spans of minutes, and small in a table.
    #[must_use]
    pub fn monotonic_seconds(self) -> u32 {
        u32::try_from(self.monotonic / SECOND).unwrap_or(u32::MAX)
    }
}

/// Moves a manual clock.
#[derive(Debug, Clone)]
pub struct Hand(Arc<Dial>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands at `start` (nanoseconds since the Unix epoch) until its hand is moved.
    #[must_use]
    pub fn manual(start: u64) -> (Self, Hand) {
        let dial =
            Dial { wall: AtomicU64::new(start), monotonic: AtomicU64::new(start), moved: watch::Sender::new(()) };
        let dial = Arc::new(dial);
        (Self(Kind::Manual(Arc::clone(&dial))), Hand(dial))
    }

    /// Nanoseconds since the Unix epoch.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "here time enters")]
    pub fn now(&self) -> u64 {
        match &self.0 {
            Kind::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)),
            Kind::Manual(dial) => dial.wall.load(Ordering::Acquire),
        }
    }

    /// Nanoseconds since some moment in the past, for spans of time: nobody sets it, and it never goes back.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "here time enters")]
    pub fn monotonic(&self) -> u64 {
        static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
        match &self.0 {
            Kind::System => u64::try_from(FIRST.elapsed().as_nanos()).unwrap_or(u64::MAX),
            Kind::Manual(dial) => dial.monotonic.load(Ordering::Acquire),
        }
    }

    /// Both clocks.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment { wall: self.now(), monotonic: self.monotonic() }
    }

    /// Waits until `span` has passed.
    #[expect(clippy::disallowed_methods, reason = "here time enters")]
    pub async fn sleep(&self, span: Duration) {
        match &self.0 {
            Kind::System => tokio::time::sleep(span).await,
            Kind::Manual(dial) => {
                // Subscribed before the first look, so that no move is missed.
                let mut moved = dial.moved.subscribe();
                let span = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
                let until = self.monotonic().saturating_add(span);
                while self.monotonic() < until {
                    if moved.changed().await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

impl Hand {
    /// Lets time pass and wakes who waits for it.
    pub fn advance(&self, span: Duration) {
        let span = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        self.0.wall.fetch_add(span, Ordering::AcqRel);
        self.0.monotonic.fetch_add(span, Ordering::AcqRel);
        self.0.moved.send_replace(());
    }

    /// Sets the wall clock forward, or back, by so many nanoseconds, as an administrator or a time server does. No time
    /// passes.
    pub fn step_wall(&self, by: i64) {
        self.0.wall.fetch_add(by.cast_unsigned(), Ordering::AcqRel);
    }
}
