//! Connections of an endpoint: how many there may be, and how much the HTTP library may hold for each. It reads ahead of
//! what is charged to a pipeline, so that what it holds is bounded by its own settings alone.
//!
//! A few connections get wide buffers, which large requests need to arrive without pauses. All others get narrow ones, so
//! that as many senders as an endpoint takes cannot fill the memory together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::server::conn::{http1, http2};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::otlp::receiver::Protocol;

/// Connections at once on one endpoint; others wait in the system's queue.
pub const CONNECTIONS: usize = 10_000;

/// How many of them have wide buffers: as many gateways, or large senders, as one host is likely to serve.
pub const WIDE_CONNECTIONS: usize = 64;

/// The header of a request, bytes: what hyper allows in HTTP/2, and half of what nginx takes. HTTP/2 tells senders.
const HEADER_BYTES: usize = 16 << 10;

/// Answers are a few hundred bytes; a buffer for one, and what the library sets aside to write it.
const ANSWER_BYTES: usize = 16 << 10;

/// HTTP/2: what a call takes while it is open, its answer included.
const CALL_BYTES: usize = 4 << 10;

/// What the library may hold for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buffers {
    /// HTTP/1: bytes that are read at once.
    read: usize,
    /// HTTP/2: bytes that a sender may send of one call, and of all calls, before it is told to go on.
    stream_window: u32,
    connection_window: u32,
    /// HTTP/2: the largest frame, which is read whole.
    frame: u32,
    /// HTTP/2: calls at once.
    streams: u32,
}

/// A request of a few hundred KiB arrives in one piece, which is not copied, and without a pause.
pub const WIDE: Buffers = Buffers {
    read: 256 << 10,
    stream_window: 1 << 20,
    connection_window: 4 << 20,
    frame: 256 << 10,
    // What RFC 9113, 6.5.2, recommends at least.
    streams: 100,
};

/// The least that HTTP/2 allows (RFC 9113, 6.5.2 and 6.9.2), and calls for a sender that exports several things at once.
pub const NARROW: Buffers = Buffers {
    read: 16 << 10,
    stream_window: (1 << 16) - 1,
    connection_window: (1 << 16) - 1,
    frame: 16 << 10,
    streams: 8,
};

/// The most that the library may hold for all connections of an endpoint, bytes.
pub const MOST_BYTES: usize = {
    let narrow = (CONNECTIONS - WIDE_CONNECTIONS) * NARROW.most(Protocol::Grpc);
    WIDE_CONNECTIONS * WIDE.most(Protocol::Grpc) + narrow
};
const _: () = assert!(MOST_BYTES < 2 << 30, "all connections of an endpoint fit into 2 GiB");
const _: () = assert!(WIDE.most(Protocol::Http) <= WIDE.most(Protocol::Grpc));
const _: () = assert!(NARROW.most(Protocol::Http) <= NARROW.most(Protocol::Grpc));

impl Buffers {
    /// The most that the library may hold for a connection, bytes.
    #[must_use]
    pub const fn most(&self, protocol: Protocol) -> usize {
        match protocol {
            // What has been read and not handed on, as much again while it is moved, and a header that has been taken apart.
            Protocol::Http => 2 * self.read + HEADER_BYTES + ANSWER_BYTES,
            // A frame that is not complete is not in the window yet; a header may go on in several frames.
            Protocol::Grpc => {
                let calls = self.streams as usize * CALL_BYTES;
                self.connection_window as usize + 2 * self.frame as usize + calls + HEADER_BYTES + ANSWER_BYTES
            }
        }
    }

    /// Sets the bounds of an HTTP/1 connection.
    pub fn of_http1(&self, builder: &mut http1::Builder) {
        builder.max_buf_size(self.read).max_header_size(HEADER_BYTES);
    }

    /// Sets the bounds of an HTTP/2 connection.
    pub fn of_http2<E: Clone>(&self, builder: &mut http2::Builder<E>) {
        builder
            .initial_stream_window_size(self.stream_window)
            .initial_connection_window_size(self.connection_window)
            .max_frame_size(self.frame)
            .max_concurrent_streams(self.streams)
            .max_header_list_size(HEADER_BYTES as u32)
            .max_send_buf_size(ANSWER_BYTES);
    }
}

/// The connections of an endpoint.
#[derive(Debug)]
pub struct Connections {
    protocol: Protocol,
    places: Arc<Semaphore>,
    wide: Arc<Semaphore>,
    open: Arc<Open>,
}

#[derive(Debug, Default)]
struct Open {
    connections: AtomicUsize,
    bytes: AtomicUsize,
}

/// A place for a connection that is still to come.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

/// What a connection has while it lasts.
#[derive(Debug)]
pub struct Connection {
    /// What the library may hold for it.
    pub buffers: Buffers,
    /// Of `buffers`.
    bytes: usize,
    open: Arc<Open>,
    /// Given back with the connection.
    _place: Place,
    _wide: Option<OwnedSemaphorePermit>,
}

impl Connections {
    /// None yet.
    #[must_use]
    pub fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            places: Arc::new(Semaphore::new(CONNECTIONS)),
            wide: Arc::new(Semaphore::new(WIDE_CONNECTIONS)),
            open: Arc::default(),
        }
    }

    /// Waits until there may be one more.
    pub async fn place(&self) -> Option<Place> {
        Arc::clone(&self.places).acquire_owned().await.ok().map(|_permit| Place { _permit })
    }

    /// A connection came.
    #[must_use]
    pub fn open(&self, place: Place) -> Connection {
        let wide = Arc::clone(&self.wide).try_acquire_owned().ok();
        let buffers = if wide.is_some() { WIDE } else { NARROW };
        let bytes = buffers.most(self.protocol);
        let open = Arc::clone(&self.open);
        open.connections.fetch_add(1, Ordering::Relaxed);
        open.bytes.fetch_add(bytes, Ordering::Relaxed);
        Connection { buffers, bytes, open, _place: place, _wide: wide }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.open.connections.load(Ordering::Relaxed)
    }

    /// The most that the library may hold for them, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.open.bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.connections.fetch_sub(1, Ordering::Relaxed);
        self.open.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
