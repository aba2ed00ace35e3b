//! The one place where time enters. Tests hold the hand of a manual clock and move it; nothing else in the host reads
//! the time of day or waits for it. [`time`] has the types of what is read.

pub mod time;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use time::nanoseconds;
pub use time::{MonotonicNanos, MonotonicSeconds, UnixMillis, UnixNanos};

/// Nanoseconds in a millisecond.
pub const MILLISECOND: u64 = 1_000_000;

/// Nanoseconds in a second.
pub const SECOND: u64 = 1_000 * MILLISECOND;

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

/// What both clocks show at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// See [`Clock::now`].
    pub wall: UnixNanos,
    /// See [`Clock::monotonic`].
    pub monotonic: MonotonicNanos,
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

    /// A clock that stands at `start` until its hand is moved.
    #[must_use]
    pub fn manual(UnixNanos(start): UnixNanos) -> (Self, Hand) {
        let dial =
            Dial { wall: AtomicU64::new(start), monotonic: AtomicU64::new(start), moved: watch::Sender::new(()) };
        let dial = Arc::new(dial);
        (Self(Kind::Manual(Arc::clone(&dial))), Hand(dial))
    }

    /// The time of day.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "here time enters")]
    pub fn now(&self) -> UnixNanos {
        UnixNanos(match &self.0 {
            Kind::System => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, nanoseconds),
            Kind::Manual(dial) => dial.wall.load(Ordering::Acquire),
        })
    }

    /// The clock that nobody sets, for spans of time: it never goes back.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "here time enters")]
    pub fn monotonic(&self) -> MonotonicNanos {
        static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
        MonotonicNanos(match &self.0 {
            Kind::System => nanoseconds(FIRST.elapsed()),
            Kind::Manual(dial) => dial.monotonic.load(Ordering::Acquire),
        })
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
                let until = self.monotonic().plus(span);
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
        let span = nanoseconds(span);
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
