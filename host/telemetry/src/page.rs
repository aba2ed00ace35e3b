//! A page of text, served over HTTP on an address of its own: metrics to be scraped.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, lookup_host};
use tokio::sync::{Mutex, Semaphore};

use prometheus::exposition::{self, Visitor};

/// Connections at once; whoever scrapes needs one.
const CONNECTIONS: usize = 64;

/// Visitors that may wait while a page is made for another: a pair of Prometheus, an agent, a person. A page of all
/// streams takes hundreds of megabytes while it is made, so that one is made at a time; who comes on top is told to come
/// again.
const WAITING: usize = 4;

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

/// Prometheus says in each request how long it will wait; its relatives do the same.
fn visitor(request: &Request<Incoming>) -> Visitor {
    let waits = request.headers().contains_key("x-prometheus-scrape-timeout-seconds");
    if waits { Visitor::Scraper } else { Visitor::Person }
}

/// Where visitors queue for their page.
struct Queue {
    places: Semaphore,
    making: Mutex<()>,
}

impl Queue {
    fn new() -> Self {
        Self { places: Semaphore::new(1 + WAITING), making: Mutex::new(()) }
    }

    /// What `make` makes, when it is its turn; none if too many wait already.
    async fn wait_for<Made: Future<Output = String>>(&self, make: impl FnOnce() -> Made) -> Option<String> {
        let _place = self.places.try_acquire().ok()?;
        let _turn = self.making.lock().await;
        Some(make().await)
    }
}

/// Serves what `page` makes for a visitor, at `/metrics` and `/`, until it is dropped. One page is made at a time.
pub async fn serve<Page, Made>(listener: TcpListener, page: Page)
where
    Page: Fn(Visitor) -> Made + Send + Sync + 'static,
    Made: Future<Output = String> + Send,
{
    let page = Arc::new(page);
    let queue = Arc::new(Queue::new());
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            #[expect(clippy::disallowed_methods, reason = "a pause for the system, not a rule of time")]
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (page, queue) = (Arc::clone(&page), Arc::clone(&queue));
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, &*page, &queue));
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

async fn answer<Page, Made>(
    request: Request<Incoming>,
    page: &Page,
    queue: &Queue,
) -> Result<Response<Full<Bytes>>, Infallible>
where
    Page: Fn(Visitor) -> Made,
    Made: Future<Output = String>,
{
    let mut response = Response::new(Full::default());
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/" | "/metrics") => match queue.wait_for(|| page(visitor(&request))).await {
            Some(text) => {
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(exposition::CONTENT_TYPE));
                *response.body_mut() = Full::from(text);
            }
            None => *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE,
        },
        (&Method::GET, _) => *response.status_mut() = StatusCode::NOT_FOUND,
        _ => *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED,
    }
    Ok(response)
}

#[cfg(test)]
mod tests;
