//! A stand-in for the model's API that remembers what it has handed out.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Collected, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

use super::answer::{Answer, HandedOut, Turn};

/// Serves until the test ends.
pub struct Api {
    address: SocketAddr,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    /// How many there have been.
    answers: u64,
    clients: BTreeMap<String, HandedOut>,
}

impl Api {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let known: Arc<Mutex<Known>> = Arc::default();
        let shared = Arc::clone(&known);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let known = Arc::clone(&shared);
                tokio::spawn(async move {
                    let service = service_fn(|request| respond(request, &known));
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, known }
    }

    /// Where a client finds it; clients are told apart by their paths.
    pub fn url(&self, client: &str) -> String {
        format!("http://{}/{client}", self.address)
    }

    pub fn handed_out(&self, client: &str) -> HandedOut {
        self.known.lock().expect("nobody panics").clients.get(client).copied().unwrap_or_default()
    }
}

async fn respond(request: Request<Incoming>, known: &Mutex<Known>) -> Result<Response<Full<Bytes>>, Infallible> {
    let client = request.uri().path().strip_prefix('/').and_then(|path| path.strip_suffix("/v1/messages"));
    let client = client.filter(|_| request.method() == Method::POST).map(str::to_owned);
    let body = request.into_body().collect().await.map(Collected::to_bytes).unwrap_or_default();
    let question: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut response = Response::new(Full::default());
    let Some(client) = client.filter(|_| question["stream"] == true) else {
        *response.status_mut() = StatusCode::NOT_FOUND;
        return Ok(response);
    };
    let answer = known.lock().expect("nobody panics").answer(client, Turn::of(&question));
    response.headers_mut().insert("content-type", HeaderValue::from_static("text/event-stream"));
    *response.body_mut() = Full::new(answer.events(&question["model"]).into());
    Ok(response)
}

impl Known {
    fn answer(&mut self, client: String, turn: Turn) -> Answer {
        self.answers += 1;
        let answer = Answer { number: self.answers, turn };
        self.clients.entry(client).or_default().add(answer.handed_out());
        answer
    }
}
