//! Routing keys: the identities in the fixtures of the Collector's load-balancing exporter, and what its code answers to
//! requests of this kind.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint,
    Sum, Summary, SummaryDataPoint,
};

use super::build::{request, route, routes, scan, sum, texts, valued};
use crate::{Position, Profile, Route, Router, RoutingKey};

const H1: u32 = 161;
const H2: u32 = 164;

fn key(text: &str) -> Route {
    Route::To(Position::of(text.as_bytes()))
}

fn stream(minor: u32, request: &[u8]) -> Route {
    route(RoutingKey::Stream, Profile::of_release(minor), request)
}

/// Fixture `basic_stream_id` of the Collector, with a line more.
#[test]
fn streams_of_the_collectors_fixture() {
    let lines = [
        ("foo", "first", "aaa", "bbb", "770305850f3632c4", "caa5bd0e97ecaee7"),
        ("foo", "first", "bbb", "ccc", "df3ac8f1f36e5836", "bfdd97f0d94f9f3"),
        ("foo", "second", "aaa", "bbb", "10f62caa42f23208", "79290e84ffda49c1"),
        ("foo", "second", "bbb", "ccc", "a6cee13bcfa90742", "71b50b794904482d"),
        ("bar", "first", "aaa", "bbb", "94a1b62d162da7e3", "24e41af1aabd4603"),
        ("bar", "second", "aaa", "bbb", "33c7b4e4b72e9f19", "9765a4d8d679e8a5"),
        ("bar", "second", "bbb", "ccc", "f1a737c32030b2ff", "4d43807d3dd07211"),
        ("bar", "first", "bbb", "ccc", "7dcfa07b825ed155", "a367099196673e3f"),
    ];
    for (resource, metric, name, value, plain, lengths) in lines {
        let scope = ("MyTestInstrument", "1.2.3", texts(&[("scope_key", "foo")]));
        let metric = sum(&format!("{metric}.monotonic.sum"), "", 2, texts(&[(name, value)]));
        let request = request(texts(&[("resource_key", resource)]), scope, metric);
        assert_eq!(stream(H1, &request), key(&format!("stream/{plain}")));
        assert_eq!(stream(H2, &request), key(&format!("stream/{lengths}")));
    }
}

fn claude_code(temporality: i32, is_monotonic: bool, attributes: &[(&str, &str)]) -> Vec<u8> {
    let resource =
        [("service.name", "claude-code"), ("service.version", "2.1.0"), ("os.type", "linux"), ("host.arch", "amd64")];
    let mut metric = sum("claude_code.token.usage", "tokens", temporality, texts(attributes));
    if let Some(Data::Sum(Sum { is_monotonic: flag, .. })) = &mut metric.data {
        *flag = is_monotonic;
    }
    request(texts(&resource), ("com.anthropic.claude_code", "2.1.0", vec![]), metric)
}

#[test]
fn streams_of_claude_code() {
    let attributes = [("user.id", "u-1"), ("session.id", "s-1"), ("model", "claude-opus-4"), ("type", "input")];
    let lines = [
        (claude_code(1, true, &attributes), "33a85d6042329ad9", "cb5a167ba6bbd287"),
        (claude_code(2, true, &attributes), "2c7c266d4ea1ee1c", "2307f9deee63d5ce"),
        (claude_code(1, false, &attributes), "833455ad5f5bd56c", "46aaf420245c8fe2"),
        (claude_code(1, true, &[]), "ce3767290fd2c003", "b315e3a90a7a6b84"),
    ];
    for (request, plain, lengths) in lines {
        assert_eq!(stream(H1, &request), key(&format!("stream/{plain}")));
        assert_eq!(stream(H2, &request), key(&format!("stream/{lengths}")));
        assert_eq!(route(RoutingKey::Service, Profile::default(), &request), key("claude-code"));
        let resource = |minor| route(RoutingKey::Resource, Profile::of_release(minor), &request);
        assert_eq!(resource(H1), key("resource/9777d1679c930841"));
        assert_eq!(resource(H2), key("resource/4d8926059edafb96"));
        assert_eq!(route(RoutingKey::Metric, Profile::default(), &request), key("claude_code.token.usage"));
    }
}

