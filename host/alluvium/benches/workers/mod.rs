//! Workers that take OTLP over gRPC, and look at every point.

use std::collections::HashMap;
use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use budget::Budget;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use otlp::inflate::{Encoding, inflate};
use otlp::key::{FormKey, Keyer};
use otlp::scan::scan;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The largest request that is taken: what receivers take by default.
const LARGEST: usize = 4 << 20;

/// A flag and a length.
const PREFIX: usize = 5;

/// Workers, and what they got.
pub struct Workers {
    pub addresses: Vec<SocketAddr>,
    found: Arc<Mutex<Found>>,
    count: watch::Receiver<u64>,
}

/// What all workers got.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub points: u64,
    pub requests: u64,
    /// Bytes on the wire.
    pub bytes: u64,
    pub sum: f64,
    /// Points of each worker.
    pub shares: Vec<u64>,
    /// The worker of each stream.
    streams: HashMap<FormKey, usize>,
    /// Streams that came to two workers.
    pub strays: u64,
}

impl Workers {
    pub async fn start(count: usize) -> Result<Self, Box<dyn Error>> {
        let found = Arc::new(Mutex::new(Found { shares: vec![0; count], ..Found::default() }));
        let (counted, receiver) = watch::channel(0);
        let keyer = Arc::new(Keyer::random());
        let mut addresses = Vec::new();
        for worker in 0..count {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            addresses.push(listener.local_addr()?);
            let (found, counted, keyer) = (Arc::clone(&found), counted.clone(), Arc::clone(&keyer));
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let _ = stream.set_nodelay(true);
                    let (found, counted, keyer) = (Arc::clone(&found), counted.clone(), Arc::clone(&keyer));
                    let service = service_fn(move |request| {
                        let (found, counted, keyer) = (Arc::clone(&found), counted.clone(), Arc::clone(&keyer));
                        async move { take(worker, request, &found, &counted, &keyer).await }
                    });
                    let mut builder = http2::Builder::new(TokioExecutor::new());
                    builder.initial_stream_window_size(8 << 20).initial_connection_window_size(8 << 20);
                    tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
                }
            });
        }
        Ok(Self { addresses, found, count: receiver })
    }

    /// Waits until so many points have come.
    pub async fn wait_for(&self, points: u64) {
        let mut count = self.count.clone();
        count.wait_for(|count| *count >= points).await.expect("the workers run");
    }

    pub fn found(&self) -> Found {
        self.found.lock().unwrap().clone()
    }
}

async fn take(
    worker: usize,
    request: Request<Incoming>,
    found: &Mutex<Found>,
    counted: &watch::Sender<u64>,
    keyer: &Keyer,
) -> Result<Response<http_body_util::combinators::BoxBody<Bytes, Infallible>>, Infallible> {
    let name = request.headers().get("grpc-encoding").and_then(|name| name.to_str().ok()).unwrap_or_default();
    let encoding = Encoding::of_grpc(name).expect("a known encoding");
    let whole = request.into_body().collect().await.expect("a body").to_bytes();
    let encoding = if whole[0] == 1 { encoding } else { Encoding::Identity };
    let mut reservation = Budget::new(64 << 20).empty_reservation();
    let bytes = inflate(whole.slice(PREFIX..), encoding, LARGEST, &mut reservation).expect("a message that fits");
    let scanned = scan(&bytes, keyer, &mut |_| true).expect("valid OTLP");
    let mut all = found.lock().unwrap();
    all.requests += 1;
    all.bytes += whole.len() as u64;
    all.points += scanned.points.len() as u64;
    all.shares[worker] += scanned.points.len() as u64;
    for point in &scanned.points {
        all.sum += f64::from_bits(point.value);
        let known = *all.streams.entry(point.key).or_insert(worker);
        all.strays += u64::from(known != worker);
    }
    counted.send_replace(all.points);
    drop(all);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body = Full::new(Bytes::from_static(&[0; PREFIX])).with_trailers(async move { Some(Ok(trailers)) });
    let mut response = Response::new(body.boxed());
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    Ok(response)
}
