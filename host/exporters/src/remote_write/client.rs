//! One attempt at a write, and what its answer means (remote write 1.0, "Retries & Backoff").

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
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
use delivery::{Attempt, Outcome};

/// Of an answer's text so much is read, for the log.
const TEXT_BYTES: usize = 1 << 10;

/// A receiver may ask to be left alone for so long at most.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(5 * 60);

/// Writes to one endpoint. Cheap to clone; connections are shared.
#[derive(Debug, Clone)]
pub struct Client {
    http: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    headers: HeaderMap,
    settings: Arc<Settings>,
    clock: Clock,
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
    pub fn new(settings: Arc<Settings>, clock: Clock) -> std::io::Result<Self> {
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
        let http = legacy::Client::builder(TokioExecutor::new()).build(https);
        Ok(Self { http, headers, settings, clock })
    }

    async fn send(&self, body: Bytes) -> Outcome<WriteError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.settings.endpoint.clone();
        *request.headers_mut() = self.headers.clone();
        match self.http.request(request).await {
            Ok(response) => judge(response, &self.clock).await,
            Err(error) => failed(error.into()),
        }
    }
}

impl Attempt for Client {
    type Item = WriteRequest;
    type Error = WriteError;

    async fn attempt(&self, request: &WriteRequest) -> Outcome<WriteError> {
        let timeout = self.settings.timeout;
        tokio::select! {
            outcome = self.send(request.body.clone()) => outcome,
            () = self.clock.sleep(timeout) => failed(WriteError::Timeout(timeout)),
        }
    }

    fn split(&self, request: &WriteRequest, refusal: &WriteError, reservation: &mut Reservation) -> Vec<WriteRequest> {
        if refusal.blames_a_part() { request.halves(reservation) } else { Vec::new() }
    }
}

async fn judge(response: Response<Incoming>, clock: &Clock) -> Outcome<WriteError> {
    let status = response.status();
    let retry_after = retry_after(response.headers(), clock.now());
    let text = beginning(response.into_body()).await;
    if status.is_success() {
        return Outcome::Delivered;
    }
    let never = status == StatusCode::INTERNAL_SERVER_ERROR && NEVER.iter().any(|never| text.contains(never));
    let answer = WriteError::Answer { status, text };
    if !never && (status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS) {
        return Outcome::Failed { error: answer, retry_after };
    }
    // Redirects too: following one would turn the write into something else.
    Outcome::Refused(answer)
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

fn failed(error: WriteError) -> Outcome<WriteError> {
    Outcome::Failed { error, retry_after: None }
}
