//! Who sends a request: what an authenticator adds to it, and what it makes of the answer.

use std::sync::Arc;

use component::authenticator::{self, AuthenticationError, Authenticator, Next, Outgoing, Reference, Stamp};
use component::error::BuildError;
use component::exporter::Environment;
use http::{HeaderMap, Method, Uri};

use super::transport::Answer;

/// The authenticator of a client, if it has one.
#[derive(Clone, Default)]
pub struct Authentication(Option<Arc<dyn Authenticator>>);

impl Authentication {
    /// The one that a configuration names.
    ///
    /// # Errors
    /// If it does not run.
    pub fn find(
        exporter: &str,
        reference: Option<&Reference>,
        environment: &Environment<'_>,
    ) -> Result<Self, BuildError> {
        let Some(reference) = reference else { return Ok(Self(None)) };
        let found = environment.authenticators.get(&reference.id);
        let missing =
            || BuildError::NoAuthenticator { exporter: exporter.to_owned(), authenticator: reference.id.clone() };
        found.ok_or_else(missing).map(|found| Self(Some(found)))
    }

    /// Whether requests need their bodies in one piece.
    #[must_use]
    pub fn reads_bodies(&self) -> bool {
        self.0.is_some()
    }

    /// The headers of an attempt.
    ///
    /// # Errors
    /// See [`AuthenticationError`].
    pub async fn headers(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(HeaderMap, Option<Stamp>), AuthenticationError> {
        let mut headers = headers.clone();
        let Some(authenticator) = &self.0 else { return Ok((headers, None)) };
        let request = Outgoing { method: &Method::POST, uri, headers: &mut headers, body };
        let stamp = authenticator.authenticate(request).await?;
        Ok((headers, Some(stamp)))
    }

    /// Tells the authenticator what was answered; says whether the request is to be sent again at once.
    #[must_use]
    pub fn wants_repeat(&self, stamp: Option<Stamp>, uri: &Uri, answer: &Answer) -> bool {
        let (Some(authenticator), Some(stamp)) = (&self.0, stamp) else { return false };
        let text = String::from_utf8_lossy(&answer.body);
        let answer = authenticator::Answer { stamp, uri, status: answer.status, headers: &answer.headers, text: &text };
        authenticator.answered(answer).next == Next::Repeat
    }
}
