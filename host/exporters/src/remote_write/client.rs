//! One attempt at a write, and what follows from its answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use hyper_util::client::legacy;
use thiserror::Error;

use super::arrival::OLDEST;
use super::counts::WriteCounts;
use super::pieces::SeriesPieces;
use super::renew::{Renewed, renew};
use super::request::{Purpose, WriteRequest};
use super::settings::Settings;
use super::transport::{Answered, Transport};
use super::verdict::{Reason, Receiver, Verdict, verdict};
use clock::{Clock, UnixMillis};
use component::authenticator::{self, AuthenticationError, Authenticator, Next, Outgoing, Stamp};
use delivery::{Attempt, Before, Expectation, Outcome, Reach, Remainder};

/// A back-end that does not know this client, or is not where it is looked for, is asked so often: somebody has to mend that.
const HOLD: Duration = Duration::from_secs(30);

/// What has waited for less cannot have become too old.
const LOOK_AFTER: Duration = Duration::from_secs(60);

/// Writes to one endpoint. Cheap to clone; connections are shared.
#[derive(Clone)]
pub struct Client {
    transport: Transport,
    headers: HeaderMap,
    authenticator: Option<Arc<dyn Authenticator>>,
    settings: Arc<Settings>,
    counts: Arc<WriteCounts>,
    clock: Clock,
}

/// Why a back-end did not take a request.
#[derive(Debug, Error)]
pub enum WriteError {
    /// It says that it did not.
    #[error("{status}: {text}")]
    Answer {
        /// The HTTP status.
        status: StatusCode,
        /// What it said.
        text: String,
        /// What it has against samples.
        reason: Reason,
    },
    /// It did not answer in time.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// All of it had waited too long to be taken by any back-end.
    #[error("it has waited for more than 50 minutes")]
    TooOld,
    /// The request could not be authenticated.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// The connection failed.
    #[error(transparent)]
    Connection(#[from] legacy::Error),
}

impl WriteError {
    /// Why samples are lost for it.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Answer { status, .. } if status.is_server_error() => Reason::Failing,
            Self::Answer { reason, .. } => *reason,
            Self::TooOld => Reason::TooOld,
            Self::Authentication(_) => Reason::Other,
            Self::Timeout(_) | Self::Connection(_) => Reason::Failing,
        }
    }
}

impl Client {
    /// A client for the exporter's endpoint.
    ///
    /// # Errors
    /// If the system's certificates cannot be read.
    pub fn new(
        settings: Arc<Settings>,
        authenticator: Option<Arc<dyn Authenticator>>,
        counts: Arc<WriteCounts>,
        clock: Clock,
    ) -> std::io::Result<Self> {
        let transport = Transport::new(settings.endpoint.clone(), settings.timeout, clock.clone())?;
        let mut headers = settings.headers.clone();
        // The protocol's own headers cannot be overridden.
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("snappy"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("alluvium/", env!("CARGO_PKG_VERSION"))));
        headers.insert(HeaderName::from_static("x-prometheus-remote-write-version"), HeaderValue::from_static("0.1.0"));
        // Said here, as a signature is over all that is sent.
        if let Some(host) = host(&settings.endpoint)
            && !headers.contains_key(HOST)
        {
            headers.insert(HOST, host);
        }
        Ok(Self { transport, headers, authenticator, settings, counts, clock })
    }

    /// The headers of an attempt, and by what it was authenticated.
    async fn headers(&self, body: &[u8]) -> Result<(HeaderMap, Option<Stamp>), AuthenticationError> {
        let mut headers = self.headers.clone();
        let Some(authenticator) = &self.authenticator else { return Ok((headers, None)) };
        let uri = &self.settings.endpoint;
        let request = Outgoing { method: &Method::POST, uri, headers: &mut headers, body };
        let stamp = authenticator.authenticate(request).await?;
        Ok((headers, Some(stamp)))
    }

    /// What the authenticator makes of an answer.
    fn authenticated(&self, stamp: Option<Stamp>, answered: &Answered) -> Option<authenticator::Verdict> {
        let Answered { status, headers, text } = answered;
        let uri = &self.settings.endpoint;
        let answer = authenticator::Answer { stamp: stamp?, uri, status: *status, headers, text };
        Some(self.authenticator.as_ref()?.answered(answer))
    }

    /// A request that has waited for long, as it is sent now; none if that is as it is.
    fn renewed(&self, request: &WriteRequest) -> Option<(Bytes, Renewed)> {
        let known = request.known.as_ref()?;
        if self.clock.monotonic().since(known.0.opened) < LOOK_AFTER {
            return None;
        }
        let now = self.clock.now().to_millis();
        let bytes = snap::raw::Decoder::new().decompress_vec(&request.body).ok()?;
        let oldest = now.minus(OLDEST);
        // Behind what the requests in front of it got.
        let base = oldest.max(UnixMillis(known.0.lane.latest().0.saturating_add(1)));
        let renewed = renew(&bytes, oldest, base, |place| known.is_total(place)).ok()??;
        if renewed.late > 0 {
            known.0.lane.give(UnixMillis(base.0.saturating_add(request.contents.series as i64)));
        }
        let body = snap::raw::Encoder::new().compress_vec(&renewed.bytes).unwrap_or_default();
        Some((body.into(), renewed))
    }

    fn judge(&self, purpose: Purpose, answered: Answered) -> Outcome<WriteError> {
        let Answered { status, headers, text } = answered;
        let receiver = self.settings.receiver;
        let verdict = verdict(receiver, status, &headers, &text, self.clock.now());
        let reason = match verdict {
            Verdict::TooLarge => Reason::TooLarge,
            _ => Reason::of(&text),
        };
        let error = WriteError::Answer { status, text, reason };
        match (verdict, purpose) {
            (Verdict::Stored, _) => Outcome::Delivered,
            (Verdict::Closed, _) => Outcome::Held { error, pause: HOLD },
            // It is told again with the next step of time.
            (_, Purpose::TargetInfo { .. }) => Outcome::Rejected(error),
            (Verdict::StoredInPart(_), _) => Outcome::Partly(error),
            (Verdict::Bad(_), _) => Outcome::Refused { error, remainder: Remainder::Missing },
            (Verdict::SeriesLimit, _) => {
                let remainder = if receiver == Receiver::Cortex { Remainder::Stored } else { Remainder::Missing };
                Outcome::Refused { error, remainder }
            }
            (Verdict::TooLarge, _) => Outcome::TooLarge(error),
            (Verdict::Busy(retry_after), _) => Outcome::Busy { error, retry_after },
            (Verdict::Failed(retry_after), _) => Outcome::Failed { error, retry_after, reach: Reach::Receiver },
            (Verdict::Unwanted, _) => Outcome::Rejected(error),
        }
    }
}

