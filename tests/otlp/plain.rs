//! One plain form of a request's points, made by the code under test and by `prost`.

use model::{BUCKETS, Kind, Number};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Exemplar, exemplar, number_data_point};
use otlp::canonical::Value as Canonical;
use otlp::key::Keyer;
use otlp::points::{Point, Points};
use otlp::scan::{self, ScanError};
use otlp::values::{EXEMPLARS, Exemplars, Explicit, Summary, Values};
use otlp::wire::Malformed;
use streams::describe::{Context, Descriptions, Identity, View, WireDescription};

/// Everything that is known of a point and its stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Plain {
    pub stream: Stream,
    pub start: u64,
    pub time: u64,
    pub flags: u32,
    /// Kind and bits of a number.
    pub number: (u8, u64),
    /// Everything that a histogram or a summary says, word by word; none where it has too many buckets.
    pub value: Option<Vec<u64>>,
    /// Bits and time of the exemplars that are kept.
    pub exemplars: Vec<(u64, u64)>,
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

/// What the code under test finds: the scan, the check of what the scan leaves, and the canonical identity read back.
pub fn read(bytes: &[u8]) -> Result<Vec<Plain>, Malformed> {
    let mut descriptions = Descriptions::default();
    let found = found(bytes)?;
    let mut context = Context::default();
    let mut plain = Vec::new();
    for point in &found.points {
        let written = WireDescription::of(point, &found, bytes);
        written.check(&mut context)?;
        let identity = descriptions.take(&written)?;
        plain.push(Plain {
            stream: stream(descriptions.view(identity)),
            start: point.start.0,
            time: point.time.0,
            flags: point.flags,
            number: (point.number as u8, if point.number == Number::None { 0 } else { point.value }),
            value: value_read(written.traits.kind, written.point),
            exemplars: exemplars_read(point, written.traits.kind, written.point),
        });
    }
    Ok(plain)
}

/// The scan, with all the room that it asks for.
pub fn found(bytes: &[u8]) -> Result<Points, Malformed> {
    scan::scan(bytes, &Keyer::random(), &mut |_| true).map_err(|error| match error {
        ScanError::Malformed(malformed) => malformed,
        ScanError::NoRoom => panic!("there is room"),
    })
}

fn value_read(kind: Kind, point: &[u8]) -> Option<Vec<u64>> {
    let mut values = Values::default();
    let (index, _) = values.read(kind, point).ok()?;
    Some(match kind {
        Kind::Gauge | Kind::Sum => Vec::new(),
        Kind::Histogram => {
            let Explicit { aggregate, bounds, buckets } = values.explicit.get(index);
            let totals = totals(aggregate.count, [aggregate.sum, aggregate.min, aggregate.max]);
            words([totals, bounds.iter().map(|bound| bound.to_bits()).collect(), buckets.to_vec()])
        }
        Kind::ExponentialHistogram => {
            let found = values.exponential.get(index);
            let aggregate = found.aggregate;
            words([
                totals(aggregate.count, [aggregate.sum, aggregate.min, aggregate.max]),
                vec![found.scale as u64, found.zero_count, plain_bits(found.zero_threshold)],
                vec![found.positive.start as u64, found.negative.start as u64],
                found.positive.counts.to_vec(),
                found.negative.counts.to_vec(),
            ])
        }
        Kind::Summary => {
            let Summary { count, sum, quantiles } = values.summaries.get(index);
            let quantiles = quantiles.iter().flat_map(|own| [plain_bits(own.quantile), plain_bits(own.value)]);
            words([vec![count, plain_bits(sum)], quantiles.collect()])
        }
    })
}

fn exemplars_read(point: &Point, kind: Kind, message: &[u8]) -> Vec<(u64, u64)> {
    let mut exemplars = Exemplars::default();
    if point.exemplars {
        exemplars.read(7, kind.exemplars_field(), message);
    }
    exemplars
        .of(7)
        .map(|exemplar| {
            // Names and values must be there to be read.
            assert!(exemplar.labels().all(|(name, value)| name.len() + value.len() <= message.len() * 8));
            (exemplar.value.to_bits(), exemplar.time.0)
        })
        .collect()
}

/// Count, then each of the three with whether it is there.
fn totals(count: u64, values: [Option<f64>; 3]) -> Vec<u64> {
    let values = values.into_iter().flat_map(|value| [u64::from(value.is_some()), value.unwrap_or(0.0).to_bits()]);
    [count].into_iter().chain(values).collect()
}

/// Bits of a double that is not optional: `prost` leaves a negative zero out when it encodes.
fn plain_bits(value: f64) -> u64 {
    (value + 0.0).to_bits()
}

