//! Credentials: fetched when a request first needs them, kept, and fetched anew before they end. One fetch is under way at a
//! time, and who needs one waits for it; while what is kept is good, nobody waits.

mod connector;
pub mod source;
mod state;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clock::Clock;
use tokio::sync::watch;

use source::{Failure, Source};
pub use state::Held;
use state::{Landing, State};

/// A fetch that takes longer has failed. Asking each of the places where credentials may be takes some seconds.
const FETCH_TIME: Duration = Duration::from_secs(20);

/// A line in the log about failures comes so often.
const SILENCE: Duration = Duration::from_secs(60);

/// Fetches and keeps credentials.
pub struct Cache {
    /// The extension, for log lines.
    id: String,
    source: Box<dyn Source>,
    clock: Clock,
    state: Mutex<State>,
    counts: Counts,
}

/// What is counted.
#[derive(Debug, Default)]
pub struct Counts {
    /// Fetches that brought credentials.
    pub fetched: AtomicU64,
    /// Fetches that brought none.
    pub failed: AtomicU64,
}

impl Cache {
    /// A cache that has nothing yet.
    #[must_use]
    pub fn new(id: &str, source: Box<dyn Source>, clock: Clock) -> Self {
        Self { id: id.to_owned(), source, clock, state: Mutex::default(), counts: Counts::default() }
    }

    /// Credentials that are good now. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// If there are none.
    pub async fn get(self: &Arc<Self>) -> Result<Held, Failure> {
        let mut flight = {
            let mut state = self.state();
            let now = self.clock.monotonic();
            if let Some(held) = state.good(now) {
                if state.is_due(now) {
                    self.take_off(&mut state);
                }
                return Ok(held);
            }
            match state.recent_failure(now) {
                Some(failure) => return Err(failure),
                None => self.take_off(&mut state),
            }
        };
        let landing = flight.wait_for(Option::is_some).await.ok().and_then(|landing| landing.clone());
        landing.unwrap_or_else(|| Err(Failure("the fetch of credentials was broken off".into())))
    }

    /// What is kept now, good or not.
    #[must_use]
    pub fn kept(&self) -> Option<Held> {
        self.state().kept()
    }

    /// A server says that these are no longer good.
    pub fn forget(&self, stamp: u64) {
        self.state().forget(stamp);
    }

    /// What is counted.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The fetch that is under way; begins one if there is none. It goes on when whoever began it gives up.
    fn take_off(self: &Arc<Self>, state: &mut State) -> watch::Receiver<Landing> {
        if let Some(flight) = state.flight() {
            return flight;
        }
        let (landing, flight) = watch::channel(None);
        state.begin(flight.clone());
        let cache = Arc::clone(self);
        tokio::spawn(async move { landing.send_replace(Some(cache.fetch().await)) });
        flight
    }

    async fn fetch(&self) -> Result<Held, Failure> {
        let fetched = tokio::select! {
            fetched = self.source.fetch() => fetched,
            () = self.clock.sleep(FETCH_TIME) => Err(Failure(format!("no answer within {FETCH_TIME:?}"))),
        };
        let mut state = self.state();
        let now = self.clock.moment();
        match fetched {
            Ok(credentials) => {
                self.counts.fetched.fetch_add(1, Ordering::Relaxed);
                if state.has_failed() {
                    tracing::info!(extension = self.id, "there are AWS credentials again");
                }
                Ok(state.succeed(credentials, now))
            }
            Err(failure) => {
                self.counts.failed.fetch_add(1, Ordering::Relaxed);
                if state.fail(&failure, now.monotonic, SILENCE) {
                    let (extension, why) = (&self.id, &failure.0);
                    tracing::error!(extension, why, "cannot get AWS credentials; requests wait until there are some");
                }
                Err(failure)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