impl Attempt for Client {
    type Item = WriteRequest;
    type Pieces = SeriesPieces;
    type Error = WriteError;

    async fn attempt(&self, request: &WriteRequest) -> Outcome<WriteError> {
        let mut repeated = false;
        let renewed = self.renewed(request);
        let body = match &renewed {
            Some((body, renewed)) if !renewed.bytes.is_empty() => body,
            Some(_) => return Outcome::Rejected(WriteError::TooOld),
            None => &request.body,
        };
        loop {
            let (headers, stamp) = match self.headers(body).await {
                Ok(authenticated) => authenticated,
                Err(error) => return unauthenticated(error),
            };
            let mut answered = match self.transport.post(body.clone(), headers).await {
                Ok(answered) => answered,
                Err(error) => return unanswered(error),
            };
            if let Some(verdict) = self.authenticated(stamp, &answered) {
                if verdict.next == Next::Repeat && !repeated {
                    repeated = true;
                    continue;
                }
                answered.text = verdict.text;
                if verdict.next != Next::Stand {
                    // Whatever the status, nothing is wrong with the samples.
                    let Answered { status, text, .. } = answered;
                    let error = WriteError::Answer { status, text, reason: Reason::Other };
                    return Outcome::Held { error, pause: HOLD };
                }
            }
            let outcome = self.judge(request.purpose, answered);
            if let (Outcome::Delivered | Outcome::Partly(_), Some((_, renewed))) = (&outcome, &renewed) {
                self.counts.late.fetch_add(renewed.late as u64, Ordering::Relaxed);
                self.counts.too_old.fetch_add(renewed.too_old as u64, Ordering::Relaxed);
            }
            return outcome;
        }
    }

    fn before(&self, request: &WriteRequest) -> Before {
        match request.purpose {
            Purpose::TargetInfo { until } | Purpose::Metadata { until } if self.clock.now().to_millis() >= until => {
                Before::Discard
            }
            _ => Before::Send,
        }
    }

    fn divide(&self, request: &WriteRequest) -> Option<SeriesPieces> {
        request.pieces()
    }

    fn refused(&self, request: &WriteRequest, error: &WriteError) -> Expectation {
        let reason = error.reason();
        self.counts.reject(request.purpose, reason, request.contents.samples);
        // There may be room for a series when its next point comes.
        if reason == Reason::SeriesLimit { Expectation::Passing } else { Expectation::Lasting }
    }

    fn partly(&self, request: &WriteRequest, error: &WriteError) {
        let reason = error.reason();
        self.counts.take_partly(reason, request.contents.samples);
        // Labels do not change, and what was sent once more is not sent again.
        let is_of_labels = matches!(reason, Reason::Labels | Reason::SeriesLimit | Reason::TooLarge);
        if let (Purpose::Samples, Some(known), false) = (request.purpose, &request.known, is_of_labels) {
            known.0.lane.wish(known.numbers(request.contents.series));
        }
    }
}

/// Without credentials nothing is lost: requests wait for them.
fn unauthenticated(error: AuthenticationError) -> Outcome<WriteError> {
    match error.retry {
        authenticator::Retry::Helps => Outcome::Held { error: error.into(), pause: Duration::ZERO },
        authenticator::Retry::Useless => Outcome::Rejected(error.into()),
    }
}

fn unanswered(error: WriteError) -> Outcome<WriteError> {
    let is_connected = !matches!(&error, WriteError::Connection(error) if error.is_connect());
    let reach = if is_connected { Reach::Receiver } else { Reach::Nowhere };
    Outcome::Failed { error, retry_after: None, reach }
}

/// The header `Host` of an address: without the port that its scheme has.
fn host(uri: &Uri) -> Option<HeaderValue> {
    let authority = uri.authority()?;
    let port = authority.port_u16().filter(|port| {
        let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        *port != usual
    });
    let host = port.map_or_else(|| authority.host().to_owned(), |port| format!("{}:{port}", authority.host()));
    HeaderValue::from_str(&host).ok()
}
