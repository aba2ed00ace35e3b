//! The client of metadata services: plain HTTP to addresses that cannot be far away, without redirects, and with a bound on
//! what is read of an answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use thiserror::Error;

/// An answer has so many bytes at most. The largest one describes a task of ECS with its containers, at most ten of them,
/// each some kilobytes.
pub const ANSWER_BYTES: usize = 1 << 20;

/// Characters of an answer that a message quotes.
const QUOTED: usize = 200;

/// Reads what metadata services say. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: legacy::Client<HttpConnector, Empty<Bytes>>,
    heard: Arc<AtomicBool>,
}

/// Why there is no answer to be used.
#[derive(Debug, Error)]
pub enum MetadataError {
    /// Nobody answers there.
    #[error("{uri} cannot be reached: {error}")]
    Unreachable {
        /// Where.
        uri: Uri,
        /// What the system says.
        error: legacy::Error,
    },
    /// It says no.
    #[error("{uri} answers {status}: {text}")]
    Refused {
        /// Where.
        uri: Uri,
        /// The HTTP status.
        status: StatusCode,
        /// The beginning of what it says.
        text: String,
    },
    /// The answer broke off, or is longer than [`ANSWER_BYTES`].
    #[error("{uri}: the answer cannot be read: {error}")]
    Unreadable {
        /// Where.
        uri: Uri,
        /// What is wrong with it.
        error: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl MetadataError {
    /// What the service answered instead of what was asked for.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        if let Self::Refused { status, .. } = self { Some(*status) } else { None }
    }
}

impl Default for Client {
    fn default() -> Self {
        let http = legacy::Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Self { http, heard: Arc::default() }
    }
}

impl Client {
    /// A client that has heard nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether anything has answered.
    #[must_use]
    pub fn has_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
    }

    /// The text of an answer with status 200. Waits for as long as it takes.
    ///
    /// # Errors
    /// See [`MetadataError`].
    pub async fn ask(&self, method: Method, uri: &Uri, headers: &HeaderMap) -> Result<String, MetadataError> {
        let mut request = Request::new(Empty::new());
        *request.method_mut() = method;
        *request.uri_mut() = uri.clone();
        *request.headers_mut() = headers.clone();
        let agent = HeaderValue::from_static(concat!("alluvium/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().insert(USER_AGENT, agent);
        let answer = self.http.request(request).await;
        let answer = answer.map_err(|error| MetadataError::Unreachable { uri: uri.clone(), error })?;
        self.heard.store(true, Ordering::Relaxed);
        let status = answer.status();
        let unreadable = |error| MetadataError::Unreadable { uri: uri.clone(), error };
        #[expect(clippy::disallowed_methods, reason = "the body is limited")]
        let body = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await.map_err(unreadable)?;
        let text = String::from_utf8(body.to_bytes().into());
        if status != StatusCode::OK {
            // A redirect too: a metadata service has nowhere to send anybody to.
            let text = text.unwrap_or_default().trim().chars().take(QUOTED).collect();
            return Err(MetadataError::Refused { uri: uri.clone(), status, text });
        }
        text.map_err(|error| unreadable(error.into()))
    }
}

/// The address of a metadata service, without a slash at its end.
///
/// # Errors
/// If it is none, or may be far away.
pub fn base(text: &str) -> Result<String, &'static str> {
    let base = text.trim().trim_end_matches('/');
    let uri: Uri = base.parse().map_err(|_| "is no address")?;
    if uri.scheme_str() != Some("http") {
        return Err("does not begin with http://");
    }
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let address: IpAddr = host.parse().map_err(|_| "names no IP address")?;
    if is_near(address) { Ok(base.to_owned()) } else { Err("is not on this machine's own link") }
}

/// Whether metadata may be read there: on the machine, on its link, or on the network that EC2 keeps for this.
fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => {
            let ec2 = address.segments()[..2] == [0xfd00, 0x0ec2];
            address.is_loopback() || address.is_unicast_link_local() || ec2
        }
    }
}
