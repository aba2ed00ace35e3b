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

use super::settings::Settings;
use clock::Clock;

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
}

/// What receivers say of a sample that they will never take. Versions of Prometheus that miss one of these in their list
/// of errors for status 400 answer 500.
const NEVER: [&str; 2] = ["too old sample", "out of bounds"];

/// What came of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The back-end has the samples.
    Taken,
    /// The back-end does not want them; the same again would be refused again.
    Refused(Refusal),
    /// Nothing is known to be stored; another attempt may succeed.
    Failed {
        /// What happened.
        why: String,
        /// When to come again, if the back-end said so.
        after: Option<Duration>,
    },
}

/// What a back-end says that does not want a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// What it said.
    pub text: String,
}

impl Refusal {
    /// Whether a part of the request may be to blame, and the rest be taken: it holds a bad sample, or is too large.
    #[must_use]
    pub fn blames_a_part(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST
            || self.status == StatusCode::PAYLOAD_TOO_LARGE
            || self.status.is_server_error()
    }
}

impl Client {
    /// A client for the exporter's endpoint.
    ///
    /// # Errors
    /// If the system's certificates cannot be read.
    pub fn new(settings: Arc<Settings>) -> std::io::Result<Self> {
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
        Ok(Self { http, headers, settings })
    }

    /// Sends `body` once.
    pub async fn attempt(&self, body: Bytes, clock: &Clock) -> Outcome {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.settings.endpoint.clone();
        *request.headers_mut() = self.headers.clone();
        tokio::select! {
            outcome = self.send(request, clock) => outcome,
            () = clock.sleep(self.settings.timeout) => {
                failed(format!("no answer within {:?}", self.settings.timeout))
            }
        }
    }

    async fn send(&self, request: Request<Full<Bytes>>, clock: &Clock) -> Outcome {
        match self.http.request(request).await {
            Ok(response) => judge(response, clock).await,
            Err(error) => failed(with_causes(&error)),
        }
    }
}

async fn judge(response: Response<Incoming>, clock: &Clock) -> Outcome {
    let status = response.status();
    let after = retry_after(response.headers(), clock.now());
    let text = beginning(response.into_body()).await;
    if status.is_success() {
        return Outcome::Taken;
    }
    let never = status == StatusCode::INTERNAL_SERVER_ERROR && NEVER.iter().any(|never| text.contains(never));
    if never {
        return Outcome::Refused(Refusal { status, text });
    }
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Outcome::Failed { why: format!("{status}: {text}"), after };
    }
    // Redirects too: following one would turn the write into something else.
    Outcome::Refused(Refusal { status, text })
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
fn retry_after(headers: &HeaderMap, now: u64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = httpdate::parse_http_date(text).ok()?;
            date.duration_since(UNIX_EPOCH).ok()?.saturating_sub(Duration::from_nanos(now))
        }
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}

fn failed(why: String) -> Outcome {
    Outcome::Failed { why, after: None }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
