//! OTLP/HTTP. Status codes and bodies are the Collector's (`collector.md` of the OpenTelemetry Collector's receiver, as
//! observed): 400 with a `google.rpc.Status` for what can never be taken, 503 with `Retry-After` for what may be.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;

use super::answer::{self, ONLY_METRICS, Problem};
use super::body::{self, BodyError};
use super::inflate::{Encoding, inflate};
use super::receiver::Receiver;
use super::status::{self, Code, RETRY_AFTER_SECONDS};
use crate::pipeline::intake::Accepted;

/// The media type of OTLP in protobuf.
pub const PROTOBUF: &str = "application/x-protobuf";

const TEXT: &str = "text/plain; charset=utf-8";

/// Answers one request.
///
/// # Errors
/// Never.
pub async fn serve(receiver: Arc<Receiver>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(match request.uri().path() {
        "/v1/metrics" => metrics(&receiver, request).await,
        "/v1/logs" | "/v1/traces" => text(StatusCode::NOT_FOUND, ONLY_METRICS.into()),
        _ => text(StatusCode::NOT_FOUND, "404 page not found".into()),
    })
}

async fn metrics(receiver: &Receiver, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let encoding = header(request.headers(), CONTENT_ENCODING.as_str());
    let Some(encoding) = Encoding::of_http(encoding) else {
        let message = format!("unsupported Content-Encoding: {encoding}");
        return problem(&Problem { code: Code::InvalidArgument, message });
    };
    if request.method() != Method::POST {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed, supported: [POST]".into());
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let media_type = header(request.headers(), CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default().trim();
    if media_type != PROTOBUF {
        let message = format!("415 unsupported media type, supported: [{PROTOBUF}]");
        return text(StatusCode::UNSUPPORTED_MEDIA_TYPE, message);
    }
    let mut body = request.into_body();
    match take(receiver, &mut body, encoding).await {
        Ok(accepted) => {
            receiver.accepted(&accepted);
            let mut response = Response::new(Full::from(answer::success(&accepted)));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROTOBUF));
            response
        }
        Err(refused) => {
            receiver.refused();
            let discard = body::discard(&mut body, receiver.limit);
            // Who is as slow as that is not told.
            let _ = tokio::time::timeout(receiver.body_timeout, discard).await;
            problem(&refused)
        }
    }
}

async fn take(receiver: &Receiver, body: &mut Incoming, encoding: Encoding) -> Result<Accepted, Problem> {
    let mut charge = receiver.intake.admit()?;
    let limit = receiver.limit;
    let bytes = tokio::time::timeout(receiver.body_timeout, body::read(body, limit, &mut charge));
    let bytes = bytes.await.map_err(|_| receiver.too_slow())?.map_err(|error| receiver.explain(error))?;
    let bytes = inflate(bytes, encoding, limit, &mut charge).map_err(|error| receiver.explain(error))?;
    Ok(receiver.intake.submit(bytes, charge).await?)
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

fn problem(problem: &Problem) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(status::encode(problem.code, &problem.message)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROTOBUF));
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

impl Receiver {
    fn explain(&self, error: BodyError) -> Problem {
        match error {
            BodyError::TooLarge(limit) => Problem {
                code: Code::ResourceExhausted,
                message: format!("http: request body too large: more than {limit} bytes"),
            },
            BodyError::NoRoom => self.intake.no_room().into(),
            other => other.into(),
        }
    }
}
