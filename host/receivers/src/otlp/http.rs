//! OTLP/HTTP. Status codes and bodies are the Collector's (`collector.md` of the OpenTelemetry Collector's receiver, as
//! observed): 400 with a `google.rpc.Status` for what can never be taken, 503 with `Retry-After` for what may be.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;

use super::answer::shortened;
use super::answer::{ONLY_METRICS, Problem};
use super::body;
use super::media::{self, Media};
use super::receiver::Receiver;
use super::status::{Code, RETRY_AFTER_SECONDS};
use otlp::error::BodyError;
use otlp::inflate::{Encoding, inflate};
use otlp::json;
use pipeline::context::RequestContext;
use pipeline::intake::refusal::{Accepted, Refusal};

const TEXT: &str = "text/plain; charset=utf-8";

/// Answers one request.
///
/// # Errors
/// Never.
pub async fn serve(
    receiver: Arc<Receiver>,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(match request.uri().path() {
        "/v1/metrics" => metrics(&receiver, request, peer).await,
        "/v1/logs" | "/v1/traces" => text(StatusCode::NOT_FOUND, ONLY_METRICS.into()),
        _ => text(StatusCode::NOT_FOUND, "404 page not found".into()),
    })
}

async fn metrics(receiver: &Receiver, request: Request<Incoming>, peer: SocketAddr) -> Response<Full<Bytes>> {
    let media = Media::named(header(request.headers(), CONTENT_TYPE.as_str()));
    // Who speaks neither is told in the one that can be read.
    let told = media.unwrap_or(Media::Json);
    let encoding = header(request.headers(), CONTENT_ENCODING.as_str());
    let Some(encoding) = Encoding::of_http(encoding) else {
        let message = format!("unsupported Content-Encoding: {}", shortened(encoding));
        return problem(&Problem { code: Code::InvalidArgument, message }, told);
    };
    if request.method() != Method::POST {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed, supported: [POST]".into());
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let Some(media) = media else { return text(StatusCode::UNSUPPORTED_MEDIA_TYPE, media::UNSUPPORTED.into()) };
    let (Parts { headers, .. }, mut body) = request.into_parts();
    let context = RequestContext { headers, peer: Some(peer) };
    match take(receiver, &mut body, encoding, media, context).await {
        Ok(accepted) => {
            receiver.accepted(&accepted);
            let mut response = Response::new(Full::from(media.success(&accepted)));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media.name()));
            response
        }
        Err(refused) => {
            receiver.refused();
            let discard = body::discard(&mut body, receiver.limit);
            // Who is as slow as that is not told.
            let _ = tokio::time::timeout(receiver.body_timeout, discard).await;
            problem(&refused, media)
        }
    }
}

async fn take(
    receiver: &Receiver,
    body: &mut Incoming,
    encoding: Encoding,
    media: Media,
    context: RequestContext,
) -> Result<Accepted, Problem> {
    let mut reservation = receiver.intake.admit()?;
    let limit = receiver.limit;
    let bytes = receiver.read(body, limit, &mut reservation).await?;
    let bytes = inflate(bytes, encoding, limit, &mut reservation).map_err(|error| receiver.explain(error))?;
    if media == Media::Protobuf {
        return Ok(receiver.intake.submit(bytes, reservation, context).await?);
    }
    let bytes = match json::decode(bytes, limit, &mut reservation) {
        Err(error @ BodyError::Corrupt { .. }) => return Err(receiver.intake.undecodable(error).into()),
        decoded => decoded.map_err(|error| receiver.explain(error))?,
    };
    receiver.intake.submit(bytes, reservation, context).await.map_err(|refusal| match refusal {
        // The place is one in bytes that the sender has never seen.
        Refusal::Malformed { fault, .. } => Refusal::Undecodable(Arc::new(fault)).into(),
        refusal => refusal.into(),
    })
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn text(status: StatusCode, message: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(message));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(TEXT));
    response
}

fn problem(problem: &Problem, media: Media) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(media.status(problem.code, &problem.message)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media.name()));
    if problem.code == Code::Unavailable {
        headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
    }
    *response.status_mut() = match problem.code {
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        // The Collector says 400 to what is too large.
        Code::Ok | Code::InvalidArgument | Code::ResourceExhausted | Code::Unimplemented => StatusCode::BAD_REQUEST,
    };
    response
}
