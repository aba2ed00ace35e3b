//! Requests to one endpoint over HTTP, and what is answered to them.

use std::time::Duration;

use bytes::Bytes;
use clock::Clock;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::client::WriteError;

/// Of an answer's text so much is read, for the log.
const TEXT_BYTES: usize = 1 << 10;

/// A connection whose answer has a text that nobody wants is used again if the text ends so soon.
const REST_BYTES: usize = 64 << 10;
const REST_TIME: Duration = Duration::from_secs(1);

/// Sends requests. Cheap to clone; connections are shared.
#[derive(Clone)]
pub struct Transport {
    http: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    endpoint: Uri,
    timeout: Duration,
    clock: Clock,
}

/// What was answered to a request.
pub struct Answered {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The beginning of its text, unless the request was a success.
    pub text: String,
}

impl Transport {
    /// Sends to `endpoint`; an attempt ends after `timeout`.
    ///
    /// # Errors
    /// If the system's certificates cannot be read.
    pub fn new(endpoint: Uri, timeout: Duration, clock: Clock) -> std::io::Result<Self> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let http = legacy::Client::builder(TokioExecutor::new()).build(https);
        Ok(Self { http, endpoint, timeout, clock })
    }

    /// Posts `body`. The answer counts when its status is there: what comes of its text in time is read, and a success is
    /// not waited for. An attempt that takes too long closes its connection.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn post(&self, body: Bytes, headers: HeaderMap) -> Result<Answered, WriteError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        *request.headers_mut() = headers;
        let timeout = self.timeout;
        let begun = self.clock.monotonic();
        let response = tokio::select! {
            response = self.http.request(request) => response?,
            () = self.clock.sleep(timeout) => return Err(WriteError::Timeout(timeout)),
        };
        let (parts, body) = response.into_parts();
        let mut text = Vec::new();
        if parts.status.is_success() {
            self.finish(body);
        } else {
            let left = timeout.saturating_sub(self.clock.monotonic().since(begun));
            tokio::select! {
                () = read(body, TEXT_BYTES, &mut text) => {}
                () = self.clock.sleep(left) => {}
            }
        }
        let text = String::from_utf8_lossy(&text).trim().to_owned();
        Ok(Answered { status: parts.status, headers: parts.headers, text })
    }

    /// Reads what nobody wants, so that the connection can be used again; one that is slow or long is closed.
    fn finish(&self, body: Incoming) {
        if body.is_end_stream() {
            return;
        }
        let clock = self.clock.clone();
        tokio::spawn(async move {
            let mut rest = Vec::new();
            tokio::select! {
                () = read(body, REST_BYTES, &mut rest) => {}
                () = clock.sleep(REST_TIME) => {}
            }
        });
    }
}

/// Appends the beginning of a body to `text`.
async fn read(mut body: Incoming, most: usize, text: &mut Vec<u8>) {
    while text.len() < most
        && let Some(Ok(frame)) = body.frame().await
    {
        let data = frame.into_data().unwrap_or_default();
        text.extend_from_slice(&data[..data.len().min(most - text.len())]);
    }
}
