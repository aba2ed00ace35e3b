//! OTLP's JSON encoding, written down once more for tests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint, SummaryDataPoint, exemplar,
    number_data_point,
};
use serde_json::{Map, Value, json};

/// What the rules leave open.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    pub integers_as_text: bool,
    pub snake_case: bool,
    pub nulls: bool,
}

/// The JSON of a request.
pub fn to_json(request: &ExportMetricsServiceRequest, style: Style) -> Value {
    let resources = request.resource_metrics.iter().map(|resource| {
        let scopes = resource.scope_metrics.iter().map(|scope| {
            let described = scope.scope.as_ref().map_or(Value::Null, |scope| {
                json!({"name": scope.name, "version": scope.version, "attributes": attributes(&scope.attributes, style),
                       "droppedAttributesCount": scope.dropped_attributes_count})
            });
            let metrics: Vec<_> = scope.metrics.iter().map(|it| metric(it, style)).collect();
            json!({"scope": described, "metrics": metrics, "schemaUrl": scope.schema_url})
        });
        let described = resource.resource.as_ref().map_or(
            Value::Null,
            |resource| json!({"attributes": attributes(&resource.attributes, style), "droppedAttributesCount": 0}),
        );
        json!({"resource": described, "scopeMetrics": scopes.collect::<Vec<_>>(), "schemaUrl": resource.schema_url})
    });
    styled(json!({"resourceMetrics": resources.collect::<Vec<_>>()}), style)
}

/// Names of fields in the other spelling, and without nulls, if so asked.
fn styled(value: Value, style: Style) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(|value| styled(value, style)).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| style.nulls || !value.is_null());
            let name = |name: String| if style.snake_case { snake_case(&name) } else { name };
            Value::Object(fields.map(|(key, value)| (name(key), styled(value, style))).collect::<Map<_, _>>())
        }
        other => other,
    }
}

fn snake_case(name: &str) -> String {
    let word = |letter: char| if letter.is_uppercase() { "_" } else { "" };
    name.chars().map(|letter| format!("{}{}", word(letter), letter.to_lowercase())).collect()
}

fn metric(metric: &Metric, style: Style) -> Value {
    let points = |points: Vec<Value>| json!(points);
    let data = match &metric.data {
        None => ("gauge", Value::Null),
        Some(Data::Gauge(it)) => {
            ("gauge", json!({"dataPoints": points(it.data_points.iter().map(|it| number_point(it, style)).collect())}))
        }
        Some(Data::Sum(it)) => (
            "sum",
            json!({"dataPoints": points(it.data_points.iter().map(|it| number_point(it, style)).collect()),
                   "aggregationTemporality": temporality(it.aggregation_temporality, style),
                   "isMonotonic": it.is_monotonic}),
        ),
        Some(Data::Histogram(it)) => (
            "histogram",
            json!({"dataPoints": points(it.data_points.iter().map(|it| histogram_point(it, style)).collect()),
                   "aggregationTemporality": temporality(it.aggregation_temporality, style)}),
        ),
        Some(Data::ExponentialHistogram(it)) => (
            "exponentialHistogram",
            json!({"dataPoints": points(it.data_points.iter().map(|it| exponential_point(it, style)).collect()),
                   "aggregationTemporality": temporality(it.aggregation_temporality, style)}),
        ),
        Some(Data::Summary(it)) => (
            "summary",
            json!({"dataPoints": points(it.data_points.iter().map(|it| summary_point(it, style)).collect())}),
        ),
    };
    json!({"name": metric.name, "description": metric.description, "unit": metric.unit, data.0: data.1,
           "metadata": attributes(&metric.metadata, style)})
}

fn number_point(point: &NumberDataPoint, style: Style) -> Value {
    let value = match point.value {
        None => ("asInt", Value::Null),
        Some(number_data_point::Value::AsInt(value)) => ("asInt", integer(value, style)),
        Some(number_data_point::Value::AsDouble(value)) => ("asDouble", double(value)),
    };
    json!({"startTimeUnixNano": integer(point.start_time_unix_nano, style),
           "timeUnixNano": integer(point.time_unix_nano, style), value.0: value.1, "flags": point.flags,
           "attributes": attributes(&point.attributes, style), "exemplars": exemplars(&point.exemplars, style)})
}

fn histogram_point(point: &HistogramDataPoint, style: Style) -> Value {
    json!({"startTimeUnixNano": integer(point.start_time_unix_nano, style),
           "timeUnixNano": integer(point.time_unix_nano, style), "count": integer(point.count, style),
           "sum": point.sum.map(double), "min": point.min.map(double), "max": point.max.map(double),
           "bucketCounts": point.bucket_counts.iter().map(|it| integer(*it, style)).collect::<Vec<_>>(),
           "explicitBounds": point.explicit_bounds.iter().map(|it| double(*it)).collect::<Vec<_>>(),
           "flags": point.flags, "attributes": attributes(&point.attributes, style),
           "exemplars": exemplars(&point.exemplars, style)})
}

