//! One plain form of a request's points, made by the code under test and by `prost`.

use alluvium::otlp::key::Keyer;
use alluvium::otlp::points::{Kind, Number, Points};
use alluvium::otlp::walk;
use alluvium::otlp::wire::Malformed;
use alluvium::stream::canonical::Value as Canonical;
use alluvium::stream::describe::{Descriptions, View, Written};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point;

/// Everything that is known of a point and its stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Plain {
    pub stream: Stream,
    pub start: u64,
    pub time: u64,
    pub flags: u32,
    /// Kind and bits of a number.
    pub number: (u8, u64),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    pub resource: Vec<(String, Tree)>,
    pub scope: (String, String, Vec<(String, Tree)>),
    pub name: String,
    pub unit: String,
    /// Kind, temporality, monotonicity.
    pub traits: (u8, u8, bool),
    pub attributes: Vec<(String, Tree)>,
}

/// A value; doubles by their bits, maps by key.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    Empty,
    Text(String),
    Bool(bool),
    Int(i64),
    Double(u64),
    Bytes(Vec<u8>),
    Array(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

/// What the code under test finds: the walk, the check of what the walk leaves, and the canonical identity read back.
pub fn read(bytes: &[u8]) -> Result<Vec<Plain>, Malformed> {
    let mut descriptions = Descriptions::default();
    let found = walk::walk(bytes, &Keyer::random())?;
    let mut plain = Vec::new();
    for point in &found.points {
        let written = Written::of(point, &found, bytes);
        written.check()?;
        let identity = descriptions.take(&written)?;
        plain.push(Plain {
            stream: stream(descriptions.view(identity)),
            start: point.start,
            time: point.time,
            flags: point.flags,
            number: (point.number as u8, if point.number == Number::None { 0 } else { point.value }),
        });
    }
    Ok(plain)
}

/// The identities of a request's points, as numbers in `descriptions`.
pub fn identities(bytes: &[u8], descriptions: &mut Descriptions) -> Vec<u32> {
    let found: Points = walk::walk(bytes, &Keyer::random()).expect("well formed");
    let take = |point| descriptions.take(&Written::of(point, &found, bytes)).expect("well formed");
    found.points.iter().map(take).collect()
}

fn stream(view: View<'_>) -> Stream {
    let list = |attributes: &mut dyn Iterator<Item = (&str, Canonical<'_>)>| {
        attributes.map(|(key, value)| (key.to_owned(), tree(value))).collect()
    };
    let (name, version) = view.scope_name_version();
    let traits = view.traits();
    Stream {
        resource: list(&mut view.resource()),
        scope: (name.to_owned(), version.to_owned(), list(&mut view.scope_attributes())),
        name: view.name().to_owned(),
        unit: view.unit().to_owned(),
        traits: (traits.kind as u8, traits.temporality, traits.monotonic),
        attributes: list(&mut view.attributes()),
    }
}

fn tree(value: Canonical<'_>) -> Tree {
    match value {
        Canonical::Empty => Tree::Empty,
        Canonical::Text(text) => Tree::Text(text.to_owned()),
        Canonical::Bool(value) => Tree::Bool(value),
        Canonical::Int(value) => Tree::Int(value),
        Canonical::Double(value) => Tree::Double(value.to_bits()),
        Canonical::Bytes(bytes) => Tree::Bytes(bytes.to_vec()),
        Canonical::Array(list) => Tree::Array(list.values().map(tree).collect()),
        Canonical::Map(list) => Tree::Map(list.entries().map(|(key, value)| (key.to_owned(), tree(value))).collect()),
    }
}

/// What `prost` finds.
pub fn oracle(request: &ExportMetricsServiceRequest) -> Vec<Plain> {
    let mut plain = Vec::new();
    for resource in &request.resource_metrics {
        for scope_metrics in &resource.scope_metrics {
            let scope = scope_metrics.scope.clone().unwrap_or_default();
            for metric in &scope_metrics.metrics {
                let Some(data) = &metric.data else { continue };
                let stream = |traits, attributes: &[KeyValue]| Stream {
                    resource: sorted(&resource.resource.clone().unwrap_or_default().attributes),
                    scope: (scope.name.clone(), scope.version.clone(), sorted(&scope.attributes)),
                    name: metric.name.clone(),
                    unit: metric.unit.clone(),
                    traits,
                    attributes: sorted(attributes),
                };
                points(data, stream, &mut plain);
            }
        }
    }
    plain
}

fn points(data: &Data, stream: impl Fn((u8, u8, bool), &[KeyValue]) -> Stream, plain: &mut Vec<Plain>) {
    let temporality = |code: i32| if matches!(code, 1 | 2) { code as u8 } else { 0 };
    let mut add = |traits, attributes: &[KeyValue], start, time, flags, number| {
        plain.push(Plain { stream: stream(traits, attributes), start, time, flags, number });
    };
    let number = |value: &Option<number_data_point::Value>| match value {
        None => (0, 0),
        Some(number_data_point::Value::AsInt(value)) => (1, *value as u64),
        Some(number_data_point::Value::AsDouble(value)) => (2, value.to_bits()),
    };
    match data {
        Data::Gauge(gauge) => gauge.data_points.iter().for_each(|p| {
            let traits = (Kind::Gauge as u8, 0, false);
            add(traits, &p.attributes, p.start_time_unix_nano, p.time_unix_nano, p.flags, number(&p.value));
        }),
        Data::Sum(sum) => sum.data_points.iter().for_each(|p| {
            let traits = (Kind::Sum as u8, temporality(sum.aggregation_temporality), sum.is_monotonic);
            add(traits, &p.attributes, p.start_time_unix_nano, p.time_unix_nano, p.flags, number(&p.value));
        }),
        Data::Histogram(histogram) => histogram.data_points.iter().for_each(|p| {
            let traits = (Kind::Histogram as u8, temporality(histogram.aggregation_temporality), false);
            add(traits, &p.attributes, p.start_time_unix_nano, p.time_unix_nano, p.flags, (0, 0));
        }),
        Data::ExponentialHistogram(histogram) => histogram.data_points.iter().for_each(|p| {
            let traits = (Kind::ExponentialHistogram as u8, temporality(histogram.aggregation_temporality), false);
            add(traits, &p.attributes, p.start_time_unix_nano, p.time_unix_nano, p.flags, (0, 0));
        }),
        Data::Summary(summary) => summary.data_points.iter().for_each(|p| {
            let traits = (Kind::Summary as u8, 0, false);
            add(traits, &p.attributes, p.start_time_unix_nano, p.time_unix_nano, p.flags, (0, 0));
        }),
    }
}

fn sorted(attributes: &[KeyValue]) -> Vec<(String, Tree)> {
    let mut list: Vec<(String, Tree)> =
        attributes.iter().map(|attribute| (attribute.key.clone(), value(attribute.value.as_ref()))).collect();
    // Stable: equal keys keep their order.
    list.sort_by(|(a, _), (b, _)| a.cmp(b));
    list
}

fn value(any: Option<&AnyValue>) -> Tree {
    match any.and_then(|any| any.value.as_ref()) {
        None => Tree::Empty,
        Some(Value::StringValue(text)) => Tree::Text(text.clone()),
        Some(Value::BoolValue(value)) => Tree::Bool(*value),
        Some(Value::IntValue(value)) => Tree::Int(*value),
        Some(Value::DoubleValue(value)) => Tree::Double(value.to_bits()),
        Some(Value::BytesValue(bytes)) => Tree::Bytes(bytes.clone()),
        Some(Value::ArrayValue(array)) => Tree::Array(array.values.iter().map(|v| value(Some(v))).collect()),
        Some(Value::KvlistValue(map)) => Tree::Map(sorted(&map.values)),
        Some(other) => panic!("not a value of metrics: {other:?}"),
    }
}