/// One point of each kind, and the codes that its kind, temporality and monotonicity have in the identity.
#[test]
fn each_kind_of_metric_has_its_code() {
    let histogram = |aggregation_temporality| {
        let data_points = vec![HistogramDataPoint::default()];
        Data::Histogram(Histogram { data_points, aggregation_temporality })
    };
    let exponential = ExponentialHistogram {
        data_points: vec![ExponentialHistogramDataPoint::default()],
        aggregation_temporality: 1,
    };
    let lines = [
        (sum("m", "u", 1, vec![]).data, "325fa3117d2539dd"),
        (Some(histogram(1)), "61f42864f66f265e"),
        (Some(Data::ExponentialHistogram(exponential)), "22c0ad02f3fd625f"),
        (Some(Data::Gauge(Gauge { data_points: vec![NumberDataPoint::default()] })), "8642283797803a3e"),
        (Some(Data::Summary(Summary { data_points: vec![SummaryDataPoint::default()] })), "d12d842de6baffea"),
        (Some(histogram(0)), "b0cb6c5d63475cd1"),
    ];
    for (data, expected) in lines {
        let metric = Metric { name: "m".into(), unit: "u".into(), data, ..Metric::default() };
        let request = request(vec![], ("s", "1", vec![]), metric);
        for minor in [H1, 162, H2] {
            assert_eq!(stream(minor, &request), key(&format!("stream/{expected}")));
        }
        assert_eq!(route(RoutingKey::Resource, Profile::default(), &request), key("resource/88201fb960ff6465"));
    }
}

fn structured() -> Vec<KeyValue> {
    let m = vec![valued("z", Some(Value::BoolValue(true))), valued("a", Some(Value::DoubleValue(1.5)))];
    let s = [Some(Value::StringValue("x".into())), Some(Value::IntValue(-1)), None];
    let s = s.into_iter().map(|value| AnyValue { value }).collect();
    vec![
        valued("b", Some(Value::BytesValue(vec![0, 1, 0xFE]))),
        valued("m", Some(Value::KvlistValue(KeyValueList { values: m }))),
        valued("s", Some(Value::ArrayValue(ArrayValue { values: s }))),
    ]
}

#[test]
fn values_that_are_no_text() {
    let lines = [
        (vec![valued("n", Some(Value::IntValue(1)))], "eabf6bd494b1362f", "82cc60f6b5e2495b"),
        (structured(), "82479ce5b0bc5d73", "744221e8abe68900"),
    ];
    for (attributes, plain, lengths) in lines {
        let request = request(vec![], ("s", "1", vec![]), sum("m", "u", 1, attributes));
        assert_eq!(stream(H1, &request), key(&format!("stream/{plain}")));
        assert_eq!(stream(H2, &request), key(&format!("stream/{lengths}")));
    }
}

fn attributes(names: &[&str]) -> RoutingKey {
    RoutingKey::Attributes(names.iter().map(|name| (*name).to_owned()).collect())
}

