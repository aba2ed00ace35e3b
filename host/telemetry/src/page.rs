//! A page of text, served over HTTP on an address of its own: metrics to be scraped.

use std::future::Future;
use std::sync::Arc;

use http::request::Parts;
use http::{Method, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Semaphore};

use prometheus::exposition::{self, Visitor};

use crate::server::{self, Answer, empty};

/// Visitors that may wait while a page is made for another: a pair of Prometheus, an agent, a person. A page of all
/// streams takes hundreds of megabytes while it is made, so that one is made at a time; who comes on top is told to come
/// again.
const WAITING: usize = 4;

/// Prometheus says in each request how long it will wait; its relatives do the same.
fn visitor(request: &Parts) -> Visitor {
    let waits = request.headers.contains_key("x-prometheus-scrape-timeout-seconds");
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
    let (page, queue) = (Arc::new(page), Arc::new(Queue::new()));
    let answering = move |request| {
        let (page, queue) = (Arc::clone(&page), Arc::clone(&queue));
        async move { answer(request, &*page, &queue).await }
    };
    server::serve(listener, answering).await;
}

async fn answer<Page, Made>(request: Parts, page: &Page, queue: &Queue) -> Answer
where
    Page: Fn(Visitor) -> Made,
    Made: Future<Output = String>,
{
    match (&request.method, request.uri.path()) {
        (&Method::GET, "/" | "/metrics") => match queue.wait_for(|| page(visitor(&request))).await {
            Some(text) => server::text(StatusCode::OK, exposition::CONTENT_TYPE, text),
            None => empty(StatusCode::SERVICE_UNAVAILABLE),
        },
        (&Method::GET, _) => empty(StatusCode::NOT_FOUND),
        _ => empty(StatusCode::METHOD_NOT_ALLOWED),
    }
}

#[cfg(test)]
mod tests;
