//! The extension at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clock::Clock;
use component::authenticator::{
    Answer, AuthenticationError, Authenticator, Fault, Next, Outgoing, Pending, Retry, Stamp, Verdict,
};

use super::credentials::Cache;
use super::credentials::source::Source;
use super::refusal::{Refusal, refusal, shown};
use super::scope::Scope;
use super::settings::Settings;
use super::sign::sign;
use super::skew::Skew;

/// Signs requests.
pub struct Signer {
    pub(super) settings: Settings,
    pub(super) cache: Arc<Cache>,
    pub(super) skew: Skew,
    pub(super) repeats: Repeats,
    clock: Clock,
}

/// Requests that were signed again after a refusal.
#[derive(Debug, Default)]
pub struct Repeats {
    /// For their credentials.
    pub credentials: AtomicU64,
    /// For their time.
    pub time: AtomicU64,
}

impl Signer {
    /// A signer that gets its credentials from `source`, once it needs them.
    #[must_use]
    pub fn new(settings: Settings, source: Box<dyn Source>, clock: Clock) -> Self {
        let cache = Arc::new(Cache::new(&settings.id, source, clock.clone()));
        Self { settings, cache, skew: Skew::default(), repeats: Repeats::default(), clock }
    }

    async fn sign(&self, mut request: Outgoing<'_>) -> Result<Stamp, AuthenticationError> {
        let error = |message, fault, retry| AuthenticationError { message, fault, retry };
        let scope = Scope::of(&self.settings, request.uri)
            .map_err(|unfit| error(unfit.message, Fault::Request, Retry::Useless))?;
        let held = self
            .cache
            .get()
            .await
            .map_err(|failure| error(format!("no AWS credentials: {failure}"), Fault::Source, Retry::Helps))?;
        let time = self.skew.corrected(self.clock.now());
        sign(&mut request, &scope, &held.credentials, time)
            .map_err(|why| error(format!("the request cannot be signed: {why}"), Fault::Request, Retry::Useless))?;
        Ok(Stamp(held.stamp))
    }
}

impl Authenticator for Signer {
    fn authenticate<'a>(&'a self, request: Outgoing<'a>) -> Pending<'a, Result<Stamp, AuthenticationError>> {
        Box::pin(self.sign(request))
    }

    fn answered(&self, answer: Answer<'_>) -> Verdict {
        let before = self.skew.seconds();
        self.skew.learn(&self.settings.id, answer.uri, answer.headers, self.clock.now());
        // Read before they are forgotten: the text may repeat them.
        let kept = self.cache.kept();
        let text = shown(answer.text, kept.as_ref().map(|held| &held.credentials));
        let next = match refusal(answer.status, answer.text) {
            Some(Refusal::Credentials) => {
                self.cache.forget(answer.stamp.0);
                self.repeats.credentials.fetch_add(1, Ordering::Relaxed);
                Next::Repeat
            }
            // The same time would be refused again.
            Some(Refusal::Time) if self.skew.seconds() != before => {
                self.repeats.time.fetch_add(1, Ordering::Relaxed);
                Next::Repeat
            }
            Some(Refusal::Time | Refusal::Signature) => Next::Wait,
            None => Next::Stand,
        };
        Verdict { next, text }
    }
}
