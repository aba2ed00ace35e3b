//! A unary gRPC call over HTTP/2: all of gRPC that an exporter of metrics needs.
#![expect(clippy::disallowed_methods, reason = "a client believes its server")]

use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, TE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsServiceRequest, ExportMetricsServiceResponse};
use prost::Message as _;

use super::send::{Packing, SendError, pack};

const EXPORT: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
const CONTENT: HeaderValue = HeaderValue::from_static("application/grpc");
const AGENT: HeaderValue = HeaderValue::from_static(concat!("alluvium-generate/", env!("CARGO_PKG_VERSION")));
/// One byte that says whether the message is compressed, four with its length.
const PREFIX: usize = 5;

/// A connection to a server. A clone shares it.
#[derive(Debug, Clone)]
pub struct GrpcClient {
    client: Client<HttpConnector, Full<Bytes>>,
    uri: Uri,
    packing: Packing,
}

impl GrpcClient {
    /// A client of `endpoint`, such as `http://localhost:4317`; none if that is no address.
    #[must_use]
    pub fn new(endpoint: &str, packing: Packing) -> Option<Self> {
        let uri: Uri = format!("{}{EXPORT}", endpoint.trim_end_matches('/')).parse().ok()?;
        uri.authority()?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).http2_only(true).build(connector);
        Some(Self { client, uri, packing })
    }

    /// Sends a request once.
    ///
    /// # Errors
    /// If it was refused, or nobody answered.
    pub async fn export(
        &self,
        request: &ExportMetricsServiceRequest,
    ) -> Result<ExportMetricsServiceResponse, SendError> {
        let no_answer = |error: &dyn std::fmt::Display| SendError::NoAnswer(error.to_string());
        let mut call = Request::new(Full::new(self.frame(request)));
        *call.method_mut() = Method::POST;
        *call.uri_mut() = self.uri.clone();
        let headers = call.headers_mut();
        headers.insert(CONTENT_TYPE, CONTENT);
        headers.insert(TE, HeaderValue::from_static("trailers"));
        headers.insert(USER_AGENT, AGENT);
        if self.packing == Packing::Gzip {
            headers.insert("grpc-encoding", HeaderValue::from_static("gzip"));
        }
        let response = self.client.request(call).await.map_err(|error| no_answer(&error))?;
        let (parts, body) = response.into_parts();
        let collected = body.collect().await.map_err(|error| no_answer(&error))?;
        if parts.status != StatusCode::OK {
            return Err(SendError::Refused(parts.status.to_string()));
        }
        // An answer without a message carries its status in front.
        let trailers = collected.trailers().filter(|trailers| trailers.contains_key("grpc-status"));
        check(trailers.unwrap_or(&parts.headers))?;
        // Compression was not offered to the server.
        let mut message = collected.to_bytes();
        if message.len() < PREFIX || message[0] != 0 {
            return Err(SendError::NoAnswer("the answer has no message".into()));
        }
        ExportMetricsServiceResponse::decode(message.split_off(PREFIX)).map_err(|error| no_answer(&error))
    }

    fn frame(&self, request: &ExportMetricsServiceRequest) -> Bytes {
        let message = pack(request.encode_to_vec(), self.packing);
        let mut frame = BytesMut::with_capacity(PREFIX + message.len());
        frame.put_u8(u8::from(self.packing == Packing::Gzip));
        // No server takes a message whose length has more than 32 bits.
        frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
        frame.put(message);
        frame.freeze()
    }
}

/// The status of a call ("gRPC over HTTP/2", "Responses"): 0 or a refusal.
fn check(headers: &HeaderMap) -> Result<(), SendError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match text("grpc-status") {
        "0" => Ok(()),
        "" => Err(SendError::NoAnswer("the answer has no gRPC status".into())),
        code => Err(SendError::Refused(format!("gRPC status {code}: {}", percent_decoded(text("grpc-message"))))),
    }
}

/// What is not a byte in hexadecimal behind `%` stands for itself.
fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                rest = &behind[2..];
            }
            None => {
                decoded.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
