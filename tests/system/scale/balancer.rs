//! What stands in front of gateways: each request goes to the next of them, whoever sends it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

type Sender = Client<HttpConnector, Full<Bytes>>;

pub struct Balancer {
    /// `host:port` of it.
    pub address: String,
    task: JoinHandle<()>,
}

impl Balancer {
    /// Starts one in front of these.
    pub async fn start(behind: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (behind, next) = (Arc::new(behind), Arc::new(AtomicUsize::new(0)));
        let sender: Sender = Client::builder(TokioExecutor::new()).build_http();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (behind, next, sender) = (Arc::clone(&behind), Arc::clone(&next), sender.clone());
                tokio::spawn(async move {
                    let service = service_fn(|request| {
                        let number = next.fetch_add(1, Ordering::Relaxed) % behind.len();
                        hand_on(request, &behind[number], &sender)
                    });
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, task }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn hand_on(
    request: Request<Incoming>,
    address: &str,
    sender: &Sender,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    parts.uri = Uri::builder().scheme("http").authority(address).path_and_query(path).build().expect("an address");
    let answer = async {
        let body = body.collect().await.ok()?.to_bytes();
        let (parts, body) = sender.request(Request::from_parts(parts, Full::new(body))).await.ok()?.into_parts();
        Some(Response::from_parts(parts, Full::new(body.collect().await.ok()?.to_bytes())))
    };
    let bad = || Response::builder().status(StatusCode::BAD_GATEWAY).body(Full::default()).expect("an answer");
    Ok(answer.await.unwrap_or_else(bad))
}
