//! One attempt at a call, and what its status means.

use std::sync::Arc;

use delivery::{Attempt, Item as _, Outcome, Reach, Remainder};
use forward::batch::Batch;
use forward::destination::Counts;
use http::header::{CONTENT_TYPE, TE};
use http::{HeaderMap, HeaderValue, Uri};
use thiserror::Error;

use super::status::{Code, Meaning, details};
use crate::forwarding::answer::{HOLD, PartialSuccess};
use crate::forwarding::authentication::Authentication;
use crate::forwarding::compression::{Compression, Protocol};
use crate::forwarding::sending::{SendError, Sending, add_common};
use crate::forwarding::transport::{Answer, Transport};

/// In front of a message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// Calls the method of one receiver, for one lane.
pub struct Client {
    sending: Sending,
    exporter: Arc<str>,
    endpoint: Box<str>,
    counts: Arc<Counts>,
}

/// What a client is made from.
pub struct Parts {
    /// The exporter's id, for the log.
    pub exporter: Arc<str>,
    /// The destination, for the log.
    pub endpoint: Box<str>,
    /// The method's address.
    pub uri: Uri,
    /// The connection.
    pub transport: Transport,
    /// Headers that the user adds.
    pub headers: HeaderMap,
    /// Who calls.
    pub authentication: Authentication,
    /// How messages are compressed.
    pub compression: Compression,
    /// Where partial success is counted.
    pub counts: Arc<Counts>,
}

/// Why a request was not taken.
#[derive(Debug, Error)]
pub enum CallError {
    /// The receiver says so.
    #[error("gRPC status {}: {message}", code.0)]
    Status {
        /// Its code.
        code: Code,
        /// What it said.
        message: String,
    },
    /// It was not asked, or did not answer.
    #[error(transparent)]
    Unanswered(#[from] SendError),
}

impl Parts {
    /// The client.
    #[must_use]
    pub fn build(self) -> Client {
        let Self { exporter, endpoint, uri, transport, mut headers, authentication, compression, counts } = self;
        // The protocol's own headers cannot be overridden.
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(TE, HeaderValue::from_static("trailers"));
        if let Some(name) = compression.name() {
            headers.insert("grpc-encoding", HeaderValue::from_static(name));
        }
        add_common(&mut headers, &uri);
        // HTTP/2 has it in its address.
        headers.remove(http::header::HOST);
        let sending = Sending { transport, uri, headers, authentication, compression, protocol: Protocol::Grpc };
        Client { sending, exporter, endpoint, counts }
    }
}

impl Attempt for Client {
    type Item = Batch;
    type Pieces = Batch;
    type Error = CallError;

    async fn attempt(&self, batch: &Batch) -> Outcome<CallError> {
        match self.sending.send(batch).await {
            Ok(answer) => self.judge(&answer, batch),
            Err(error) => error.outcome(),
        }
    }
}

impl Client {
    fn judge(&self, answer: &Answer, batch: &Batch) -> Outcome<CallError> {
        let code = Code::read(answer.status, &answer.headers);
        let details = details(&answer.headers);
        let meaning = code.meaning(&details);
        let error = CallError::Status { code, message: details.message };
        match meaning {
            Meaning::Taken => {
                let message = answer.body.get(PREFIX..).unwrap_or_default();
                PartialSuccess::read(message).note(&self.exporter, &self.endpoint, batch.points(), &self.counts);
                Outcome::Delivered
            }
            Meaning::Retry => Outcome::Failed { error, retry_after: details.retry_after, reach: Reach::Receiver },
            Meaning::Hold => Outcome::Held { error, pause: HOLD },
            Meaning::Refuse => Outcome::Refused { error, remainder: Remainder::Missing },
        }
    }
}
