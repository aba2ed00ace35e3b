//! Requests as bytes: whatever a test wants to say, and whatever the other side answers.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Of gRPC, or empty.
    pub trailers: HeaderMap,
}

impl Answer {
    async fn read(response: Response<Incoming>) -> Self {
        let (parts, body) = response.into_parts();
        let collected = body.collect().await.expect("a whole answer");
        let trailers = collected.trailers().cloned().unwrap_or_default();
        Self { status: parts.status, headers: parts.headers, body: collected.to_bytes(), trailers }
    }

    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).or_else(|| self.trailers.get(name));
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub async fn get(address: &str, path: &str) -> Answer {
    send(address, Request::get(path).body(Full::default()).expect("a request")).await
}

/// A request as Prometheus makes it.
pub async fn scrape(address: &str) -> Answer {
    let request = Request::get("/metrics").header("x-prometheus-scrape-timeout-seconds", "10");
    send(address, request.body(Full::default()).expect("a request")).await
}

/// An OTLP request as it should be, but for what `headers` say.
pub async fn post(address: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
    let mut request = Request::post("/v1/metrics").header("content-type", "application/x-protobuf");
    for (name, value) in headers {
        request.headers_mut().expect("a request").remove(*name);
        request = request.header(*name, *value);
    }
    send(address, request.body(Full::new(body)).expect("a request")).await
}

pub async fn send(address: &str, mut request: Request<Full<Bytes>>) -> Answer {
    request.headers_mut().insert("host", address.parse().expect("a header"));
    let stream = TcpStream::connect(address).await.expect("a connection");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(connection);
    Answer::read(sender.send_request(request).await.expect("an answer")).await
}

/// Writes bytes to a connection, closes its sending half, and reads all that comes back.
pub async fn talk(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // The other side may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

pub const EXPORT: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// A gRPC call whose body is just these bytes, frame included.
pub async fn call(address: &str, path: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
    let stream = TcpStream::connect(address).await.expect("a connection");
    let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.expect("HTTP/2");
    tokio::spawn(connection);
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(format!("http://{address}{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(body)).expect("a request");
    Answer::read(sender.send_request(request).await.expect("an answer")).await
}

/// One message in gRPC's frame.
pub fn framed(flag: u8, message: &[u8]) -> Bytes {
    let mut bytes = vec![flag];
    bytes.extend_from_slice(&(message.len() as u32).to_be_bytes());
    bytes.extend_from_slice(message);
    bytes.into()
}
