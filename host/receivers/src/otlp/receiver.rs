//! A listening OTLP endpoint: accepts connections, bounds them, and lets them finish when the host stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::answer::Problem;
use super::body;
use super::connections::{Connection, Connections};
use super::status::Code;
use super::{grpc, http};
use budget::Reservation;
use otlp::error::BodyError;
use pipeline::intake::Intake;
use pipeline::intake::refusal::Accepted;

/// A sender may take so long for its body.
pub const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection may be idle for so long: senders export every minute and some every five, and one that reuses a connection
/// that is just being closed may lose what it sends. HTTP/1: hyper has one timer from the end of an answer to the end of
/// the next header, so that a header may take as long. Whoever holds a connection that way gets no more out of it than by
/// saying nothing.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(6 * 60);

/// HTTP/2: how often a sender is asked whether it is still there, and how long it may take to answer.
const PING_INTERVAL: Duration = Duration::from_secs(60);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Limit of an HTTP body, compressed and not: the Collector's.
pub const HTTP_BODY_BYTES: usize = 20 << 20;

/// Limit of a gRPC message, compressed and not: the Collector's.
pub const GRPC_MESSAGE_BYTES: usize = 4 << 20;

/// Which protocol an endpoint speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// OTLP/HTTP.
    Http,
    /// OTLP/gRPC.
    Grpc,
}

impl Protocol {
    /// As the Collector's metrics call the transport.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
        }
    }
}

/// An endpoint, as meant.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The receiver's id as configured.
    pub id: String,
    /// What it speaks.
    pub protocol: Protocol,
    /// Host and port.
    pub endpoint: String,
    /// The largest body or message, bytes.
    pub limit: usize,
}

/// An endpoint at work.
pub struct Receiver {
    /// The receiver's id.
    pub id: String,
    /// What it speaks.
    pub protocol: Protocol,
    /// Where requests go.
    pub(super) intake: Arc<Intake>,
    pub(super) limit: usize,
    pub(super) body_timeout: Duration,
    connections: Connections,
    counts: Counts,
}

/// What an endpoint did.
#[derive(Debug, Default)]
pub struct Counts {
    /// Points taken and not dropped.
    pub accepted: AtomicU64,
    /// Points taken and dropped.
    pub dropped: AtomicU64,
    /// Requests taken.
    pub requests: AtomicU64,
    /// Requests refused.
    pub refused: AtomicU64,
}

impl Settings {
    /// An endpoint in front of `intake`.
    #[must_use]
    pub fn build(self, intake: Arc<Intake>) -> Arc<Receiver> {
        Arc::new(Receiver {
            id: self.id,
            protocol: self.protocol,
            intake,
            limit: self.limit,
            body_timeout: READ_TIMEOUT,
            connections: Connections::new(self.protocol),
            counts: Counts::default(),
        })
    }
}

impl Receiver {
    /// Accepts connections until `stopping` turns true, then lets those that are open finish.
    pub async fn run(self: Arc<Self>, listener: TcpListener, mut stopping: watch::Receiver<bool>) {
        let graceful = GracefulShutdown::new();
        loop {
            let next = async {
                let place = self.connections.place().await;
                (place, listener.accept().await)
            };
            let (place, accepted) = tokio::select! {
                next = next => next,
                _ = stopping.wait_for(|stopping| *stopping) => break,
            };
            // There is always a place in the end: nobody closes what hands them out.
            let Some(place) = place else { break };
            match accepted {
                Ok((stream, peer)) => {
                    let connection = self.connections.open(place);
                    tokio::spawn(Arc::clone(&self).serve(stream, peer, connection, graceful.watcher()));
                }
                Err(error) => {
                    // No file handles left, or a connection that broke at once. Either passes.
                    tracing::warn!(receiver = self.id, %error, "cannot accept a connection");
                    #[expect(clippy::disallowed_methods, reason = "a pause for the system, not a rule of time")]
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
        drop(listener);
        graceful.shutdown().await;
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, connection: Connection, watcher: Watcher) {
        // Answers are small, and a sender waits for each.
        let _ = stream.set_nodelay(true);
        let io = TokioIo::new(stream);
        let result = match self.protocol {
            Protocol::Http => {
                let service = service_fn(|request| http::serve(Arc::clone(&self), request, peer));
                let mut builder = http1::Builder::new();
                connection.buffers.of_http1(&mut builder);
                builder.timer(TokioTimer::new()).header_read_timeout(IDLE_TIMEOUT);
                watcher.watch(builder.serve_connection(io, service)).await
            }
            Protocol::Grpc => {
                let service = service_fn(|request| grpc::serve(Arc::clone(&self), request, peer));
                let mut builder = http2::Builder::new(TokioExecutor::new());
                connection.buffers.of_http2(&mut builder);
                builder.timer(TokioTimer::new()).keep_alive_interval(PING_INTERVAL).keep_alive_timeout(PING_TIMEOUT);
                watcher.watch(builder.serve_connection(io, service)).await
            }
        };
        if let Err(error) = result {
            tracing::debug!(receiver = self.id, %peer, %error, "a connection broke");
        }
        drop(connection);
    }

    pub(super) fn accepted(&self, accepted: &Accepted) {
        let dropped = accepted.dropped.total();
        self.counts.requests.fetch_add(1, Ordering::Relaxed);
        self.counts.accepted.fetch_add(accepted.points - dropped, Ordering::Relaxed);
        self.counts.dropped.fetch_add(dropped, Ordering::Relaxed);
    }

    pub(super) fn refused(&self) {
        self.counts.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Reads a body of at most `limit` bytes, as far as the time for it goes.
    ///
    /// # Errors
    /// What to tell the sender.
    pub(super) async fn read(
        &self,
        body: &mut Incoming,
        limit: usize,
        reservation: &mut Reservation,
    ) -> Result<Bytes, Problem> {
        match tokio::time::timeout(self.body_timeout, body::read(body, limit, reservation)).await {
            Ok(read) => read.map_err(|error| self.explain(error)),
            // The network's fault, mostly: what is sent again may arrive.
            Err(_) => {
                let message = format!("the body did not arrive within {:?}", self.body_timeout);
                Err(Problem { code: Code::Unavailable, message })
            }
        }
    }

    /// What to tell the sender of a body that cannot be had.
    pub(super) fn explain(&self, error: BodyError) -> Problem {
        match error {
            BodyError::TooLarge(_) => self.too_large(),
            BodyError::NoRoom => self.intake.no_room().into(),
            BodyError::Corrupt { .. } | BodyError::TooManyMembers { .. } | BodyError::Broken(_) => {
                Problem { code: Code::InvalidArgument, message: error.to_string() }
            }
        }
    }

    /// What to tell the sender of too much.
    pub(super) fn too_large(&self) -> Problem {
        let limit = self.limit;
        let message = match self.protocol {
            Protocol::Http => format!("http: request body too large: more than {limit} bytes"),
            Protocol::Grpc => format!("the message is larger than {limit} bytes"),
        };
        Problem { code: Code::ResourceExhausted, message }
    }

    /// Its connections.
    #[must_use]
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// What it did.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}
