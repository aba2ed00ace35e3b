//! The one place where time enters. Tests hold the hand of a manual clock and move it; nothing else in the host reads
//! the time of day or waits for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// Nanoseconds in a millisecond.
pub const MILLISECOND: u64 = 1_000_000;

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
    now: AtomicU64,
    moved: watch::Sender<()>,
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
        let dial = Arc::new(Dial { now: AtomicU64::new(start), moved: watch::Sender::new(()) });
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
            Kind::Manual(dial) => dial.now.load(Ordering::Acquire),
        }
    }

    /// Nanoseconds since some moment in the past, for spans of time: nobody sets it, and it never goes back. Of a manual
    /// clock it is [`Self::now`].
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "here time enters")]
    pub fn monotonic(&self) -> u64 {
        static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
        match &self.0 {
            Kind::System => u64::try_from(FIRST.elapsed().as_nanos()).unwrap_or(u64::MAX),
            Kind::Manual(_) => self.now(),
        }
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
                let until = self.now().saturating_add(span);
                while self.now() < until {
                    if moved.changed().await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

impl Hand {
    /// Moves the clock forward and wakes who waits for it.
    pub fn advance(&self, span: Duration) {
        let span = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        self.0.now.fetch_add(span, Ordering::AcqRel);
        self.0.moved.send_replace(());
    }
}
