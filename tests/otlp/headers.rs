//! What stands above the points of a request, as the scan has found it and as `prost` decodes it.

use model::Kind;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, Gauge, Histogram, Metric, ResourceMetrics, ScopeMetrics, Sum, Summary,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use otlp::points::{ByteRange, MetricPlace, Points};
use prost::Message;

use super::plain::found;

/// The request without its points, put together again from what the scan has found in `bytes`, which it has taken.
pub fn read(bytes: &[u8]) -> Vec<u8> {
    let found = found(bytes).expect("it was taken before");
    for point in &found.points {
        assert_eq!(found.metrics[point.metric as usize].kind, Some(point.kind));
    }
    let mut request = ExportMetricsServiceRequest::default();
    for place in &found.resources {
        let resource = decode::<Resource>(&[place.message], bytes);
        request.resource_metrics.push(ResourceMetrics {
            resource: Some(resource),
            scope_metrics: Vec::new(),
            schema_url: text(place.schema_url, bytes),
        });
    }
    // Where each scope went.
    let mut order = Vec::new();
    for place in &found.scopes {
        let scopes = &mut request.resource_metrics[place.resource as usize].scope_metrics;
        order.push((place.resource as usize, scopes.len()));
        let scope = decode::<InstrumentationScope>(&[place.message], bytes);
        scopes.push(ScopeMetrics {
            scope: Some(scope),
            metrics: Vec::new(),
            schema_url: text(place.schema_url, bytes),
        });
    }
    for place in &found.metrics {
        let (resource, scope) = order[place.scope as usize];
        let metric = metric(place, &found, bytes);
        request.resource_metrics[resource].scope_metrics[scope].metrics.push(metric);
    }
    request.encode_to_vec()
}

fn metric(place: &MetricPlace, found: &Points, bytes: &[u8]) -> Metric {
    let mut metric = decode::<Metric>(&[place.before, place.behind], bytes);
    assert!(metric.data.is_none());
    assert_eq!(metric.name, text(place.name, bytes));
    assert_eq!(metric.description, text(place.description, bytes));
    assert_eq!(metric.unit, text(place.unit, bytes));
    metric.data = place.kind.map(|kind| match kind {
        Kind::Gauge => Data::Gauge(decode::<Gauge>(&[place.data], bytes)),
        Kind::Sum => Data::Sum(decode::<Sum>(&[place.data], bytes)),
        Kind::Histogram => Data::Histogram(decode::<Histogram>(&[place.data], bytes)),
        Kind::ExponentialHistogram => Data::ExponentialHistogram(decode::<ExponentialHistogram>(&[place.data], bytes)),
        Kind::Summary => Data::Summary(decode::<Summary>(&[place.data], bytes)),
    });
    let (temporality, monotonic, points) = metric.data.as_mut().map_or((0, false, 0), strip);
    let temporality = if matches!(temporality, 1 | 2) { temporality as u8 } else { 0 };
    assert_eq!((place.temporality, place.monotonic), (temporality, monotonic));
    let index = found.metrics.iter().position(|other| std::ptr::eq(other, place)).expect("it is one of them");
    assert_eq!(found.points.iter().filter(|point| point.metric as usize == index).count(), points);
    metric
}

/// Takes the points out; says temporality, monotonicity, and how many points there were.
fn strip(data: &mut Data) -> (i32, bool, usize) {
    match data {
        Data::Gauge(it) => (0, false, it.data_points.drain(..).count()),
        Data::Sum(it) => (it.aggregation_temporality, it.is_monotonic, it.data_points.drain(..).count()),
        Data::Histogram(it) => (it.aggregation_temporality, false, it.data_points.drain(..).count()),
        Data::ExponentialHistogram(it) => (it.aggregation_temporality, false, it.data_points.drain(..).count()),
        Data::Summary(it) => (0, false, it.data_points.drain(..).count()),
    }
}

fn decode<M: Message + Default>(spans: &[ByteRange], bytes: &[u8]) -> M {
    let message: Vec<u8> = spans.iter().flat_map(|span| span.bytes(bytes)).copied().collect();
    M::decode(&*message).expect("the scan has read it")
}

fn text(span: ByteRange, bytes: &[u8]) -> String {
    String::from_utf8(span.bytes(bytes).to_vec()).expect("the scan has read it")
}

/// The same from what `prost` has decoded. A resource or a scope that is not there is an empty one.
pub fn oracle(request: &ExportMetricsServiceRequest) -> Vec<u8> {
    let mut request = request.clone();
    for resource in &mut request.resource_metrics {
        resource.resource.get_or_insert_default();
        for scope in &mut resource.scope_metrics {
            scope.scope.get_or_insert_default();
            for data in scope.metrics.iter_mut().filter_map(|metric| metric.data.as_mut()) {
                strip(data);
            }
        }
    }
    request.encode_to_vec()
}
