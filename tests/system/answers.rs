//! What senders are told: the Collector's status codes and bodies, and those of gRPC.

use std::time::{Duration, Instant};

use base64::Engine as _;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use prost::Message;

use crate::alluvium::{Alluvium, PATIENCE, RECEIVERS, TELEMETRY};
use crate::raw::{self, Answer, EXPORT, framed};
use crate::support::compress::{self, gzip};
use crate::support::otlp::{BEGIN, SECOND, point, request};
use crate::support::sink::{Say, Sink};

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

const INVALID_ARGUMENT: i32 = 3;
const RESOURCE_EXHAUSTED: i32 = 8;
const UNIMPLEMENTED: i32 = 12;
const UNAVAILABLE: i32 = 14;

/// Receivers in front of a guest and a page.
pub fn scraped(processor: &str) -> String {
    format!(
        "{RECEIVERS}
processors:
  delta_to_cumulative: {processor}
exporters:
  prometheus: {{endpoint: '127.0.0.1:0'}}
service:{TELEMETRY}
  pipelines:
    metrics: {{receivers: [otlp], processors: [delta_to_cumulative], exporters: [prometheus]}}
"
    )
}

fn valid() -> Bytes {
    request(vec![point("a", BEGIN, BEGIN + SECOND, 1)])
}

/// A 4xx or 5xx of OTLP/HTTP: a `google.rpc.Status` in the encoding of the request.
pub fn status_of(answer: &Answer) -> (i32, String) {
    assert_eq!(answer.header("content-type"), "application/x-protobuf");
    let status = Status::decode(answer.body.clone()).expect("a status");
    (status.code, status.message)
}

/// The status of a gRPC call, and its message.
pub fn grpc_status(answer: &Answer) -> (i32, String) {
    assert_eq!(answer.status, StatusCode::OK);
    (answer.header("grpc-status").parse().expect("a code"), answer.header("grpc-message").to_owned())
}

/// What is taken is answered with an empty `partial_success`, however the body comes.
#[tokio::test]
async fn taken() {
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let cases: [(&[(&str, &str)], Bytes); 4] = [
        (&[], valid()),
        (&[], Bytes::new()),
        (&[("content-type", "application/x-protobuf; charset=utf-8")], valid()),
        (&[("content-encoding", "identity")], valid()),
    ];
    for (headers, body) in cases {
        took(&raw::post(&alluvium.http, headers, body).await, headers);
    }
    for (encoding, compress) in compress::HTTP {
        let headers = [("content-encoding", encoding)];
        took(&raw::post(&alluvium.http, &headers, compress(&valid())).await, &headers);
    }
    let grpc = &alluvium.grpc;
    took_call(&raw::call(grpc, EXPORT, &[], framed(0, &valid())).await, "none");
    took_call(&raw::call(grpc, EXPORT, &[], framed(0, &[])).await, "none");
    // What a call could be compressed with, it need not be.
    took_call(&raw::call(grpc, EXPORT, &[("grpc-encoding", "zstd")], framed(0, &valid())).await, "unused");
    for (encoding, compress) in compress::HTTP {
        if let "gzip" | "snappy" | "zstd" = encoding {
            let body = framed(1, &compress(&valid()));
            took_call(&raw::call(grpc, EXPORT, &[("grpc-encoding", encoding)], body).await, encoding);
        }
    }
}

fn took_call(answer: &Answer, encoding: &str) {
    assert_eq!(grpc_status(answer), (0, String::new()), "{encoding}");
    assert_eq!(answer.body, framed(0, &[0x0a, 0x00]));
}

fn took(answer: &Answer, headers: &[(&str, &str)]) {
    assert_eq!(answer.status, 200, "{headers:?}: {}", answer.text());
    assert_eq!(answer.header("content-type"), "application/x-protobuf");
    assert_eq!(answer.body.as_ref(), [0x0a, 0x00]);
}

/// Points that were dropped are told, with the reason, and their number: the others have been taken.
#[tokio::test]
async fn taken_in_part() {
    let alluvium = Alluvium::start(&scraped("{max_streams: 1}")).await;
    let body = request(vec![point("a", BEGIN, BEGIN + SECOND, 1), point("b", BEGIN, BEGIN + SECOND, 1)]);
    let answer = raw::post(&alluvium.http, &[], body).await;
    assert_eq!(answer.status, 200);
    let response = ExportMetricsServiceResponse::decode(answer.body).expect("a response");
    let partial = response.partial_success.expect("partial success");
    assert_eq!(partial.rejected_data_points, 1);
    // The Collector's own word for it.
    assert!(partial.error_message.contains("delta_to_cumulative (limit)"), "{}", partial.error_message);
}

