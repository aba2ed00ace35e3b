use std::collections::BTreeMap;
use std::convert::Infallible;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;

use crate::label_set::LabelSet;
use crate::labels::{Labelling, ResourceLabels, ScopeLabels};
use model::Kind;
use model::MetricTraits;
use otlp::key::Keyer;
use otlp::scan;
use streams::describe::{Descriptions, MetricTexts, Places, View, WireDescription};

fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(any(value)), ..KeyValue::default() }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.into()))
}

#[derive(Default)]
struct Stream {
    resource: Vec<KeyValue>,
    scope: InstrumentationScope,
    attributes: Vec<KeyValue>,
}

type Labels = BTreeMap<String, String>;

impl Stream {
    fn of(attributes: Vec<KeyValue>) -> Self {
        Self { attributes, ..Self::default() }
    }

    fn view<T>(&self, read: impl FnOnce(View<'_>) -> T) -> T {
        let point = NumberDataPoint { attributes: self.attributes.clone(), ..NumberDataPoint::default() };
        let sum = Sum { data_points: vec![point], aggregation_temporality: 2, is_monotonic: true };
        let metric = Metric { name: "requests".into(), data: Some(Data::Sum(sum)), ..Metric::default() };
        let bytes = ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(Resource { attributes: self.resource.clone(), ..Resource::default() }),
                scope_metrics: vec![ScopeMetrics {
                    scope: Some(self.scope.clone()),
                    metrics: vec![metric],
                    ..ScopeMetrics::default()
                }],
                ..ResourceMetrics::default()
            }],
        }
        .encode_to_vec();
        let found = scan::scan(&bytes, &Keyer::random(), &mut |_| true).expect("well formed");
        let mut descriptions = Descriptions::default();
        let identity = descriptions.take(&WireDescription::of(&found.points[0], &found, &bytes)).expect("well formed");
        read(descriptions.view(identity))
    }

    /// The labels of the series, and of `target_info`.
    fn labels(&self, labelling: &Labelling) -> (Option<Labels>, Option<Labels>) {
        self.view(|view| Self::labels_of(view, labelling))
    }

    fn labels_of(view: View<'_>, labelling: &Labelling) -> (Option<Labels>, Option<Labels>) {
        let mut labeller = labelling.labeller();
        let read = |labels: &LabelSet| {
            let pairs: Vec<(String, String)> = labels.iter().map(|(name, value)| (name.into(), value.into())).collect();
            assert!(pairs.is_sorted_by(|a, b| a.0 < b.0), "names are sorted and unique: {pairs:?}");
            pairs.into_iter().collect()
        };
        let series = labeller.series(view).ok().map(read);
        let target = labeller.target_info(view).map(read);
        (series, target)
    }

    /// The labels of the series but for `__name__`.
    fn series(&self, labelling: &Labelling) -> Option<Labels> {
        let mut labels = self.labels(labelling).0?;
        assert_eq!(labels.remove("__name__").as_deref(), Some("requests_total"));
        Some(labels)
    }
}

