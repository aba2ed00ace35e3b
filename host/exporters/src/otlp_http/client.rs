//! One attempt at a request, and what its status means (OTLP specification, "OTLP/HTTP Response").

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use clock::{Clock, UnixNanos};
use delivery::{Attempt, Item as _, Outcome, Reach, Remainder};
use forward::batch::Batch;
use forward::destination::Counts;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use thiserror::Error;

use super::block::Settings;
use super::kind::name;
use crate::forwarding::answer::{HOLD, LONGEST_RETRY_AFTER, PartialSuccess, Status};
use crate::forwarding::authentication::Authentication;
use crate::forwarding::compression::Protocol;
use crate::forwarding::connector::{Connector, Version};
use crate::forwarding::sending::{SendError, Sending, add_common};
use crate::forwarding::transport::{Answer, Transport};

const PROTOBUF: &str = "application/x-protobuf";

/// Of an answer that is no status so much is shown, bytes.
const SHOWN_BYTES: usize = 400;

/// Posts to one receiver, for one lane.
pub struct Client {
    sending: Sending,
    exporter: Arc<str>,
    counts: Arc<Counts>,
    clock: Clock,
}

/// Why a request was not taken.
#[derive(Debug, Error)]
pub enum PostError {
    /// The receiver says so.
    #[error("{status}: {message}")]
    Status {
        /// The status.
        status: StatusCode,
        /// What it said.
        message: String,
    },
    /// It was not asked, or did not answer.
    #[error(transparent)]
    Unanswered(#[from] SendError),
}

impl Client {
    /// A client as `settings` say.
    #[must_use]
    pub fn new(
        settings: &Settings,
        connector: Connector,
        authentication: Authentication,
        clock: Clock,
        counts: Arc<Counts>,
    ) -> Self {
        let Settings { uri, forward, timeout, compression, headers, .. } = settings;
        let mut headers = headers.clone();
        // The protocol's own headers cannot be overridden.
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROTOBUF));
        if let Some(name) = compression.name() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        add_common(&mut headers, uri);
        let transport = Transport::new(uri.clone(), connector, Version::Http1, *timeout, clock.clone());
        let (uri, compression, protocol) = (uri.clone(), *compression, Protocol::Http);
        let sending = Sending { transport, uri, headers, authentication, compression, protocol };
        Self { sending, exporter: Arc::clone(&forward.exporter), counts, clock }
    }

    fn judge(&self, answer: &Answer, batch: &Batch) -> Outcome<PostError> {
        let status = answer.status;
        let is_protobuf = |media: &HeaderValue| media.as_bytes().starts_with(PROTOBUF.as_bytes());
        let is_protobuf = answer.headers.get(CONTENT_TYPE).is_some_and(is_protobuf);
        if status.is_success() {
            if is_protobuf {
                let endpoint = name(&self.sending.uri);
                PartialSuccess::read(&answer.body).note(&self.exporter, &endpoint, batch.points(), &self.counts);
            }
            return Outcome::Delivered;
        }
        let said = if is_protobuf { Status::read(&answer.body) } else { Status::default() };
        let message = if is_protobuf { said.message } else { beginning(&answer.body) };
        let error = PostError::Status { status, message };
        match status {
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => {
                let retry_after = retry_after(&answer.headers, self.clock.now()).or(said.retry_after);
                Outcome::Failed { error, retry_after, reach: Reach::Receiver }
            }
            // The receiver would answer so to any request.
            StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED => Outcome::Held { error, pause: HOLD },
            status if status.is_redirection() => Outcome::Held { error, pause: HOLD },
            _ => Outcome::Refused { error, remainder: Remainder::Missing },
        }
    }
}

impl Attempt for Client {
    type Item = Batch;
    type Pieces = Batch;
    type Error = PostError;

    async fn attempt(&self, batch: &Batch) -> Outcome<PostError> {
        match self.sending.send(batch).await {
            Ok(answer) => self.judge(&answer, batch),
            Err(error) => error.outcome(),
        }
    }
}

fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(SHOWN_BYTES)]).trim().to_owned()
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: UnixNanos) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = httpdate::parse_http_date(text).ok()?;
            date.duration_since(UNIX_EPOCH).ok()?.saturating_sub(Duration::from_nanos(now.0))
        }
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}
