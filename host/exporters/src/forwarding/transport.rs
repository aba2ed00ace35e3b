//! The connection of a lane: requests one after another, each with an answer or an end.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use clock::Clock;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioExecutor;
use thiserror::Error;
use tokio::task::AbortHandle;
use tower_service::Service as _;

use super::body::Pieces;
use super::connector::{Connector, Version};

/// Of an answer's body so much is read.
const ANSWER_BYTES: usize = 64 << 10;

/// Sends requests over one connection, which is opened when it is needed.
pub struct Transport {
    /// Whom it connects to.
    uri: Uri,
    connector: Connector,
    version: Version,
    clock: Clock,
    /// One attempt may take so long.
    timeout: Duration,
    /// The connection between two requests.
    idle: Mutex<Option<Connection>>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers, and its trailers behind them.
    pub headers: HeaderMap,
    /// The beginning of its body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum TransportError {
    /// It did not come in time; the connection is closed.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// There is no connection.
    #[error("cannot connect: {0}")]
    Connect(Box<dyn std::error::Error + Send + Sync>),
    /// The connection broke.
    #[error(transparent)]
    Broken(#[from] hyper::Error),
}

/// A connection. It ends when this is dropped.
struct Connection {
    sender: Sender,
    task: AbortHandle,
}

enum Sender {
    Http1(http1::SendRequest<Pieces>),
    Http2(http2::SendRequest<Pieces>),
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Transport {
    /// A transport without a connection yet.
    #[must_use]
    pub fn new(uri: Uri, connector: Connector, version: Version, timeout: Duration, clock: Clock) -> Self {
        Self { uri, connector, version, clock, timeout, idle: Mutex::new(None) }
    }

    /// Posts a request, and waits for its answer. A connection that had been idle and is found broken is opened once more.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn post(&self, headers: HeaderMap, body: Pieces) -> Result<Answer, TransportError> {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.headers_mut() = headers;
        *request.uri_mut() = match self.version {
            // There the header Host has the rest.
            Version::Http1 => self.uri.path_and_query().cloned().map_or_else(Uri::default, Uri::from),
            Version::Http2 => self.uri.clone(),
        };
        tokio::select! {
            answer = self.exchange(request) => answer,
            () = self.clock.sleep(self.timeout) => Err(TransportError::Timeout(self.timeout)),
        }
    }

    async fn exchange(&self, request: Request<Pieces>) -> Result<Answer, TransportError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(connection) = idle.filter(|connection| !connection.is_closed())
            && let Ok(answer) = self.over(connection, request.clone()).await
        {
            return Ok(answer);
        }
        let connection = self.connect().await?;
        self.over(connection, request).await
    }

    /// Sends over a connection, which is kept if all went well.
    async fn over(&self, mut connection: Connection, request: Request<Pieces>) -> Result<Answer, TransportError> {
        let answer = read(connection.send(request).await?).await?;
        *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        Ok(answer)
    }

    async fn connect(&self) -> Result<Connection, TransportError> {
        let io = self.connector.clone().call(self.uri.clone()).await.map_err(TransportError::Connect)?;
        Ok(match self.version {
            Version::Http1 => {
                let (sender, connection) = http1::handshake(io).await?;
                Connection { sender: Sender::Http1(sender), task: run(connection) }
            }
            Version::Http2 => {
                let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await?;
                Connection { sender: Sender::Http2(sender), task: run(connection) }
            }
        })
    }
}

impl Connection {
    fn is_closed(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => sender.is_closed(),
            Sender::Http2(sender) => sender.is_closed(),
        }
    }

    async fn send(&mut self, request: Request<Pieces>) -> hyper::Result<Response<Incoming>> {
        match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await?;
                sender.send_request(request).await
            }
            Sender::Http2(sender) => {
                sender.ready().await?;
                sender.send_request(request).await
            }
        }
    }
}

/// Runs a connection until it ends or is dropped.
fn run(connection: impl Future<Output = hyper::Result<()>> + Send + 'static) -> AbortHandle {
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to a destination broke");
        }
    });
    task.abort_handle()
}

/// Reads an answer to its end.
async fn read(response: Response<Incoming>) -> hyper::Result<Answer> {
    let (parts, mut body) = response.into_parts();
    let (mut headers, mut bytes) = (parts.headers, Vec::new());
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(data) => bytes.extend_from_slice(&data[..data.len().min(ANSWER_BYTES - bytes.len())]),
            Err(frame) => headers.extend(frame.into_trailers().unwrap_or_default()),
        }
    }
    Ok(Answer { status: parts.status, headers, body: bytes.into() })
}
