//! Two descriptions are one stream exactly when everything is equal that the Collector's identity packages compare.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum};
use opentelemetry_proto::tonic::resource::v1::Resource;
use proptest::prelude::*;
use prost::Message as _;
use streams::describe::{Descriptions, Identity};

use super::generate::{attributes, request};
use super::plain::{identities, oracle};

/// A request with one point.
#[derive(Debug, Clone)]
struct One {
    resource: Resource,
    scope: InstrumentationScope,
    metric: Metric,
    sum: Sum,
    point: NumberDataPoint,
}

fn one() -> One {
    let attribute = |key: &str, value: Value| KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    };
    One {
        resource: Resource {
            attributes: vec![
                attribute("service.name", Value::StringValue("claude-code".into())),
                attribute("host.arch", Value::StringValue("arm64".into())),
            ],
            ..Resource::default()
        },
        scope: InstrumentationScope {
            name: "com.anthropic.claude_code".into(),
            version: "2.1.0".into(),
            attributes: vec![attribute("a", Value::IntValue(1)), attribute("b", Value::IntValue(2))],
            dropped_attributes_count: 0,
        },
        metric: Metric { name: "claude_code.token.usage".into(), unit: "tokens".into(), ..Metric::default() },
        sum: Sum { data_points: Vec::new(), aggregation_temporality: 1, is_monotonic: true },
        point: NumberDataPoint {
            attributes: vec![
                attribute("session.id", Value::StringValue("s-1".into())),
                attribute("list", Value::ArrayValue(ArrayValue { values: vec![AnyValue::default()] })),
                attribute(
                    "map",
                    Value::KvlistValue(KeyValueList {
                        values: vec![attribute("x", Value::BoolValue(true)), attribute("y", Value::DoubleValue(0.5))],
                    }),
                ),
            ],
            time_unix_nano: 1,
            value: Some(Number::AsInt(1)),
            ..NumberDataPoint::default()
        },
    }
}

impl One {
    fn bytes(&self) -> Vec<u8> {
        let sum = Sum { data_points: vec![self.point.clone()], ..self.sum.clone() };
        let data = self.metric.data.clone().unwrap_or(Data::Sum(sum));
        let metric = Metric { data: Some(data), ..self.metric.clone() };
        ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(self.resource.clone()),
                scope_metrics: vec![ScopeMetrics {
                    scope: Some(self.scope.clone()),
                    metrics: vec![metric],
                    schema_url: "https://opentelemetry.io/schemas/1.27.0".into(),
                }],
                schema_url: String::new(),
            }],
        }
        .encode_to_vec()
    }
}

fn same(a: &One, b: &One) -> bool {
    let mut descriptions = Descriptions::default();
    identities(&a.bytes(), &mut descriptions) == identities(&b.bytes(), &mut descriptions)
}

fn changed(change: impl FnOnce(&mut One)) -> One {
    let mut other = one();
    change(&mut other);
    other
}

/// Order, schema URLs, the metric's description, kind of number, start, value, flags do not count.
#[test]
fn what_does_not_count() {
    let cases: [(&str, One); 9] = [
        ("order of resource attributes", changed(|one| one.resource.attributes.reverse())),
        ("order of scope attributes", changed(|one| one.scope.attributes.reverse())),
        ("order of point attributes", changed(|one| one.point.attributes.reverse())),
        (
            "order of map entries",
            changed(|one| match &mut one.point.attributes[2].value {
                Some(AnyValue { value: Some(Value::KvlistValue(map)) }) => map.values.reverse(),
                other => panic!("{other:?}"),
            }),
        ),
        ("description", changed(|one| one.metric.description = "Tokens".into())),
        ("kind of number", changed(|one| one.point.value = Some(Number::AsDouble(1.0)))),
        ("start and time", changed(|one| one.point.start_time_unix_nano = 5)),
        ("flags", changed(|one| one.point.flags = 1)),
        ("dropped attributes", changed(|one| one.scope.dropped_attributes_count = 3)),
    ];
    for (name, other) in cases {
        assert!(same(&one(), &other), "{name}");
    }
}

