//! OTLP/gRPC: one unary method over HTTP/2. The message goes to the cursor as bytes, so that a general gRPC server, which
//! would decode it and inflate it unbounded, has no part in it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;

use super::answer::{self, ONLY_METRICS, Problem, shortened};
use super::receiver::Receiver;
use super::status::{self, Code};
use otlp::inflate::{Encoding, inflate};
use pipeline::context::RequestContext;
use pipeline::intake::refusal::Accepted;

const EXPORT: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
const OTHER_SIGNALS: [&str; 2] =
    ["/opentelemetry.proto.collector.logs.v1.LogsService/", "/opentelemetry.proto.collector.trace.v1.TraceService/"];
const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
const ACCEPTED_ENCODINGS: HeaderValue = HeaderValue::from_static(Encoding::OF_GRPC);

/// A message has a flag that says whether it is compressed, and its length, in front.
const PREFIX: usize = 5;

/// Answers one call.
///
/// # Errors
/// Never.
pub async fn serve(
    receiver: Arc<Receiver>,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let grpc =
        request.headers().get(CONTENT_TYPE).is_some_and(|media| media.as_bytes().starts_with(b"application/grpc"));
    if !grpc {
        let mut response = Response::new(Full::from("this port speaks gRPC; OTLP/HTTP has its own").boxed());
        *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Ok(response);
    }
    let path = request.uri().path();
    if path != EXPORT {
        let message = if OTHER_SIGNALS.iter().any(|service| path.starts_with(service)) {
            ONLY_METRICS.to_owned()
        } else {
            format!("unknown method {}", shortened(path))
        };
        return Ok(failure(&Problem { code: Code::Unimplemented, message }));
    }
    Ok(match take(&receiver, request, peer).await {
        Ok(accepted) => {
            receiver.accepted(&accepted);
            success(&answer::success(&accepted))
        }
        Err(problem) => {
            receiver.refused();
            failure(&problem)
        }
    })
}

async fn take(receiver: &Receiver, request: Request<Incoming>, peer: SocketAddr) -> Result<Accepted, Problem> {
    let name = request.headers().get("grpc-encoding").and_then(|name| name.to_str().ok()).unwrap_or_default();
    let Some(encoding) = Encoding::of_grpc(name) else {
        let message = format!("unsupported grpc-encoding: {}; supported: {}", shortened(name), Encoding::OF_GRPC);
        return Err(Problem { code: Code::Unimplemented, message });
    };
    let mut reservation = receiver.intake.admit()?;
    let limit = receiver.limit;
    let (Parts { headers, .. }, mut body) = request.into_parts();
    let context = RequestContext { headers, peer: Some(peer) };
    let whole = receiver.read(&mut body, limit + PREFIX, &mut reservation).await?;
    let (compressed, message) = unframe(&whole, receiver)?;
    let bytes = match (compressed, encoding) {
        (false, _) => message,
        (true, Encoding::Identity) => {
            let message = "the message is marked compressed, but grpc-encoding names no compression".into();
            return Err(Problem { code: Code::InvalidArgument, message });
        }
        (true, encoding) => {
            drop(whole);
            inflate(message, encoding, limit, &mut reservation).map_err(|error| receiver.explain(error))?
        }
    };
    Ok(receiver.intake.submit(bytes, reservation, context).await?)
}

/// The one message of a unary call, and whether it is compressed.
fn unframe(whole: &Bytes, receiver: &Receiver) -> Result<(bool, Bytes), Problem> {
    let invalid = |message: String| Problem { code: Code::InvalidArgument, message };
    let Some((&[flag, a, b, c, d], rest)) = whole.split_first_chunk::<PREFIX>() else {
        return Err(invalid("the call has no message".into()));
    };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if length > receiver.limit {
        return Err(receiver.too_large());
    }
    if rest.len() != length {
        return Err(invalid(format!("the message says {length} bytes and has {}", rest.len())));
    }
    match flag {
        0 | 1 => Ok((flag == 1, whole.slice(PREFIX..))),
        _ => Err(invalid(format!("invalid compression flag {flag}"))),
    }
}

fn success(message: &[u8]) -> Response<BoxBody<Bytes, Infallible>> {
    let mut framed = BytesMut::with_capacity(PREFIX + message.len());
    framed.put_u8(0);
    framed.put_u32(message.len() as u32);
    framed.extend_from_slice(message);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body = Full::new(framed.freeze()).with_trailers(async move { Some(Ok(trailers)) });
    let mut response = Response::new(body.boxed());
    response.headers_mut().insert(CONTENT_TYPE, GRPC);
    response
}

/// An answer of headers only, as gRPC has it for calls that fail.
fn failure(problem: &Problem) -> Response<BoxBody<Bytes, Infallible>> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;

    let mut response = Response::new(Empty::new().boxed());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, GRPC);
    headers.insert("grpc-accept-encoding", ACCEPTED_ENCODINGS);
    headers.insert("grpc-status", HeaderValue::from(problem.code as i32));
    if let Ok(message) = HeaderValue::from_str(&percent_encoded(&problem.message)) {
        headers.insert("grpc-message", message);
    }
    let details = STANDARD_NO_PAD.encode(status::encode(problem.code, &problem.message));
    if let Ok(details) = HeaderValue::from_str(&details) {
        headers.insert("grpc-status-details-bin", details);
    }
    response
}

/// Printable ASCII except `%` stands for itself (gRPC over HTTP/2, "Status-Message").
fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;

    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'$' | b'&'..=b'~' => encoded.push(char::from(byte)),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}
