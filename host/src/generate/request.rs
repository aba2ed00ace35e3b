//! Points as OTLP requests.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Metric as OtlpMetric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric,
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

/// All points of a request.
pub fn points_mut(request: &mut ExportMetricsServiceRequest) -> impl Iterator<Item = &mut NumberDataPoint> {
    request
        .resource_metrics
        .iter_mut()
        .flat_map(|resource| &mut resource.scope_metrics)
        .flat_map(|scope| &mut scope.metrics)
        .filter_map(|metric| match &mut metric.data {
            Some(metric::Data::Sum(sum)) => Some(&mut sum.data_points),
            _ => None,
        })
        .flatten()
}