fn exponential_point(point: &ExponentialHistogramDataPoint, style: Style) -> Value {
    json!({"startTimeUnixNano": integer(point.start_time_unix_nano, style),
           "timeUnixNano": integer(point.time_unix_nano, style), "count": integer(point.count, style),
           "sum": point.sum.map(double), "min": point.min.map(double), "max": point.max.map(double),
           "scale": point.scale, "zeroCount": integer(point.zero_count, style),
           "zeroThreshold": double(point.zero_threshold), "positive": buckets(point.positive.as_ref(), style),
           "negative": buckets(point.negative.as_ref(), style), "flags": point.flags,
           "attributes": attributes(&point.attributes, style), "exemplars": exemplars(&point.exemplars, style)})
}

fn buckets(buckets: Option<&Buckets>, style: Style) -> Value {
    buckets.map_or(Value::Null, |buckets| {
        let counts: Vec<_> = buckets.bucket_counts.iter().map(|it| integer(*it, style)).collect();
        json!({"offset": buckets.offset, "bucketCounts": counts})
    })
}

fn summary_point(point: &SummaryDataPoint, style: Style) -> Value {
    let quantiles = point.quantile_values.iter();
    let quantiles = quantiles.map(|it| json!({"quantile": double(it.quantile), "value": double(it.value)}));
    json!({"startTimeUnixNano": integer(point.start_time_unix_nano, style),
           "timeUnixNano": integer(point.time_unix_nano, style), "count": integer(point.count, style),
           "sum": double(point.sum), "quantileValues": quantiles.collect::<Vec<_>>(), "flags": point.flags,
           "attributes": attributes(&point.attributes, style)})
}

fn exemplars(exemplars: &[Exemplar], style: Style) -> Value {
    let id = |id: &[u8]| id.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let one = |it: &Exemplar| {
        let value = match it.value {
            None => ("asInt", Value::Null),
            Some(exemplar::Value::AsInt(value)) => ("asInt", integer(value, style)),
            Some(exemplar::Value::AsDouble(value)) => ("asDouble", double(value)),
        };
        json!({"timeUnixNano": integer(it.time_unix_nano, style), value.0: value.1, "spanId": id(&it.span_id),
               "traceId": id(&it.trace_id), "filteredAttributes": attributes(&it.filtered_attributes, style)})
    };
    exemplars.iter().map(one).collect()
}

fn attributes(attributes: &[KeyValue], style: Style) -> Value {
    let one = |it: &KeyValue| json!({"key": it.key, "value": it.value.as_ref().map(|value| any(value, style))});
    attributes.iter().map(one).collect()
}

fn any(value: &AnyValue, style: Style) -> Value {
    match &value.value {
        None => json!({}),
        Some(Any::StringValue(text)) => json!({"stringValue": text}),
        Some(Any::BoolValue(value)) => json!({"boolValue": value}),
        Some(Any::IntValue(value)) => json!({"intValue": integer(*value, style)}),
        Some(Any::DoubleValue(value)) => json!({"doubleValue": double(*value)}),
        Some(Any::BytesValue(bytes)) => json!({"bytesValue": STANDARD.encode(bytes)}),
        Some(Any::ArrayValue(array)) => {
            json!({"arrayValue": {"values": array.values.iter().map(|it| any(it, style)).collect::<Vec<_>>()}})
        }
        Some(Any::KvlistValue(map)) => json!({"kvlistValue": {"values": attributes(&map.values, style)}}),
        Some(Any::StringValueStrindex(index)) => json!({"stringValueStrindex": index}),
    }
}

fn temporality(number: i32, style: Style) -> Value {
    match number {
        1 if style.integers_as_text => "AGGREGATION_TEMPORALITY_DELTA".into(),
        2 if style.integers_as_text => "AGGREGATION_TEMPORALITY_CUMULATIVE".into(),
        _ => number.into(),
    }
}

fn integer(value: impl ToString + Into<Value>, style: Style) -> Value {
    if style.integers_as_text { value.to_string().into() } else { value.into() }
}

fn double(value: f64) -> Value {
    match value {
        _ if value.is_nan() => "NaN".into(),
        f64::INFINITY => "Infinity".into(),
        f64::NEG_INFINITY => "-Infinity".into(),
        _ => value.into(),
    }
}
