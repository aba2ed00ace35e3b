//! What a cache knows, and the times at which it acts.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use clock::{Moment, MonotonicNanos};
use tokio::sync::watch;

use super::source::Failure;

/// Credentials are fetched anew so long before they end, or when a quarter of their time is left.
const AHEAD: Duration = Duration::from_secs(15 * 60);

/// What was just fetched is used for so long at least, whatever it says of its end: the clock may be wrong.
const SHORTEST_LIFE: Duration = Duration::from_secs(10);

/// The wait after a fetch that failed; each one after that is twice as long, up to the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What comes of a fetch; none while it is under way.
pub(super) type Landing = Option<Result<Held, Failure>>;

/// Credentials that are kept.
#[derive(Debug, Clone)]
pub struct Held {
    /// The credentials.
    pub credentials: Credentials,
    /// Their number: each fetch has its own.
    pub stamp: u64,
    /// When they are to be fetched anew, and when they end; none if never.
    times: Option<(MonotonicNanos, MonotonicNanos)>,
}

/// What a cache knows.
#[derive(Debug, Default)]
pub(super) struct State {
    held: Option<Held>,
    flight: Option<watch::Receiver<Landing>>,
    stamps: u64,
    /// Fetches that have failed in a row.
    failures: u32,
    /// Why the last one failed, and when.
    failure: Option<(Failure, MonotonicNanos)>,
    /// When the log was told.
    told: Option<MonotonicNanos>,
}

impl State {
    /// What is kept, if it is good at `now`.
    pub fn good(&self, now: MonotonicNanos) -> Option<Held> {
        self.kept().filter(|held| held.times.is_none_or(|(_, end)| now < end))
    }

    pub fn kept(&self) -> Option<Held> {
        self.held.clone()
    }

    /// Whether what is kept is to be fetched anew.
    pub fn is_due(&self, now: MonotonicNanos) -> bool {
        let is_old = self.held.as_ref().and_then(|held| held.times).is_some_and(|(renewal, _)| now >= renewal);
        is_old && self.recent_failure(now).is_none()
    }

    /// The last failure, while it is too early for another fetch.
    pub fn recent_failure(&self, now: MonotonicNanos) -> Option<Failure> {
        let pause = PAUSE.saturating_mul(1 << self.failures.saturating_sub(1).min(8)).min(LONGEST_PAUSE);
        let (failure, at) = self.failure.as_ref()?;
        (now.since(*at) < pause).then(|| failure.clone())
    }

    pub fn flight(&self) -> Option<watch::Receiver<Landing>> {
        self.flight.clone()
    }

    pub fn begin(&mut self, flight: watch::Receiver<Landing>) {
        self.flight = Some(flight);
    }

    pub fn has_failed(&self) -> bool {
        self.failures > 0
    }

    pub fn succeed(&mut self, credentials: Credentials, now: Moment) -> Held {
        self.stamps += 1;
        let wall = UNIX_EPOCH + Duration::from_nanos(now.wall.0);
        let times = credentials.expiry().map(|end| {
            let life = end.duration_since(wall).unwrap_or_default().max(SHORTEST_LIFE);
            let renewal = life - AHEAD.min(life / 4);
            (now.monotonic.plus(renewal), now.monotonic.plus(life))
        });
        let held = Held { credentials, stamp: self.stamps, times };
        self.held = Some(held.clone());
        (self.flight, self.failures, self.failure, self.told) = (None, 0, None, None);
        held
    }

    /// Says whether the log is to be told: at first, and after each `silence`.
    pub fn fail(&mut self, failure: &Failure, now: MonotonicNanos, silence: Duration) -> bool {
        self.flight = None;
        self.failures = self.failures.saturating_add(1);
        self.failure = Some((failure.clone(), now));
        let is_told = self.told.is_none_or(|told| now.since(told) >= silence);
        if is_told {
            self.told = Some(now);
        }
        is_told
    }

    pub fn forget(&mut self, stamp: u64) {
        self.held = self.held.take().filter(|held| held.stamp != stamp);
    }
}
