//! Points as OTLP requests.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Histogram, HistogramDataPoint, Metric as OtlpMetric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum, metric,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::meter::Delta;
use super::model::{Metric, SCOPE, Session, VERSION};

const NANOSECONDS_PER_MS: u64 = 1_000_000;

/// One export of one process.
#[must_use]
pub fn export(session: &Session, deltas: &[Delta]) -> ResourceMetrics {
    let mut metrics: Vec<OtlpMetric> = Vec::new();
    for delta in deltas {
        let point = NumberDataPoint {
            attributes: key_values(session.common.iter().chain(&delta.attributes)),
            start_time_unix_nano: delta.start * NANOSECONDS_PER_MS,
            time_unix_nano: delta.time * NANOSECONDS_PER_MS,
            value: Some(Number::AsDouble(delta.value)),
            ..NumberDataPoint::default()
        };
        let known = metrics.iter_mut().find(|metric| metric.name == delta.metric.name);
        match known.and_then(|metric| metric.data.as_mut()) {
            Some(metric::Data::Sum(sum)) => sum.data_points.push(point),
            _ => metrics.push(counter(delta.metric, point)),
        }
    }
    let scope = InstrumentationScope { name: SCOPE.into(), version: VERSION.into(), ..InstrumentationScope::default() };
    ResourceMetrics {
        resource: Some(Resource { attributes: key_values(session.resource.iter()), ..Resource::default() }),
        scope_metrics: vec![ScopeMetrics { scope: Some(scope), metrics, schema_url: String::new() }],
        schema_url: String::new(),
    }
}

fn counter(metric: Metric, point: NumberDataPoint) -> OtlpMetric {
    OtlpMetric {
        name: metric.name.into(),
        description: metric.description.into(),
        unit: metric.unit.into(),
        data: Some(metric::Data::Sum(Sum {
            data_points: vec![point],
            aggregation_temporality: AggregationTemporality::Delta.into(),
            is_monotonic: true,
        })),
        ..OtlpMetric::default()
    }
}

fn key_values<'a>(attributes: impl Iterator<Item = &'a (&'static str, String)>) -> Vec<KeyValue> {
    attributes
        .map(|(key, value)| KeyValue {
            key: (*key).into(),
            value: Some(AnyValue { value: Some(Value::StringValue(value.clone())) }),
            ..KeyValue::default()
        })
        .collect()
}

/// Upper bounds of the histograms that a load may have: eleven.
pub const BOUNDS: [f64; 11] = [0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 1000.0];

/// Makes a histogram of each counter: one value a point, in one of the buckets of [`BOUNDS`].
pub fn make_histograms(request: &mut ExportMetricsServiceRequest) {
    for metric in metrics_mut(request) {
        let Some(metric::Data::Sum(sum)) = metric.data.take() else { continue };
        let point = |point: NumberDataPoint| HistogramDataPoint {
            attributes: point.attributes,
            explicit_bounds: BOUNDS.to_vec(),
            ..HistogramDataPoint::default()
        };
        metric.data = Some(metric::Data::Histogram(Histogram {
            data_points: sum.data_points.into_iter().map(point).collect(),
            aggregation_temporality: sum.aggregation_temporality,
        }));
    }
}

/// A point that is to be filled.
#[derive(Debug)]
pub enum Slot<'a> {
    /// Of a counter.
    Number(&'a mut NumberDataPoint),
    /// Of a histogram.
    Histogram(&'a mut HistogramDataPoint),
}

impl Slot<'_> {
    /// Gives the point its times, nanoseconds, and what was measured.
    pub fn fill(&mut self, start: u64, time: u64, value: f64) {
        match self {
            Self::Number(point) => {
                (point.start_time_unix_nano, point.time_unix_nano) = (start, time);
                point.value = Some(Number::AsDouble(value));
            }
            Self::Histogram(point) => {
                (point.start_time_unix_nano, point.time_unix_nano) = (start, time);
                (point.count, point.sum, point.min, point.max) = (1, Some(value), Some(value), Some(value));
                let bucket = BOUNDS.partition_point(|bound| *bound < value);
                point.bucket_counts.clear();
                point.bucket_counts.resize(BOUNDS.len() + 1, 0);
                if let Some(count) = point.bucket_counts.get_mut(bucket) {
                    *count = 1;
                }
            }
        }
    }
}

fn metrics_mut(request: &mut ExportMetricsServiceRequest) -> impl Iterator<Item = &mut OtlpMetric> {
    request
        .resource_metrics
        .iter_mut()
        .flat_map(|resource| &mut resource.scope_metrics)
        .flat_map(|scope| &mut scope.metrics)
}

/// All points of a request.
pub fn points_mut(request: &mut ExportMetricsServiceRequest) -> impl Iterator<Item = Slot<'_>> {
    metrics_mut(request).flat_map(|metric| -> Vec<Slot<'_>> {
        match &mut metric.data {
            Some(metric::Data::Sum(sum)) => sum.data_points.iter_mut().map(Slot::Number).collect(),
            Some(metric::Data::Histogram(own)) => own.data_points.iter_mut().map(Slot::Histogram).collect(),
            _ => Vec::new(),
        }
    })
}