/// Everything that the identity is made of does.
#[test]
fn what_counts() {
    let set = |attribute: &mut KeyValue, value: Value| attribute.value = Some(AnyValue { value: Some(value) });
    let cases: [(&str, One); 17] = [
        ("resource value", changed(|one| set(&mut one.resource.attributes[1], Value::StringValue("amd64".into())))),
        ("resource key", changed(|one| one.resource.attributes[1].key = "host.type".into())),
        ("one resource attribute less", changed(|one| drop(one.resource.attributes.pop()))),
        ("scope name", changed(|one| one.scope.name.push('x'))),
        ("scope version", changed(|one| one.scope.version.push('x'))),
        ("scope attribute", changed(|one| set(&mut one.scope.attributes[0], Value::IntValue(2)))),
        ("metric name", changed(|one| one.metric.name.push('x'))),
        ("unit", changed(|one| one.metric.unit.clear())),
        // Both have the same letters in the same order.
        (
            "border of name and unit",
            changed(|one| {
                one.metric.name.push('t');
                one.metric.unit = "okens".into();
            }),
        ),
        (
            "kind",
            changed(|one| {
                one.metric.data = Some(Data::Gauge(Gauge { data_points: vec![one.point.clone()] }));
            }),
        ),
        ("temporality", changed(|one| one.sum.aggregation_temporality = 2)),
        ("monotonicity", changed(|one| one.sum.is_monotonic = false)),
        ("point attribute", changed(|one| set(&mut one.point.attributes[0], Value::StringValue("s-2".into())))),
        ("type of a value", changed(|one| set(&mut one.point.attributes[0], Value::BytesValue(b"s-1".to_vec())))),
        ("empty is not empty text", changed(|one| one.point.attributes[0].value = None)),
        (
            "in a list",
            changed(|one| {
                set(&mut one.point.attributes[1], Value::ArrayValue(ArrayValue { values: Vec::new() }));
            }),
        ),
        (
            "resource or point",
            changed(|one| {
                let moved = one.resource.attributes.pop();
                one.point.attributes.extend(moved);
            }),
        ),
    ];
    for (name, other) in cases {
        assert!(!same(&one(), &other), "{name}");
    }
}

/// The same description, encoded in another way: unknown fields, and lengths with more bytes than needed.
#[test]
fn encoding_does_not_count() {
    let mut descriptions = Descriptions::default();
    let plain = one().bytes();
    // An unknown field at the end of the request's only `ResourceMetrics`.
    let (_, inner) = plain.split_at(3);
    let mut longer = vec![0x0A];
    prost::encoding::encode_varint(inner.len() as u64 + 3, &mut longer);
    longer.extend_from_slice(inner);
    longer.extend_from_slice(&[0xF8, 0x07, 0x01]);
    // The outer length as a varint with a needless last byte.
    let length = inner.len();
    let wide = [&[0x0A, length as u8 | 0x80, (length >> 7) as u8 | 0x80, 0x00][..], inner].concat();
    for other in [longer, wide] {
        assert_eq!(identities(&plain, &mut descriptions), identities(&other, &mut descriptions));
    }
}

proptest! {
    /// Descriptions are one stream exactly when their canonical forms are equal.
    #[test]
    fn equal_means_equal(request in request()) {
        let mut descriptions = Descriptions::default();
        let numbers = identities(&request.encode_to_vec(), &mut descriptions);
        let plain = oracle(&request);
        for (a, number_a) in plain.iter().zip(&numbers) {
            for (b, number_b) in plain.iter().zip(&numbers) {
                prop_assert_eq!(a.stream == b.stream, number_a == number_b);
            }
        }
    }

    /// Uses are counted: when all are given back, nothing is kept but what the next stream is likely to need.
    #[test]
    fn uses_are_given_back(attributes in attributes(), times in 1_usize..4) {
        let mut one = one();
        one.point.attributes = attributes;
        let mut descriptions = Descriptions::default();
        let taken: Vec<Identity> = (0..times).flat_map(|_| identities(&one.bytes(), &mut descriptions)).collect();
        prop_assert_eq!(descriptions.len(), 1);
        taken.iter().for_each(|&identity| descriptions.release(identity));
        prop_assert!(descriptions.is_empty());
        let again = identities(&one.bytes(), &mut descriptions);
        prop_assert_eq!(descriptions.view(again[0]).name(), "claude_code.token.usage");
    }
}
