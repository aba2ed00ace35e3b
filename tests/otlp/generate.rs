//! Random requests: every kind of point, every kind of value.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric,
    NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, exemplar, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z._]{1,12}", "\\PC{0,6}"]
}

pub fn value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        Just(AnyValue { value: None }),
        text().prop_map(|text| AnyValue { value: Some(Value::StringValue(text)) }),
        any::<bool>().prop_map(|value| AnyValue { value: Some(Value::BoolValue(value)) }),
        any::<i64>().prop_map(|value| AnyValue { value: Some(Value::IntValue(value)) }),
        any::<f64>().prop_map(|value| AnyValue { value: Some(Value::DoubleValue(value)) }),
        vec(any::<u8>(), 0..6).prop_map(|bytes| AnyValue { value: Some(Value::BytesValue(bytes)) }),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4)
                .prop_map(|values| AnyValue { value: Some(Value::ArrayValue(ArrayValue { values })) }),
            vec((text(), option::of(inner)), 0..4).prop_map(|entries| AnyValue {
                value: Some(Value::KvlistValue(KeyValueList { values: key_values(entries) }))
            }),
        ]
    })
}

fn key_values(entries: Vec<(String, Option<AnyValue>)>) -> Vec<KeyValue> {
    entries.into_iter().map(|(key, value)| KeyValue { key, value, ..KeyValue::default() }).collect()
}

pub fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    vec((text(), option::weighted(0.9, value())), 0..5).prop_map(key_values)
}

fn exemplars() -> impl Strategy<Value = Vec<Exemplar>> {
    let exemplar = (attributes(), any::<u64>(), vec(any::<u8>(), 0..3), any::<i64>()).prop_map(
        |(filtered_attributes, time_unix_nano, id, value)| Exemplar {
            filtered_attributes,
            time_unix_nano,
            span_id: id.clone(),
            trace_id: id,
            value: Some(exemplar::Value::AsInt(value)),
        },
    );
    vec(exemplar, 0..2)
}

fn number_points() -> impl Strategy<Value = Vec<NumberDataPoint>> {
    let value = prop_oneof![
        Just(None),
        any::<i64>().prop_map(|value| Some(number_data_point::Value::AsInt(value))),
        any::<f64>().prop_map(|value| Some(number_data_point::Value::AsDouble(value))),
    ];
    let point = (attributes(), any::<u64>(), any::<u64>(), value, exemplars(), any::<u32>()).prop_map(
        |(attributes, start_time_unix_nano, time_unix_nano, value, exemplars, flags)| NumberDataPoint {
            attributes,
            start_time_unix_nano,
            time_unix_nano,
            value,
            exemplars,
            flags,
        },
    );
    vec(point, 0..4)
}

fn histogram_points() -> impl Strategy<Value = Vec<HistogramDataPoint>> {
    let point = (
        attributes(),
        any::<[u64; 3]>(),
        option::of(any::<f64>()),
        vec(any::<u64>(), 0..4),
        vec(any::<f64>(), 0..4),
        any::<u32>(),
        exemplars(),
    )
        .prop_map(|(attributes, [start, time, count], sum, bucket_counts, explicit_bounds, flags, exemplars)| {
            HistogramDataPoint {
                attributes,
                start_time_unix_nano: start,
                time_unix_nano: time,
                count,
                sum,
                bucket_counts,
                explicit_bounds,
                exemplars,
                flags,
                min: sum,
                max: None,
            }
        });
    vec(point, 0..3)
}

fn exponential_points() -> impl Strategy<Value = Vec<ExponentialHistogramDataPoint>> {
    let buckets = || {
        option::of((any::<i32>(), vec(any::<u64>(), 0..4)))
            .prop_map(|buckets| buckets.map(|(offset, bucket_counts)| Buckets { offset, bucket_counts }))
    };
    let point = (attributes(), any::<[u64; 4]>(), any::<i32>(), buckets(), buckets(), any::<f64>(), exemplars())
        .prop_map(|(attributes, [start, time, count, zero_count], scale, positive, negative, threshold, exemplars)| {
            ExponentialHistogramDataPoint {
                attributes,
                start_time_unix_nano: start,
                time_unix_nano: time,
                count,
                sum: Some(threshold),
                scale,
                zero_count,
                positive,
                negative,
                flags: 0,
                exemplars,
                min: None,
                max: Some(threshold),
                zero_threshold: threshold,
            }
        });
    vec(point, 0..3)
}

fn summary_points() -> impl Strategy<Value = Vec<SummaryDataPoint>> {
    let point = (attributes(), any::<[u64; 3]>(), any::<f64>(), any::<u32>()).prop_map(
        |(attributes, [start, time, count], sum, flags)| SummaryDataPoint {
            attributes,
            start_time_unix_nano: start,
            time_unix_nano: time,
            count,
            sum,
            quantile_values: vec![ValueAtQuantile { quantile: sum, value: sum }],
            flags,
        },
    );
    vec(point, 0..3)
}

fn data() -> impl Strategy<Value = Option<Data>> {
    prop_oneof![
        1 => Just(None),
        2 => number_points().prop_map(|data_points| Some(Data::Gauge(Gauge { data_points }))),
        4 => (number_points(), -1_i32..4, any::<bool>()).prop_map(|(data_points, aggregation_temporality, is_monotonic)| {
            Some(Data::Sum(Sum { data_points, aggregation_temporality, is_monotonic }))
        }),
        2 => (histogram_points(), 0_i32..3).prop_map(|(data_points, aggregation_temporality)| {
            Some(Data::Histogram(Histogram { data_points, aggregation_temporality }))
        }),
        2 => (exponential_points(), 0_i32..3).prop_map(|(data_points, aggregation_temporality)| {
            Some(Data::ExponentialHistogram(ExponentialHistogram { data_points, aggregation_temporality }))
        }),
        1 => summary_points().prop_map(|data_points| Some(Data::Summary(Summary { data_points }))),
    ]
}

fn metric() -> impl Strategy<Value = Metric> {
    (text(), text(), text(), data(), attributes()).prop_map(|(name, description, unit, data, metadata)| Metric {
        name,
        description,
        unit,
        data,
        metadata,
    })
}

pub fn request() -> impl Strategy<Value = ExportMetricsServiceRequest> {
    let scope = (text(), text(), attributes(), any::<u32>()).prop_map(
        |(name, version, attributes, dropped_attributes_count)| InstrumentationScope {
            name,
            version,
            attributes,
            dropped_attributes_count,
        },
    );
    let scope_metrics = (option::weighted(0.9, scope), vec(metric(), 0..3), text())
        .prop_map(|(scope, metrics, schema_url)| ScopeMetrics { scope, metrics, schema_url });
    let resource = attributes().prop_map(|attributes| Resource { attributes, ..Resource::default() });
    let resource_metrics = (option::weighted(0.9, resource), vec(scope_metrics, 0..3), text())
        .prop_map(|(resource, scope_metrics, schema_url)| ResourceMetrics { resource, scope_metrics, schema_url });
    vec(resource_metrics, 0..3).prop_map(|resource_metrics| ExportMetricsServiceRequest { resource_metrics })
}