fn labels<const N: usize>(pairs: [(&str, &str); N]) -> Option<Labels> {
    Some(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
}

/// The text of every kind of value (pdata's `AsString`).
#[test]
fn values() {
    let entry = |key: &str, value| attribute(key, value);
    let map = |values| Value::KvlistValue(KeyValueList { values });
    let array = |values: Vec<Value>| Value::ArrayValue(ArrayValue { values: values.into_iter().map(any).collect() });
    let cases = [
        (Value::BoolValue(true), "true"),
        (Value::IntValue(-42), "-42"),
        (Value::DoubleValue(0.1), "0.1"),
        (Value::DoubleValue(3.0), "3"),
        (Value::DoubleValue(1e20), "100000000000000000000"),
        (Value::DoubleValue(1e21), "1e+21"),
        (Value::DoubleValue(1e-7), "1e-7"),
        (Value::DoubleValue(1e-6), "0.000001"),
        (Value::DoubleValue(f64::NAN), "NaN"),
        (Value::DoubleValue(f64::NEG_INFINITY), "-Infinity"),
        (Value::BytesValue(vec![1, 2]), "AQI="),
        (array(vec![Value::StringValue("x".into()), Value::IntValue(1), Value::BoolValue(false)]), r#"["x",1,false]"#),
        (
            map(vec![entry("b", Value::IntValue(2)), entry("a", Value::StringValue("<x>\n\"".into()))]),
            r#"{"a":"<x>\n\"","b":2}"#,
        ),
        (array(vec![Value::BytesValue(vec![]), Value::StringValue(String::new())]), r#"[null,""]"#),
        (map(vec![entry("n", array(vec![])), entry("z", Value::BytesValue(vec![1, 2]))]), r#"{"n":[],"z":"AQI="}"#),
    ];
    for (value, expected) in cases {
        let stream = Stream::of(vec![attribute("a", value)]);
        assert_eq!(stream.series(&Labelling::default()), labels([("a", expected)]));
    }
}

/// Empty values are left out, and so are structures that JSON has no form for.
#[test]
fn empty_values() {
    let nan = Value::ArrayValue(ArrayValue { values: vec![any(Value::DoubleValue(f64::NAN))] });
    let stream = Stream::of(vec![
        KeyValue { key: "none".into(), ..KeyValue::default() },
        text("empty", ""),
        attribute("nan", nan),
        text("x", "1"),
    ]);
    assert_eq!(stream.series(&Labelling::default()), labels([("x", "1")]));
}

/// Keys that make one name: values joined in the order of the keys, one left out only if it equals all so far.
#[test]
fn collisions() {
    let stream = Stream::of(vec![text("a_b", "2"), text("a-b", "1"), text("a/b", "3"), text("a.b", "1")]);
    assert_eq!(stream.series(&Labelling::default()), labels([("a_b", "1;3;2")]));
    let stream = Stream::of(vec![text("a-b", "1"), text("a.b", "2"), text("a/b", "1")]);
    assert_eq!(stream.series(&Labelling::default()), labels([("a_b", "1;2;1")]));
}

/// A point whose attribute has no valid name is dropped.
#[test]
fn unnameable() {
    assert_eq!(Stream::of(vec![text("ようこそ", "1")]).series(&Labelling::default()), None);
}

#[test]
fn job_and_instance() {
    let of = |resource| Stream { resource, ..Stream::of(vec![text("job", "mine"), text("instance", "mine")]) };
    let name = || text("service.name", "n");
    for (resource, job, instance) in [
        (vec![name()], "n", "mine"),
        (vec![name(), text("service.namespace", "ns"), text("service.instance.id", "i")], "ns/n", "i"),
        // A namespace that is there but empty.
        (vec![name(), text("service.namespace", "")], "/n", "mine"),
        (vec![text("service.name", ""), text("service.instance.id", "")], "mine", "mine"),
        (vec![text("service.namespace", "ns")], "mine", "mine"),
    ] {
        assert_eq!(of(resource).series(&Labelling::default()), labels([("job", job), ("instance", instance)]));
    }
}

#[test]
fn external_labels() {
    let external = [("cluster", "c"), ("x", "external"), ("otel_scope_name", "external")];
    let labelling = Labelling {
        external: external.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..Labelling::default()
    };
    let scope = InstrumentationScope { name: "s".into(), ..InstrumentationScope::default() };
    let stream = Stream { scope, ..Stream::of(vec![text("x", "own")]) };
    // Only where the name is free; the scope comes later and wins.
    assert_eq!(stream.series(&labelling), labels([("cluster", "c"), ("x", "own"), ("otel_scope_name", "s")]));
}

#[test]
fn scope_labels() {
    let scope = InstrumentationScope {
        name: "lib".into(),
        version: "1.2.3".into(),
        attributes: vec![text("k.x", "v"), text("name", "no"), text("version", "no"), text("schema_url", "no")],
        dropped_attributes_count: 0,
    };
    let stream = Stream { scope, ..Stream::of(vec![text("otel.scope.name", "mine")]) };
    let expected = [("otel_scope_name", "lib"), ("otel_scope_version", "1.2.3"), ("otel_scope_k_x", "v")];
    assert_eq!(stream.series(&Labelling::default()), labels(expected));
    let omitted = Labelling { scope: ScopeLabels::Omitted, ..Labelling::default() };
    assert_eq!(stream.series(&omitted), labels([("otel_scope_name", "mine")]));
}

/// `__name__` wins over an attribute of that name.
#[test]
fn name_is_last() {
    assert_eq!(Stream::of(vec![text("__name__", "mine")]).series(&Labelling::default()), labels([]));
}

/// `resource_to_telemetry_conversion`: the resource wins over an attribute of the same key.
#[test]
fn resource_labels() {
    let resource = vec![text("service.name", "n"), text("team", "platform"), text("x", "resource")];
    let stream = Stream { resource, ..Stream::of(vec![text("x", "point"), text("y", "point")]) };
    let with = |resource| Labelling { resource, ..Labelling::default() };
    let own = [("job", "n"), ("y", "point")];
    assert_eq!(stream.series(&with(ResourceLabels::None)), labels([own[0], own[1], ("x", "point")]));
    let all = [own[0], own[1], ("x", "resource"), ("team", "platform"), ("service_name", "n")];
    assert_eq!(stream.series(&with(ResourceLabels::All)), labels(all));
    let but_service = [own[0], own[1], ("x", "resource"), ("team", "platform")];
    assert_eq!(stream.series(&with(ResourceLabels::AllButService)), labels(but_service));
}

#[test]
fn target_info() {
    let target =
        |resource: Vec<KeyValue>, labelling: &Labelling| Stream { resource, ..Stream::default() }.labels(labelling).1;
    let service = || vec![text("service.name", "n"), text("service.instance.id", "i")];
    let host = || [service(), vec![text("host.arch", "arm64"), text("empty", "")]].concat();
    let plain = Labelling::default();
    let expected = [("__name__", "target_info"), ("job", "n"), ("instance", "i"), ("host_arch", "arm64")];
    assert_eq!(target(host(), &plain), labels(expected));
    // Nothing to tell, or nobody to tell about.
    assert_eq!(target(service(), &plain), None);
    assert_eq!(target(vec![text("host.arch", "arm64")], &plain), None);
    // The namespace is put in front as it is.
    let named = Labelling { namespace: "my-ns".into(), ..Labelling::default() };
    assert_eq!(
        target(host(), &named).and_then(|mut labels| labels.remove("__name__")).as_deref(),
        Some("my-ns_target_info")
    );
}

/// Each attribute costs its bytes: two million of different names, and as many that become one name, whose values make
/// one text. What looks at each pair of them does not end.
#[test]
fn sets_are_filled_in_order() {
    const MANY: usize = 2_000_000;
    let mut labels = LabelSet::default();
    let add = |name: &dyn Fn(usize) -> String, labels: &mut LabelSet| {
        labels.clear();
        for n in 0..MANY {
            let joined: Result<(), Infallible> = labels.join(
                |out| {
                    out.push_str(&name(n));
                    Ok(())
                },
                |out| out.push_str(&format!("{n:07}")),
            );
            joined.expect("a name");
        }
        labels.merge();
        labels.finish();
    };
    add(&|n| format!("n{n:07}"), &mut labels);
    assert_eq!((labels.len(), labels.get("n1999999")), (MANY, Some("1999999")));
    add(&|_| "n".to_owned(), &mut labels);
    assert_eq!((labels.len(), labels.get("n").map(str::len)), (1, Some(8 * MANY - 1)));
    // Names, values, and values that are joined; a text doubles its room when it grows.
    assert!(labels.memory() <= 2 * MANY * (8 + 7 + 8) + 2 * MANY * 40, "{} bytes", labels.memory());
}

/// A resource and a point of hundreds of thousands of attributes each, which are looked through side by side.
#[test]
fn resources_are_merged_in_order() {
    const MANY: usize = 300_000;
    let all = |prefix: &str| (0..MANY).map(|n| text(&format!("{prefix}{n:07}"), "v")).collect::<Vec<_>>();
    let stream = Stream { resource: all("r"), ..Stream::of(all("p")) };
    let labelling = Labelling { resource: ResourceLabels::All, ..Labelling::default() };
    assert_eq!(stream.series(&labelling).map(|labels| labels.len()), Some(2 * MANY));
}

/// A resource of more attributes than a series may have labels is not told about.
#[test]
fn target_info_is_bounded() {
    let resource = |count: usize| {
        let attributes = (0..count).map(|n| text(&format!("k{n}"), "v"));
        attributes.chain([text("service.name", "n")]).collect::<Vec<_>>()
    };
    let target = |count| Stream { resource: resource(count), ..Stream::default() }.labels(&Labelling::default()).1;
    assert_eq!(target(148).map(|labels| labels.len()), Some(150));
    assert_eq!(target(149), None);
}

/// Names are remembered so long as they take little.
#[test]
fn names_are_bounded_in_bytes() {
    let mut labeller = Labelling::default().labeller();
    let mut descriptions = Descriptions::default();
    for n in 0..200 {
        let name = format!("{}{n}", "x".repeat(50_000));
        let metric = MetricTexts { name: name.as_bytes(), description: &[], unit: &[] };
        let places = Places { resource: 0, scope: 0, metric: n };
        let traits = MetricTraits { kind: Kind::Gauge, temporality: 0, monotonic: false };
        let written = WireDescription { places, resource: &[], scope: &[], metric, traits, point: &[] };
        let identity = descriptions.take(&written).expect("well formed");
        labeller.series(descriptions.view(identity)).expect("a name");
    }
    // A MiB, one name more, the set in hand, and the table.
    assert!(labeller.memory() < 2 << 20, "{} bytes", labeller.memory());
}
