//! Statuses and addresses.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::status::{Code, Meaning, details};
use super::target::Target;

/// A `google.rpc.Status` of code 8 with a `RetryInfo` of one second, as protobuf writes it by hand.
fn retry_info() -> Vec<u8> {
    const URL: &[u8] = b"type.googleapis.com/google.rpc.RetryInfo";
    let detail = [&[0x0A, URL.len() as u8], URL, &[0x12, 4, 0x0A, 2, 0x08, 1]].concat();
    [&[0x08, 8, 0x1A, detail.len() as u8][..], &detail].concat()
}

fn meaning(code: &'static str, details_bin: Option<String>) -> Meaning {
    let mut headers = HeaderMap::new();
    headers.insert("grpc-status", HeaderValue::from_static(code));
    if let Some(details) = details_bin {
        headers.insert("grpc-status-details-bin", details.parse().expect("a header"));
    }
    Code::read(StatusCode::OK, &headers).meaning(&details(&headers))
}

/// The table of the OTLP specification ("OTLP/gRPC Response", "Failures"): which codes are retryable. That some of the others are
/// the client's fault, whatever it sends, is our own.
#[test]
fn codes() {
    for code in ["1", "4", "10", "11", "14", "15"] {
        assert_eq!(meaning(code, None), Meaning::Retry, "{code}");
    }
    for code in ["2", "3", "5", "6", "8", "9", "13", "what"] {
        assert_eq!(meaning(code, None), Meaning::Refuse, "{code}");
    }
    for code in ["7", "12", "16"] {
        assert_eq!(meaning(code, None), Meaning::Hold, "{code}");
    }
    assert_eq!(meaning("0", None), Meaning::Taken);
    // With and without padding.
    for engine in [STANDARD, STANDARD_NO_PAD] {
        assert_eq!(meaning("8", Some(engine.encode(retry_info()))), Meaning::Retry);
    }
}

/// Something in between answers without gRPC ("HTTP to gRPC Status Code Mapping").
#[test]
fn answers_that_are_no_grpc() {
    for (status, expected) in [(502, Meaning::Retry), (429, Meaning::Retry), (401, Meaning::Hold), (404, Meaning::Hold)]
    {
        let status = StatusCode::from_u16(status).expect("a status");
        let headers = HeaderMap::new();
        assert_eq!(Code::read(status, &headers).meaning(&details(&headers)), expected, "{status}");
    }
}

#[test]
fn messages() {
    let mut headers = HeaderMap::new();
    headers.insert("grpc-message", HeaderValue::from_static("100%25 f%C3%BCll%"));
    assert_eq!(details(&headers).message, "100% füll%");
}

/// The Collector's rules for addresses: a scheme decides on TLS before `insecure` does, and a port must be there.
#[test]
fn addresses() {
    let uri = |text: &str, insecure| Target::parse(text).expect("an address").uri(insecure).to_string();
    const PATH: &str = "opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    assert_eq!(uri("worker:4317", true), format!("http://worker:4317/{PATH}"));
    assert_eq!(uri("worker:4317", false), format!("https://worker:4317/{PATH}"));
    assert_eq!(uri("http://worker:4317", false), format!("http://worker:4317/{PATH}"));
    assert_eq!(uri("https://worker:4317", true), format!("https://worker:4317/{PATH}"));
    assert_eq!(uri("dns:///worker:4317", true), format!("http://worker:4317/{PATH}"));
    assert_eq!(uri("[::1]:4317", true), format!("http://[::1]:4317/{PATH}"));
    for wrong in ["", "worker", "worker:abc", "worker:0", ":4317", "unix:///tmp/s", "a:b@worker:4317"] {
        assert!(Target::parse(wrong).is_err(), "{wrong}");
    }
}
