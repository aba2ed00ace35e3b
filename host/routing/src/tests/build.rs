//! Requests in few words.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum};
use opentelemetry_proto::tonic::resource::v1::Resource;
use otlp::key::Keyer;
use otlp::points::Points;
use prost::Message as _;

use crate::{Profile, Route, Router, RoutingKey};

/// Attributes with values that are text.
pub fn texts(entries: &[(&str, &str)]) -> Vec<KeyValue> {
    entries.iter().map(|(key, value)| valued(key, Some(Value::StringValue((*value).to_owned())))).collect()
}

pub fn valued(key: &str, value: Option<Value>) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value }), ..KeyValue::default() }
}

/// A monotonic sum with one point of these attributes.
pub fn sum(name: &str, unit: &str, temporality: i32, attributes: Vec<KeyValue>) -> Metric {
    let point = NumberDataPoint { attributes, ..NumberDataPoint::default() };
    let sum = Sum { data_points: vec![point], aggregation_temporality: temporality, is_monotonic: true };
    Metric { name: name.to_owned(), unit: unit.to_owned(), data: Some(Data::Sum(sum)), ..Metric::default() }
}

/// A request with one metric.
pub fn request(resource: Vec<KeyValue>, scope: (&str, &str, Vec<KeyValue>), metric: Metric) -> Vec<u8> {
    let (name, version, attributes) = scope;
    let scope = InstrumentationScope {
        name: name.to_owned(),
        version: version.to_owned(),
        attributes,
        ..InstrumentationScope::default()
    };
    let scope = ScopeMetrics { scope: Some(scope), metrics: vec![metric], ..ScopeMetrics::default() };
    let resource = Resource { attributes: resource, ..Resource::default() };
    let resource =
        ResourceMetrics { resource: Some(resource), scope_metrics: vec![scope], ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![resource] }.encode_to_vec()
}

pub fn scan(request: &[u8]) -> Points {
    otlp::scan::scan(request, &Keyer::random(), &mut |_| true).expect("a request")
}

/// The routes of all points of a request.
pub fn routes(key: RoutingKey, profile: Profile, request: &[u8]) -> Vec<Route> {
    let (router, points) = (Router::new(key, profile, 16), scan(request));
    let mut walk = router.walk(request, &points, 0);
    points.points.iter().map(|point| walk.point(point).expect("sound attributes")).collect()
}

/// The route of the only point.
pub fn route(key: RoutingKey, profile: Profile, request: &[u8]) -> Route {
    let routes = routes(key, profile, request);
    assert_eq!(routes.len(), 1);
    routes[0]
}
