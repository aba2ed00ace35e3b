//! Authenticators: extensions by which the clients of exporters say who they are.
//!
//! A client asks before each attempt ([`Authenticator::authenticate`]), and tells what was answered
//! ([`Authenticator::answered`]), so that what has run out is replaced.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode, Uri};
use thiserror::Error;

/// What a configuration says of an authenticator.
pub trait Settings {
    /// Whether it can authenticate requests to that address.
    ///
    /// # Errors
    /// What is missing.
    fn check(&self, endpoint: &Uri) -> Result<(), Unfit>;
}

/// Why an authenticator is of no use for an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// A component's mention of the authenticator that it wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The keys in the component's block that say so, joined by dots.
    pub key: &'static str,
    /// The id of the extension.
    pub id: String,
    /// Where the requests go.
    pub endpoint: Uri,
}

/// A request that is about to be sent.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its whole address.
    pub uri: &'a Uri,
    /// All headers that go out, `Host` among them; the authenticator adds its own.
    pub headers: &'a mut HeaderMap,
    /// The body as it is sent.
    pub body: &'a [u8],
}

/// By what a request was authenticated, in the words of the authenticator; it is given back with the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(pub u64);

/// What was answered to a request.
#[derive(Debug)]
pub struct Answer<'a> {
    /// What [`Authenticator::authenticate`] returned for it.
    pub stamp: Stamp,
    /// Its whole address.
    pub uri: &'a Uri,
    /// The status.
    pub status: StatusCode,
    /// The headers of the answer.
    pub headers: &'a HeaderMap,
    /// The beginning of its text.
    pub text: &'a str,
}

/// What follows from an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the request is to be authenticated anew, and sent again at once.
    pub next: Next,
    /// What of the text may be shown: without what the authenticator keeps secret.
    pub text: String,
}

/// Whether a request is sent again at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The answer stands.
    Stand,
    /// It was refused for something that the authenticator has replaced since.
    Repeat,
    /// It was refused for who sends it, or when, which the authenticator cannot mend: it waits, whatever the status is.
    Wait,
}

/// Why a request cannot be authenticated.
#[derive(Debug, Clone, Error)]
#[error("{message}")]
pub struct AuthenticationError {
    /// What is wrong, without secrets, in one line.
    pub message: String,
    /// Who is to blame.
    pub fault: Fault,
    /// Whether it may go better later.
    pub retry: Retry,
}

/// Who is to blame that a request cannot be authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What gives out credentials.
    Source,
    /// The request, or how the exporter is configured.
    Request,
}

/// Whether another attempt can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It can.
    Helps,
    /// Every attempt of this request will fail.
    Useless,
}

/// A future in a box.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An authenticator at work.
pub trait Authenticator: Send + Sync {
    /// Adds to a request what says who sends it. Ends by itself within seconds.
    ///
    /// # Errors
    /// See [`AuthenticationError`].
    fn authenticate<'a>(&'a self, request: Outgoing<'a>) -> Pending<'a, Result<Stamp, AuthenticationError>>;

    /// Hears what was answered.
    fn answered(&self, answer: Answer<'_>) -> Verdict;
}

/// All authenticators of a host, by their ids.
#[derive(Clone, Default)]
pub struct Authenticators(BTreeMap<String, Arc<dyn Authenticator>>);

impl Authenticators {
    /// Adds one.
    pub fn add(&mut self, id: &str, authenticator: Arc<dyn Authenticator>) {
        self.0.insert(id.to_owned(), authenticator);
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<dyn Authenticator>> {
        self.0.get(id).cloned()
    }
}

impl fmt::Debug for Authenticators {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}