/// The exporter's own vectors: values as text, and the order of what is found.
#[test]
fn attributes_are_written_as_text() {
    let map = KeyValueList { values: vec![valued("b", Some(Value::IntValue(2))), texts(&[("a", "x")]).remove(0)] };
    let array = [Value::StringValue("x".into()), Value::IntValue(1), Value::BoolValue(false)];
    let values = array.into_iter().map(|value| AnyValue { value: Some(value) }).collect();
    let lines = [
        (Some(Value::IntValue(42)), "k=42|"),
        (Some(Value::DoubleValue(3.5)), "k=3.5|"),
        (Some(Value::BoolValue(true)), "k=true|"),
        (Some(Value::BytesValue(vec![1, 0xFF])), "k=Af8=|"),
        (Some(Value::KvlistValue(map)), r#"k={"a":"x","b":2}|"#),
        (Some(Value::ArrayValue(ArrayValue { values })), r#"k=["x",1,false]|"#),
        (None, "k=|"),
    ];
    for (value, expected) in lines {
        let request = request(vec![], ("", "", vec![]), sum("m", "", 1, vec![valued("k", value)]));
        assert_eq!(route(attributes(&["k"]), Profile::default(), &request), key(expected));
    }
}

/// First what the resource has, then the scope, then the point with what is missing; at each the order of the names.
#[test]
fn attributes_are_looked_for_from_the_outside() {
    let lines = [
        (["resource_key", "missing", "aaa"], "resource_key=res1|missing=|aaa=dp1|"),
        (["aaa", "scope_key", "resource_key"], "resource_key=res1|scope_key=sc1|aaa=dp1|"),
        (["both", "aaa", "scope_key"], "both=res2|scope_key=sc1|aaa=dp1|"),
    ];
    for (names, expected) in lines {
        let resource = texts(&[("resource_key", "res1"), ("both", "res2")]);
        let scope = ("", "", texts(&[("scope_key", "sc1"), ("both", "sc2")]));
        let request = request(resource, scope, sum("m", "", 1, texts(&[("aaa", "dp1"), ("both", "dp2")])));
        assert_eq!(route(attributes(&names), Profile::default(), &request), key(expected));
    }
}

/// A name that is no text counts as an empty one; without one there is no route.
#[test]
fn a_service_needs_a_name() {
    let of = |resource| {
        let request = request(resource, ("", "", vec![]), sum("m", "", 1, vec![]));
        route(RoutingKey::Service, Profile::default(), &request)
    };
    assert_eq!(of(vec![valued("service.name", Some(Value::IntValue(1)))]), key(""));
    assert_eq!(of(texts(&[("service.name", "first"), ("service.name", "second")])), key("first"));
    assert_eq!(of(texts(&[("service.version", "1")])), Route::NoServiceName);
}

/// Scenario: a metric without data and points. Guarantee: it goes where the vector for "everything empty, no type" says.
#[test]
fn what_has_no_points_has_a_route() {
    let request = request(vec![], ("", "", vec![]), Metric::default());
    let points = scan(&request);
    let router = Router::new(RoutingKey::Stream, Profile::default(), 16);
    let mut walk = router.walk(&request, &points, 0);
    let expected = Ok(key("stream/1ca3f2d5e6b1c0f7"));
    assert_eq!(walk.metric(0), expected);
    assert_eq!(walk.scope(0), expected);
    assert_eq!(walk.resource(0), expected);
}

/// Scenario: a request of several resources, scopes, metrics and points. Guarantee: each point goes where it would go alone.
#[test]
fn each_part_has_its_own_points() {
    let numbers = || [0, 1, 2].into_iter();
    let attribute = |number: i32| texts(&[("a", &format!("v{number}"))]);
    let metric = |number: i32, points: &[i32]| {
        let mut metric = sum(&format!("m{number}"), "u", 1, vec![]);
        if let Some(Data::Sum(Sum { data_points, .. })) = &mut metric.data {
            let point = |number: &i32| NumberDataPoint { attributes: attribute(*number), ..NumberDataPoint::default() };
            *data_points = points.iter().map(point).collect();
        }
        metric
    };
    let one = |resource, scope, metric| {
        let resource = texts(&[("service.name", &format!("r{resource}"))]);
        request(resource, (&format!("s{scope}"), "", attribute(scope)), metric)
    };
    // Requests that stand one behind the other are one request with all their resources.
    let (mut whole, mut alone) = (Vec::new(), Vec::new());
    for (resource, scope) in numbers().flat_map(|resource| numbers().map(move |scope| (resource, scope))) {
        for number in numbers() {
            whole.extend(one(resource, scope, metric(number, &[0, 1])));
            alone.extend([0, 1].map(|point| one(resource, scope, metric(number, &[point]))));
        }
    }
    for by in [RoutingKey::Service, RoutingKey::Resource, RoutingKey::Metric, RoutingKey::Stream, attributes(&["a"])] {
        let together = routes(by.clone(), Profile::default(), &whole);
        let each: Vec<Route> = alone.iter().map(|request| route(by.clone(), Profile::default(), request)).collect();
        assert_eq!(together, each, "{by:?}");
    }
}

/// Scenario: a description longer than one may be. Guarantee: it is said, at each place where it can be too long.
#[test]
fn descriptions_have_a_bound() {
    let long = texts(&[("k", &"x".repeat(64 << 10))]);
    let half = || texts(&[("k", &"x".repeat(40 << 10))]);
    let lines = [
        request(long.clone(), ("", "", vec![]), sum("m", "", 1, vec![])),
        request(vec![], ("", "", long.clone()), sum("m", "", 1, vec![])),
        request(vec![], ("", "", vec![]), sum("m", "", 1, long)),
        request(half(), ("", "", vec![]), sum("m", "", 1, half())),
    ];
    for request in lines {
        assert_eq!(route(RoutingKey::Stream, Profile::default(), &request), Route::TooLong);
        assert_eq!(route(RoutingKey::Metric, Profile::default(), &request), key("m"));
    }
}
