//! What receivers answer, against messages that `prost` encodes.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use prost::Message;

use crate::forwarding::answer::{LONGEST_RETRY_AFTER, PartialSuccess, Status};

/// `google.rpc.Status`, `google.protobuf.Any`, `google.rpc.RetryInfo` and `google.protobuf.Duration`.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

#[derive(Clone, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[test]
fn partial_success() {
    let read = |rejected_data_points, error_message: &str| {
        let partial_success = ExportMetricsPartialSuccess { rejected_data_points, error_message: error_message.into() };
        let response = ExportMetricsServiceResponse { partial_success: Some(partial_success) };
        PartialSuccess::read(&response.encode_to_vec())
    };
    assert_eq!(read(7, "seven"), PartialSuccess { rejected: 7, message: "seven".into() });
    assert_eq!(read(0, ""), PartialSuccess::default());
    assert_eq!(read(-1, "less"), PartialSuccess { rejected: 0, message: "less".into() });
    for unreadable in [&b""[..], b"\xFF", b"<html>"] {
        assert_eq!(PartialSuccess::read(unreadable), PartialSuccess::default());
    }
}

#[test]
fn retry_info() {
    let status = |type_url: &str, seconds, nanos| {
        let info = RetryInfo { retry_delay: Some(Delay { seconds, nanos }) };
        let other = Any { type_url: "type.googleapis.com/google.rpc.DebugInfo".into(), value: vec![0x0A, 0] };
        let details = vec![other, Any { type_url: type_url.into(), value: info.encode_to_vec() }];
        Status::read(&RpcStatus { code: 8, message: "full".into(), details }.encode_to_vec())
    };
    const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";
    assert_eq!(status(RETRY_INFO, 2, 500_000_000).retry_after, Some(Duration::from_millis(2_500)));
    assert_eq!(status(RETRY_INFO, -1, 0).retry_after, Some(Duration::ZERO));
    assert_eq!(status(RETRY_INFO, i64::MAX, 0).retry_after, Some(LONGEST_RETRY_AFTER));
    assert_eq!(status("type.googleapis.com/google.rpc.QuotaFailure", 2, 0).retry_after, None);
    assert_eq!(status(RETRY_INFO, 2, 0).message, "full");
    assert_eq!(Status::read(b"<html>"), Status::default());
}
