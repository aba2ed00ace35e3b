//! Connections get buffers by turn, and what a call takes is as little as it is counted for.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use http::Request;
use hyper::body::Incoming;

use super::{CALL_BYTES, CONNECTIONS, Connections, NARROW, WIDE, WIDE_CONNECTIONS};
use crate::otlp::grpc;
use crate::otlp::receiver::{Protocol, Receiver};

/// The first are wide, the others narrow; a wide one that closes makes room for another. Nobody comes beyond the bound.
#[tokio::test]
async fn by_turn() {
    let connections = Connections::new(Protocol::Http);
    let mut open = Vec::new();
    for number in 0..CONNECTIONS {
        let place = connections.place().await.expect("open");
        let connection = connections.open(place);
        assert_eq!(connection.buffers, if number < WIDE_CONNECTIONS { WIDE } else { NARROW });
        open.push(connection);
    }
    // HTTP/1: twice what is read at once (256 KiB, 16 KiB), a header and an answer (16 KiB each).
    let bytes = 64 * (544 << 10) + 9_936 * (64 << 10);
    assert_eq!((connections.count(), connections.bytes()), (10_000, bytes));
    let next = connections.place();
    tokio::pin!(next);
    let waits = tokio::select! { biased; _ = &mut next => false, () = std::future::ready(()) => true };
    assert!(waits, "there is no place");
    open.remove(0);
    let connection = connections.open(next.await.expect("open"));
    assert_eq!(connection.buffers, WIDE);
    drop((open, connection));
    assert_eq!((connections.count(), connections.bytes()), (0, 0));
}

/// HTTP/2: the state of a call that waits, with as much again for the library's own.
#[test]
fn a_call_is_small() {
    fn size<F: Future>(_: fn(Arc<Receiver>, Request<Incoming>, SocketAddr) -> F) -> usize {
        size_of::<F>()
    }
    assert!(2 * size(grpc::serve) <= CALL_BYTES, "{} bytes", size(grpc::serve));
}
