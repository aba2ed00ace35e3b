//! A server of HTTP for pages: requests without bodies, one answer each.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, lookup_host};
use tokio::sync::Semaphore;

/// What a visitor gets.
pub type Answer = Response<Full<Bytes>>;

/// Connections at once; whoever scrapes needs one.
const CONNECTIONS: usize = 64;

/// A client may take so long for its request.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Listens on every address that `endpoint` stands for: `localhost` is two, and clients try either first. All get the
/// same port.
///
/// # Errors
/// If the name is unknown, an address is taken, or none can be had.
pub async fn bind(endpoint: &str) -> io::Result<Vec<TcpListener>> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut failed = None;
    for mut address in lookup_host(endpoint).await? {
        if let Some(first) = listeners.first() {
            address.set_port(first.local_addr()?.port());
        }
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // A machine without IPv6 has only one of the two.
            Err(error) => failed = Some(error),
        }
    }
    match (listeners.is_empty(), failed) {
        (true, Some(error)) => Err(error),
        (true, None) => Err(io::ErrorKind::AddrNotAvailable.into()),
        (false, _) => Ok(listeners),
    }
}

/// Serves what `answer` makes of a request, without its body, until it is dropped.
pub async fn serve<Answering, Made>(listener: TcpListener, answer: Answering)
where
    Answering: Fn(Parts) -> Made + Send + Sync + 'static,
    Made: Future<Output = Answer> + Send,
{
    let answer = Arc::new(answer);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            #[expect(clippy::disallowed_methods, reason = "a pause for the system, not a rule of time")]
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let answer = Arc::clone(&answer);
        tokio::spawn(async move {
            let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
                let made = answer(request.into_parts().0);
                async { Ok::<_, Infallible>(made.await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(READ_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service);
            // A client that goes away is no event.
            let _ = connection.await;
            drop(place);
        });
    }
}

/// An answer of text.
#[must_use]
pub fn text(status: StatusCode, content_type: &'static str, body: String) -> Answer {
    let mut answer = empty(status);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    *answer.body_mut() = Full::from(body);
    answer
}

/// An answer without a body.
#[must_use]
pub fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}