/// Requests that are none are refused as the Collector refuses them, so that no sender repeats them.
#[tokio::test]
async fn refused_for_good_over_http() {
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let http = &alluvium.http;

    let answer = raw::get(http, "/v1/metrics").await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"));
    assert_eq!(answer.text(), "405 method not allowed, supported: [POST]");

    let answer = raw::post(http, &[("content-type", "text/plain")], valid()).await;
    assert_eq!(answer.status, 415);
    let supported = "415 unsupported media type, supported: [application/json, application/x-protobuf]";
    assert_eq!(answer.text(), supported);

    let answer = raw::get(http, "/metrics").await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (404, "404 page not found"));

    for path in ["/v1/logs", "/v1/traces"] {
        let request = Request::post(path).header("content-type", "application/x-protobuf");
        let answer = raw::send(http, request.body(Full::default()).expect("a request")).await;
        assert_eq!(answer.status, 404);
        assert!(answer.text().contains("metrics only"), "{}", answer.text());
    }

    let answer = raw::post(http, &[("content-encoding", "br")], valid()).await;
    assert_eq!(answer.status, 400);
    assert_eq!(status_of(&answer), (INVALID_ARGUMENT, "unsupported Content-Encoding: br".into()));
}

/// OTLP/JSON is taken, whatever it is compressed with, and answered in JSON, in the Collector's words.
#[tokio::test]
async fn json() {
    let alluvium = Alluvium::start(&scraped("{max_streams: 1}")).await;
    let json = json_of(&["a"]);
    for (content_type, encoding, body) in [
        ("application/json", "identity", json.clone()),
        ("application/json; charset=utf-8", "gzip", gzip(&json)),
        ("Application/JSON", "zstd", compress::zstd(&json)),
        ("application/json", "identity", Bytes::from("{}")),
    ] {
        let headers = [("content-type", content_type), ("content-encoding", encoding)];
        let answer = raw::post(&alluvium.http, &headers, body).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.text(), r#"{"partialSuccess":{}}"#);
    }
    // A series that is new shows zero first.
    raw::scrape(&alluvium.scrape).await;
    let page = raw::scrape(&alluvium.scrape).await.text();
    let expected = "requests_total{job=\"test\",stream=\"a\"} 3";
    assert!(page.lines().any(|line| line.starts_with(expected)), "{page}");

    let answer = raw::post(&alluvium.http, &[JSON], json_of(&["a", "b"])).await;
    assert_eq!(answer.status, 200);
    let told: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(told["partialSuccess"]["rejectedDataPoints"], "2");
    let message = told["partialSuccess"]["errorMessage"].as_str().expect("text");
    assert!(message.contains("delta_to_cumulative (limit)"), "{message}");

    let refused = |headers: &'static [(&str, &str)], body: &'static str| {
        let http = &alluvium.http;
        async move {
            let answer = raw::post(http, headers, Bytes::from(body)).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (400, "application/json"));
            answer.text()
        }
    };
    let unsupported = r#"{"code":3,"message":"unsupported Content-Encoding: br"}"#;
    assert_eq!(refused(&[JSON, ("content-encoding", "br")], "{}").await, unsupported);
    // Of a type that nobody knows, too.
    assert_eq!(refused(&[("content-type", "text/plain"), ("content-encoding", "br")], "{}").await, unsupported);
    let empty = "the body is not valid OTLP/JSON: EOF while parsing a value at line 1 column 0";
    let empty = format!(r#"{{"code":3,"message":"malformed OTLP: {empty}"}}"#);
    assert_eq!(refused(&[JSON], "").await, empty);
    let wrong = refused(&[JSON], r#"{"resourceMetrics":7}"#).await;
    assert!(wrong.starts_with(r#"{"code":3,"message":"malformed OTLP: "#), "{wrong}");
}

/// What OTLP/JSON is called.
pub const JSON: (&str, &str) = ("content-type", "application/json");

/// A request of three for each stream, in one point or two.
fn json_of(streams: &[&str]) -> Bytes {
    let point = |stream: &str, value: i64, begin: u64| {
        serde_json::json!({
            "attributes": [{"key": "stream", "value": {"stringValue": stream}}],
            "startTimeUnixNano": begin.to_string(), "timeUnixNano": (begin + SECOND).to_string(),
            "asInt": value.to_string(),
        })
    };
    let points = streams.iter().flat_map(|stream| [point(stream, 1, BEGIN), point(stream, 2, BEGIN + SECOND)]);
    let points: Vec<_> = points.collect();
    let sum = serde_json::json!({"dataPoints": points, "aggregationTemporality": 1, "isMonotonic": true});
    let service = serde_json::json!({"key": "service.name", "value": {"stringValue": "test"}});
    let json = serde_json::json!({"resourceMetrics": [{
        "resource": {"attributes": [service]},
        "scopeMetrics": [{"metrics": [{"name": "requests", "sum": sum}]}],
    }]});
    json.to_string().into()
}

/// The Collector's limits, before and after a body is inflated: 20 MiB over HTTP, 4 MiB over gRPC.
#[tokio::test]
async fn refused_for_size() {
    const HTTP: usize = 20 << 20;
    const GRPC: usize = 4 << 20;
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let too_large = vec![0; HTTP + 1];
    let plain = std::iter::once(("identity", Bytes::from(too_large.clone())));
    let compressed = compress::HTTP.map(|(encoding, compress)| (encoding, compress(&too_large)));
    for (encoding, body) in plain.chain(compressed) {
        let answer = raw::post(&alluvium.http, &[("content-encoding", encoding)], body).await;
        assert_eq!(answer.status, 400, "{encoding}");
        let (_, message) = status_of(&answer);
        assert!(message.contains("request body too large"), "{message}");
    }
    let too_large = vec![0; GRPC + 1];
    let cases: [(&[(&str, &str)], Bytes); 2] =
        [(&[], framed(0, &too_large)), (&[("grpc-encoding", "gzip")], framed(1, &gzip(&too_large)))];
    for (headers, body) in cases {
        let (code, message) = grpc_status(&raw::call(&alluvium.grpc, EXPORT, headers, body).await);
        assert_eq!(code, RESOURCE_EXHAUSTED, "{message}");
        assert!(message.contains("larger than"), "{message}");
    }
}

/// Calls that are none are refused in gRPC's codes.
#[tokio::test]
async fn refused_for_good_over_grpc() {
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let call = |path, headers, body| {
        let grpc = &alluvium.grpc;
        async move { grpc_status(&raw::call(grpc, path, headers, body).await) }
    };
    let no_headers: &[(&str, &str)] = &[];

    let logs = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
    let (code, message) = call(logs, no_headers, framed(0, &[])).await;
    assert_eq!(code, UNIMPLEMENTED);
    assert!(message.contains("metrics only"), "{message}");

    let (code, message) = call("/some.Service/Method", no_headers, framed(0, &[])).await;
    assert_eq!(code, UNIMPLEMENTED);
    assert!(message.contains("/some.Service/Method"), "{message}");

    let (code, message) = call(EXPORT, &[("grpc-encoding", "br")], framed(1, &[])).await;
    assert_eq!(code, UNIMPLEMENTED);
    assert_eq!(message, "unsupported grpc-encoding: br; supported: identity,gzip,snappy,zstd");

    for body in [framed(1, &valid()), framed(7, &valid()), Bytes::new(), framed(0, &valid()).slice(..9)] {
        let (code, message) = call(EXPORT, no_headers, body).await;
        assert_eq!(code, INVALID_ARGUMENT, "{message}");
        assert!(!message.is_empty());
    }
}

/// A full system says when to come again, in the words of each protocol; once there is room, it takes what it refused.
#[tokio::test]
async fn refused_for_now() {
    let sink = Sink::start().await;
    sink.script(std::iter::repeat_n(Say::Nothing, 100));
    let config = format!(
        "{RECEIVERS}
processors:
  delta_to_cumulative:
exporters:
  prometheusremotewrite:
    endpoint: {}
    timeout: 1s
    remote_write_queue: {{queue_size: 2, num_consumers: 1}}
service:{TELEMETRY}
  pipelines:
    metrics: {{receivers: [otlp], processors: [delta_to_cumulative], exporters: [prometheusremotewrite]}}
",
        sink.url()
    );
    let alluvium = Alluvium::start(&config).await;
    let point_at = |second: u64| {
        let time = BEGIN + second * SECOND;
        request(vec![point("a", time - SECOND, time, 1)])
    };
    let mut second = 1;
    let begun = Instant::now();
    let refused = loop {
        let answer = raw::post(&alluvium.http, &[], point_at(second)).await;
        if answer.status != 200 {
            break answer;
        }
        second += 1;
        assert!(begun.elapsed() < PATIENCE, "it never fills");
    };
    assert_eq!(refused.status, 503);
    let after: u32 = refused.header("retry-after").parse().expect("seconds");
    // The SDKs give up after ten seconds in all.
    assert!((1..=3).contains(&after), "{after}");
    let (code, message) = status_of(&refused);
    assert_eq!(code, UNAVAILABLE);
    assert!(message.contains("prometheusremotewrite"), "{message}");

    let answer = raw::call(&alluvium.grpc, EXPORT, &[], framed(0, &point_at(second))).await;
    assert_eq!(grpc_status(&answer).0, UNAVAILABLE);
    let details = base64::engine::general_purpose::STANDARD_NO_PAD.decode(answer.header("grpc-status-details-bin"));
    let details = Status::decode(&*details.expect("base64")).expect("a status").details;
    assert_eq!(details[0].type_url, "type.googleapis.com/google.rpc.RetryInfo");

    sink.forget_script();
    let mut attempts = 0;
    while raw::post(&alluvium.http, &[], point_at(second)).await.status != 200 {
        attempts += 1;
        assert!(attempts < 100, "it never takes it");
        // As the sender was told.
        tokio::time::sleep(Duration::from_secs(after.into())).await;
    }
    assert!(alluvium.stop().await.success());
    let last = sink.samples().into_iter().max_by_key(|sample| sample.time).expect("samples");
    assert_eq!(last.value, second as f64, "each point has been counted once");
}
