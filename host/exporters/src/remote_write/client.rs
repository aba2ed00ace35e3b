//! One attempt at a write, and what its answer means (remote write 1.0, "Retries & Backoff").

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use thiserror::Error;

use super::request::WriteRequest;
use super::settings::Settings;
use budget::Reservation;
use clock::{Clock, UnixNanos};
use component::authenticator::{self, AuthenticationError, Authenticator, Next, Outgoing, Stamp, Verdict};
use delivery::{Attempt, Outcome};

/// Of an answer's text so much is read, for the log.
const TEXT_BYTES: usize = 1 << 10;

/// A receiver may ask to be left alone for so long at most.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(5 * 60);

/// A back-end that does not know this client, or is not where it is looked for, is asked so often: somebody has to mend that.
const HOLD: Duration = Duration::from_secs(30);

/// Writes to one endpoint. Cheap to clone; connections are shared.
#[derive(Clone)]
pub struct Client {
    http: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    headers: HeaderMap,
    authenticator: Option<Arc<dyn Authenticator>>,
    settings: Arc<Settings>,
    clock: Clock,
}

/// What was answered to a request.
struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    /// The beginning of its text.
    text: String,
}

/// What receivers say of a sample that they will never take. Versions of Prometheus that miss one of these in their list
/// of errors for status 400 answer 500.
const NEVER: [&str; 2] = ["too old sample", "out of bounds"];

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
    },
    /// It did not answer in time.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The request could not be authenticated.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// The connection failed.
    #[error(transparent)]
    Connection(#[from] legacy::Error),
}

impl WriteError {
    /// Whether a part of a request that was refused may be to blame, and the rest be taken: it holds a bad sample, or is too
    /// large.
    #[must_use]
    pub fn blames_a_part(&self) -> bool {
        let Self::Answer { status, .. } = self else { return false };
        *status == StatusCode::BAD_REQUEST || *status == StatusCode::PAYLOAD_TOO_LARGE || status.is_server_error()
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
        clock: Clock,
    ) -> std::io::Result<Self> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
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
        let http = legacy::Client::builder(TokioExecutor::new()).build(https);
        Ok(Self { http, headers, authenticator, settings, clock })
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

    async fn send(&self, body: Bytes, headers: HeaderMap) -> Result<Answered, WriteError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.settings.endpoint.clone();
        *request.headers_mut() = headers;
        let timeout = self.settings.timeout;
        let answered = async {
            let (parts, body) = self.http.request(request).await?.into_parts();
            let text = beginning(body).await;
            Ok(Answered { status: parts.status, headers: parts.headers, text })
        };
        tokio::select! {
            answered = answered => answered,
            () = self.clock.sleep(timeout) => Err(WriteError::Timeout(timeout)),
        }
    }

    /// What the authenticator makes of an answer.
    fn verdict(&self, stamp: Option<Stamp>, answered: &Answered) -> Option<Verdict> {
        let Answered { status, headers, text } = answered;
        let uri = &self.settings.endpoint;
        let answer = authenticator::Answer { stamp: stamp?, uri, status: *status, headers, text };
        Some(self.authenticator.as_ref()?.answered(answer))
    }
}

impl Attempt for Client {
    type Item = WriteRequest;
    type Error = WriteError;

    async fn attempt(&self, request: &WriteRequest) -> Outcome<WriteError> {
        let mut repeated = false;
        loop {
            let (headers, stamp) = match self.headers(&request.body).await {
                Ok(authenticated) => authenticated,
                Err(error) => return unauthenticated(error),
            };
            let mut answered = match self.send(request.body.clone(), headers).await {
                Ok(answered) => answered,
                Err(error) => return Outcome::Failed { error, retry_after: None },
            };
            if let Some(verdict) = self.verdict(stamp, &answered) {
                if verdict.next == Next::Repeat && !repeated {
                    repeated = true;
                    continue;
                }
                answered.text = verdict.text;
            }
            return judge(answered, self.clock.now());
        }
    }

    fn split(&self, request: &WriteRequest, refusal: &WriteError, reservation: &mut Reservation) -> Vec<WriteRequest> {
        if refusal.blames_a_part() { request.halves(reservation) } else { Vec::new() }
    }
}

/// Without credentials nothing is lost: requests wait for them.
fn unauthenticated(error: AuthenticationError) -> Outcome<WriteError> {
    match error.retry {
        authenticator::Retry::Helps => Outcome::Held { error: error.into(), pause: Duration::ZERO },
        authenticator::Retry::Useless => Outcome::Refused(error.into()),
    }
}

fn judge(answered: Answered, now: UnixNanos) -> Outcome<WriteError> {
    let Answered { status, headers, text } = answered;
    if status.is_success() {
        return Outcome::Delivered;
    }
    let never = status == StatusCode::INTERNAL_SERVER_ERROR && NEVER.iter().any(|never| text.contains(never));
    let error = WriteError::Answer { status, text };
    if !never && (status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS) {
        return Outcome::Failed { error, retry_after: retry_after(&headers, now) };
    }
    if is_closed(status) { Outcome::Held { error, pause: HOLD } } else { Outcome::Refused(error) }
}

/// Whether a back-end would answer so to any request: it does not know this client, there is nothing at the address, or it
/// is elsewhere. Following a redirect would turn the write into something else.
fn is_closed(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
        || status.is_redirection()
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

/// The beginning of an answer's text.
async fn beginning(mut body: Incoming) -> String {
    let mut text = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        let data = frame.into_data().unwrap_or_default();
        text.extend_from_slice(&data[..data.len().min(TEXT_BYTES - text.len())]);
        if text.len() == TEXT_BYTES {
            break;
        }
    }
    String::from_utf8_lossy(&text).trim().to_owned()
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
