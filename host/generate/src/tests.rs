use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use prost::Message as _;
use tokio::net::TcpListener;

use super::model::Detail;
use super::send::{Exporter, Framing, Packing, Protocol};
use super::steady::{self, Load};

/// Points that the server says it dropped are counted, request by request: the totals are then not known to be true.
#[tokio::test]
async fn dropped_points_are_counted() {
    let endpoint = format!("http://{}", server(2).await);
    let exporter = Exporter::new(Protocol::Http, &endpoint, Framing::Length, Packing::None).expect("an address");
    let load = Load {
        seed: 1,
        sessions: 1,
        rounds: 3,
        sessions_per_request: 1,
        connections: 1,
        interval: Duration::from_secs(60),
        rate: None,
        detail: Detail::Full,
        packing: Packing::None,
        histograms: false,
    };
    let truth = steady::run(load, vec![exporter]).await;
    assert_eq!((truth.requests, truth.lost_points), (3, 0));
    assert_eq!(truth.rejected_points, 6);
    assert_eq!(truth.to_json()["rejected_points"], 6);
}

/// A server that takes all requests and says that it dropped so many points of each; returns its address.
async fn server(rejected: i64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let partial_success =
        Some(ExportMetricsPartialSuccess { rejected_data_points: rejected, error_message: "told so".into() });
    let answer = Bytes::from(ExportMetricsServiceResponse { partial_success }.encode_to_vec());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(|request| take(request, answer.clone()));
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.expect("a connection");
        }
    });
    address
}

async fn take(request: Request<Incoming>, answer: Bytes) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut body = request.into_body();
    while body.frame().await.is_some() {}
    Ok(Response::new(Full::from(answer)))
}