/// Lists, each with its length in front.
fn words<const LISTS: usize>(lists: [Vec<u64>; LISTS]) -> Vec<u64> {
    lists.into_iter().flat_map(|list| [list.len() as u64].into_iter().chain(list)).collect()
}

/// The identities of a request's points, as numbers in `descriptions`.
pub fn identities(bytes: &[u8], descriptions: &mut Descriptions) -> Vec<Identity> {
    let found = found(bytes).expect("well formed");
    let take = |point| descriptions.take(&WireDescription::of(point, &found, bytes)).expect("well formed");
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
    let mut add = |traits, attributes: &[KeyValue], start, time, flags, number, value, exemplars: &[Exemplar]| {
        let exemplars = exemplars.iter().take(EXEMPLARS).filter_map(measured).collect();
        plain.push(Plain { stream: stream(traits, attributes), start, time, flags, number, value, exemplars });
    };
    let few = |lists: &[usize], value| lists.iter().all(|&entries| entries <= BUCKETS).then_some(value);
    let number = |value: &Option<number_data_point::Value>| match value {
        None => (0, 0),
        Some(number_data_point::Value::AsInt(value)) => (1, *value as u64),
        Some(number_data_point::Value::AsDouble(value)) => (2, value.to_bits()),
    };
    match data {
        Data::Gauge(gauge) => gauge.data_points.iter().for_each(|p| {
            let traits = (Kind::Gauge as u8, 0, false);
            add(
                traits,
                &p.attributes,
                p.start_time_unix_nano,
                p.time_unix_nano,
                p.flags,
                number(&p.value),
                Some(Vec::new()),
                &p.exemplars,
            );
        }),
        Data::Sum(sum) => sum.data_points.iter().for_each(|p| {
            let traits = (Kind::Sum as u8, temporality(sum.aggregation_temporality), sum.is_monotonic);
            add(
                traits,
                &p.attributes,
                p.start_time_unix_nano,
                p.time_unix_nano,
                p.flags,
                number(&p.value),
                Some(Vec::new()),
                &p.exemplars,
            );
        }),
        Data::Histogram(histogram) => histogram.data_points.iter().for_each(|p| {
            let traits = (Kind::Histogram as u8, temporality(histogram.aggregation_temporality), false);
            let bounds = p.explicit_bounds.iter().map(|bound| bound.to_bits()).collect();
            let value = words([totals(p.count, [p.sum, p.min, p.max]), bounds, p.bucket_counts.clone()]);
            let value = few(&[p.explicit_bounds.len(), p.bucket_counts.len()], value);
            let (start, time) = (p.start_time_unix_nano, p.time_unix_nano);
            add(traits, &p.attributes, start, time, p.flags, (0, 0), value, &p.exemplars);
        }),
        Data::ExponentialHistogram(histogram) => histogram.data_points.iter().for_each(|p| {
            let traits = (Kind::ExponentialHistogram as u8, temporality(histogram.aggregation_temporality), false);
            let (positive, negative) = (p.positive.clone().unwrap_or_default(), p.negative.clone().unwrap_or_default());
            let lengths = [positive.bucket_counts.len(), negative.bucket_counts.len()];
            let value = words([
                totals(p.count, [p.sum, p.min, p.max]),
                vec![p.scale as u64, p.zero_count, plain_bits(p.zero_threshold)],
                vec![positive.offset as u64, negative.offset as u64],
                positive.bucket_counts,
                negative.bucket_counts,
            ]);
            let value = few(&lengths, value);
            let (start, time) = (p.start_time_unix_nano, p.time_unix_nano);
            add(traits, &p.attributes, start, time, p.flags, (0, 0), value, &p.exemplars);
        }),
        Data::Summary(summary) => summary.data_points.iter().for_each(|p| {
            let traits = (Kind::Summary as u8, 0, false);
            let quantiles = p.quantile_values.iter().flat_map(|own| [plain_bits(own.quantile), plain_bits(own.value)]);
            let value = words([vec![p.count, plain_bits(p.sum)], quantiles.collect()]);
            let value = few(&[p.quantile_values.len()], value);
            add(traits, &p.attributes, p.start_time_unix_nano, p.time_unix_nano, p.flags, (0, 0), value, &[]);
        }),
    }
}

fn measured(exemplar: &Exemplar) -> Option<(u64, u64)> {
    let value = match exemplar.value? {
        exemplar::Value::AsDouble(value) => value,
        exemplar::Value::AsInt(value) => value as f64,
    };
    Some((value.to_bits(), exemplar.time_unix_nano))
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
