//! The connection of a lane.

use std::time::Duration;

use bytes::Bytes;
use clock::{Clock, UnixNanos};
use http::HeaderMap;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::forwarding::body::Pieces;
use crate::forwarding::connector::{Version, connector};
use crate::forwarding::transport::{Transport, TransportError};

const TIMEOUT: Duration = Duration::from_secs(5);

/// Scenario: a receiver reads, and never answers. Guarantee: the attempt ends in time, its connection is closed, and the next
/// attempt has another one. Both versions of HTTP.
#[tokio::test]
async fn a_timed_out_attempt_closes_its_connection() {
    for version in [Version::Http1, Version::Http2] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (clock, hand) = Clock::manual(UnixNanos(1));
        let uri = format!("http://{address}/v1/metrics").parse().expect("an address");
        let transport = Transport::new(uri, connector(version).expect("certificates"), version, TIMEOUT, clock);
        for _ in 0..2 {
            let body = Pieces::new(vec![Bytes::from_static(b"some"), Bytes::from_static(b"thing")]);
            let (answer, ()) = tokio::join!(transport.post(HeaderMap::new(), body), async {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let mut byte = [0];
                stream.read_exact(&mut byte).await.expect("the beginning of a request");
                hand.advance(TIMEOUT);
                // What is left of the request, and then the end.
                let mut rest = Vec::new();
                let _ = stream.read_to_end(&mut rest).await;
            });
            assert!(matches!(answer, Err(TransportError::Timeout(TIMEOUT))), "{version:?}: {answer:?}");
        }
    }
}

/// Scenario: a receiver closes a connection after its first answer. Guarantee: the next attempt has another one, and does not
/// fail for that.
#[tokio::test]
async fn a_closed_connection_is_opened_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let uri = format!("http://{address}/v1/metrics").parse().expect("an address");
    let version = Version::Http1;
    let transport = Transport::new(uri, connector(version).expect("certificates"), version, TIMEOUT, Clock::system());
    let receiver = tokio::spawn(async move {
        for _ in 0..3 {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = Vec::new();
            while !request.ends_with(b"body") {
                stream.read_buf(&mut request).await.expect("a request");
            }
            assert!(request.starts_with(b"POST /v1/metrics HTTP/1.1\r\n"));
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.expect("an answer");
        }
    });
    for _ in 0..3 {
        let body = Pieces::new(vec![Bytes::from_static(b"body")]);
        let answer = transport.post(HeaderMap::new(), body).await.expect("an answer");
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, &b"{}"[..]));
    }
    receiver.await.expect("three connections");
}
