//! A metadata service that gives documents by their paths.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// A task on Fargate with this host and another container, in the form of the AWS documentation.
pub const TASK: [(&str, &str); 2] = [
    (
        "/v4/x/task",
        r#"{
  "Cluster": "arn:aws:ecs:us-west-2:111122223333:cluster/default",
  "TaskARN": "arn:aws:ecs:us-west-2:111122223333:task/default/e9028f8d5d8e4f258373e7b93ce9a3c3",
  "Family": "curltest",
  "Revision": "3",
  "DesiredStatus": "RUNNING",
  "KnownStatus": "RUNNING",
  "AvailabilityZone": "us-west-2d",
  "LaunchType": "FARGATE",
  "Containers": [
    {"DockerId": "own", "Name": "host", "Type": "NORMAL", "KnownStatus": "RUNNING", "LogDriver": "awslogs"},
    {
      "DockerId": "other", "Name": "app", "Type": "NORMAL", "KnownStatus": "RUNNING", "LogDriver": "awslogs",
      "LogOptions": {"awslogs-group": "/ecs/app", "awslogs-region": "us-west-2", "awslogs-stream": "ecs/app/1"}
    }
  ]
}"#,
    ),
    ("/v4/x", r#"{"DockerId": "own", "Name": "host"}"#),
];

/// A service at work.
pub struct Metadata {
    /// `http://host:port`
    pub url: String,
    asked: Arc<AtomicU64>,
}

impl Metadata {
    /// How many requests have come.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }
}

/// Serves these documents until the test ends.
pub async fn serve(documents: &[(&str, &str)]) -> Metadata {
    let asked: Arc<AtomicU64> = Arc::default();
    let counter = Arc::clone(&asked);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let documents = documents.iter().map(|(path, text)| ((*path).to_owned(), Bytes::from((*text).to_owned())));
    let documents: Arc<BTreeMap<String, Bytes>> = Arc::new(documents.collect());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (documents, counter) = (Arc::clone(&documents), Arc::clone(&counter));
            tokio::spawn(async move {
                let service = service_fn(|request: Request<Incoming>| {
                    counter.fetch_add(1, Ordering::AcqRel);
                    let found = documents.get(request.uri().path()).cloned();
                    let mut response = Response::new(Full::new(found.clone().unwrap_or_default()));
                    if found.is_none() {
                        *response.status_mut() = StatusCode::NOT_FOUND;
                    }
                    async move { Ok::<_, Infallible>(response) }
                });
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Metadata { url, asked }
}
