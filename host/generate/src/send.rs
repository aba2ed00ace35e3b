//! The exporter: what the OpenTelemetry JS SDK does with a request.
//!
//! Over HTTP it tries again after 429, 502, 503, 504 and broken connections, all within ten seconds. Over gRPC it never
//! does.
#![expect(clippy::disallowed_methods, reason = "a client lives in real time, and believes its server")]

use std::io::Write as _;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsServiceRequest, ExportMetricsServiceResponse};
use prost::Message as _;
use thiserror::Error;

use super::grpc::GrpcClient;

/// The SDK's time for an export, retries included.
const EXPORT: Duration = Duration::from_secs(10);
/// The SDK's waits between tries.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const WAIT_FACTOR: f64 = 1.5;
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const TRIES: u32 = 6;

/// How to talk to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Protocol {
    /// OTLP/HTTP with protobuf.
    Http,
    /// OTLP/gRPC.
    Grpc,
}

/// How a body goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Framing {
    /// With its length in front.
    Length,
    /// In chunks, as the stock SDK does.
    Chunked,
}

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Packing {
    /// Not at all.
    None,
    /// Gzip.
    Gzip,
}

/// A connection to a server. A clone shares it.
#[derive(Debug, Clone)]
pub enum Exporter {
    /// OTLP/HTTP.
    Http {
        /// The client.
        client: Client<HttpConnector, UnsyncBoxBody<Bytes, std::convert::Infallible>>,
        /// Where to.
        uri: Uri,
        /// With or without a length.
        framing: Framing,
        /// Compressed or not.
        packing: Packing,
    },
    /// OTLP/gRPC.
    Grpc(GrpcClient),
}

/// Why an export failed for good.
#[derive(Debug, Error)]
pub enum SendError {
    /// The address is none.
    #[error("{0} is no address of a server; write http://host:port")]
    Address(String),
    /// The server refused it.
    #[error("the server refused: {0}")]
    Refused(String),
    /// No connection, or no answer in time.
    #[error("no answer: {0}")]
    NoAnswer(String),
}

/// What came of an export.
#[derive(Debug, Default, Clone, Copy)]
pub struct Delivery {
    /// Tries that failed before the one that did not.
    pub retries: u64,
    /// Points that the server said it dropped.
    pub rejected: u64,
}

impl Exporter {
    /// An exporter to `endpoint`, such as `http://localhost:4318`.
    ///
    /// # Errors
    /// [`SendError::Address`].
    pub fn new(protocol: Protocol, endpoint: &str, framing: Framing, packing: Packing) -> Result<Self, SendError> {
        let wrong = || SendError::Address(endpoint.to_owned());
        match protocol {
            Protocol::Http => {
                let uri: Uri = format!("{}/v1/metrics", endpoint.trim_end_matches('/')).parse().map_err(|_| wrong())?;
                uri.authority().ok_or_else(wrong)?;
                let mut connector = HttpConnector::new();
                connector.set_nodelay(true);
                Ok(Self::Http { client: Client::builder(TokioExecutor::new()).build(connector), uri, framing, packing })
            }
            Protocol::Grpc => Ok(Self::Grpc(GrpcClient::new(endpoint, packing).ok_or_else(wrong)?)),
        }
    }

    /// Sends a request the way the SDK does.
    ///
    /// # Errors
    /// If it was refused, or nobody answered; the SDK's deltas are then lost.
    pub async fn export(&self, request: ExportMetricsServiceRequest) -> Result<Delivery, SendError> {
        match self {
            Self::Grpc(client) => match tokio::time::timeout(EXPORT, client.export(&request)).await {
                Ok(response) => Ok(Delivery { retries: 0, rejected: rejected(&response?) }),
                Err(_) => Err(SendError::NoAnswer(format!("after {EXPORT:?}"))),
            },
            Self::Http { packing, .. } => self.export_bytes(pack(request.encode_to_vec(), *packing)).await,
        }
    }

    /// Sends bytes over HTTP, with the SDK's retries.
    ///
    /// # Errors
    /// As [`Self::export`].
    pub async fn export_bytes(&self, body: Bytes) -> Result<Delivery, SendError> {
        let tries = async {
            let mut wait = FIRST_WAIT;
            for retries in 0.. {
                let (why, after) = match self.attempt(body.clone()).await {
                    Ok(rejected) => return Ok(Delivery { retries, rejected }),
                    Err(Attempt::Final(error)) => return Err(error),
                    Err(Attempt::Again(why, after)) => (why, after),
                };
                if retries + 1 == u64::from(TRIES) {
                    return Err(SendError::NoAnswer(why));
                }
                tokio::time::sleep(after.unwrap_or(wait)).await;
                wait = wait.mul_f64(WAIT_FACTOR).min(LONGEST_WAIT);
            }
            Err(SendError::NoAnswer("no try left".into()))
        };
        tokio::time::timeout(EXPORT, tries)
            .await
            .unwrap_or_else(|_| Err(SendError::NoAnswer(format!("after {EXPORT:?}"))))
    }

    async fn attempt(&self, body: Bytes) -> Result<u64, Attempt> {
        let Self::Http { client, uri, framing, packing } = self else {
            return Err(Attempt::Final(SendError::Refused("bytes go over HTTP only".into())));
        };
        let body = match framing {
            Framing::Length => Full::new(body).boxed_unsync(),
            Framing::Chunked => StreamBody::new(tokio_stream::once(Ok(Frame::data(body)))).boxed_unsync(),
        };
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("alluvium-generate/", env!("CARGO_PKG_VERSION"))));
        if *packing == Packing::Gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let response = client.request(request).await.map_err(|error| Attempt::Again(error.to_string(), None))?;
        let status = response.status();
        let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response.into_body().collect().await.map_err(|error| Attempt::Again(error.to_string(), None))?;
        if status == StatusCode::OK {
            return Ok(rejected(&ExportMetricsServiceResponse::decode(body.to_bytes()).unwrap_or_default()));
        }
        let why = format!("{status}: {}", String::from_utf8_lossy(&body.to_bytes()));
        match status.as_u16() {
            429 | 502 | 503 | 504 => Err(Attempt::Again(why, after.map(Duration::from_secs))),
            _ => Err(Attempt::Final(SendError::Refused(why))),
        }
    }
}

enum Attempt {
    Final(SendError),
    Again(String, Option<Duration>),
}

/// Points that the server has dropped; a negative number of them is none.
fn rejected(response: &ExportMetricsServiceResponse) -> u64 {
    response.partial_success.as_ref().map_or(0, |part| u64::try_from(part.rejected_data_points).unwrap_or(0))
}

/// A body as it goes over the wire.
#[must_use]
pub fn pack(bytes: Vec<u8>, packing: Packing) -> Bytes {
    match packing {
        Packing::None => bytes.into(),
        Packing::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            // Writing to memory cannot fail.
            let _ = encoder.write_all(&bytes);
            encoder.finish().unwrap_or_default().into()
        }
    }
}
