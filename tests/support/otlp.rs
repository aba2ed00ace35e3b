//! Requests in few words.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;

/// Nanoseconds.
pub const SECOND: u64 = 1_000_000_000;

/// When tests begin: 2026-09-21.
pub const BEGIN: u64 = 1_790_000_000 * SECOND;

pub const DELTA: i32 = 1;
pub const CUMULATIVE: i32 = 2;

/// A point of the monotonic delta sum `requests` with the attribute `stream`.
pub fn point(stream: &str, start: u64, time: u64, value: i64) -> NumberDataPoint {
    NumberDataPoint {
        attributes: vec![text("stream", stream)],
        start_time_unix_nano: start,
        time_unix_nano: time,
        value: Some(Number::AsInt(value)),
        ..NumberDataPoint::default()
    }
}

pub fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.into())) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

pub fn sum(name: &str, temporality: i32, points: Vec<NumberDataPoint>) -> Metric {
    let sum = Sum { data_points: points, aggregation_temporality: temporality, is_monotonic: true };
    Metric { name: name.into(), data: Some(Data::Sum(sum)), ..Metric::default() }
}

pub fn gauge(name: &str, points: Vec<NumberDataPoint>) -> Metric {
    Metric { name: name.into(), data: Some(Data::Gauge(Gauge { data_points: points })), ..Metric::default() }
}

/// A request of these metrics, from a resource with these attributes.
pub fn request_of(resource: Vec<KeyValue>, metrics: Vec<Metric>) -> Bytes {
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource = Some(Resource { attributes: resource, ..Resource::default() });
    let resource_metrics = vec![ResourceMetrics { resource, scope_metrics, schema_url: String::new() }];
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec().into()
}

/// A request of points of the monotonic delta sum `requests`.
pub fn request(points: Vec<NumberDataPoint>) -> Bytes {
    request_of(vec![text("service.name", "test")], vec![sum("requests", DELTA, points)])
}
