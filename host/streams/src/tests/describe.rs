//! What streams of a request share is looked at once, and given back whole.

use prost::Message as _;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::NumberDataPoint;
use opentelemetry_proto::tonic::resource::v1::Resource;

use crate::describe::{Context, Describer, Descriptions, MetricTexts, Places, WireDescription};
use model::MetricTraits;
use model::{CUMULATIVE, Kind};
use otlp::key::Keyer;
use otlp::scan::DESCRIPTION_BYTES;

const TRAITS: MetricTraits = MetricTraits { kind: Kind::Sum, temporality: CUMULATIVE, monotonic: true };

/// No message: a length that reaches past the end.
const BROKEN: &[u8] = &[0x0A, 0x7F];

fn attributes(value: &str) -> Vec<KeyValue> {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.into())) });
    vec![KeyValue { key: "a".into(), value, ..KeyValue::default() }]
}

fn resource(value: &str) -> Vec<u8> {
    Resource { attributes: attributes(value), ..Resource::default() }.encode_to_vec()
}

fn scope(value: &str) -> Vec<u8> {
    InstrumentationScope { attributes: attributes(value), ..InstrumentationScope::default() }.encode_to_vec()
}

fn point(value: &str) -> Vec<u8> {
    NumberDataPoint { attributes: attributes(value), ..NumberDataPoint::default() }.encode_to_vec()
}

fn at(resource: u32, scope: u32, metric: u32) -> Places {
    Places { resource, scope, metric }
}

/// Whatever stands at a place that is known is not read again, whether the description is short or too long.
#[test]
fn what_streams_share_is_looked_at_once() {
    let mut descriptions = Descriptions::default();
    for length in [1, DESCRIPTION_BYTES] {
        let (resource, scope, [a, b]) = (resource(&"r".repeat(length)), scope("s"), ["a", "b"].map(point));
        let metric = MetricTexts { name: b"m", ..MetricTexts::default() };
        let first = WireDescription {
            places: at(3, 5, 7),
            resource: &resource,
            scope: &scope,
            metric,
            traits: TRAITS,
            point: &a,
        };
        let broken = vec![BROKEN[0]; resource.len()];
        let second = WireDescription { resource: &broken, scope: BROKEN, point: &b, ..first };
        let mut context = Context::default();
        let known = descriptions.identify(&first, &mut context).expect("well formed");
        assert_eq!(known.is_some(), length == 1);
        let number = descriptions.identify(&second, &mut context).expect("only the point is read");
        if let Some(number) = number {
            let view = descriptions.view(number);
            assert_eq!(view.name(), "m");
            assert_eq!(view.resource().count() + view.scope_attributes().count() + view.attributes().count(), 3);
        }
        // At another place it is, resource and scope alike.
        for other in
            [WireDescription { places: at(4, 5, 7), ..second }, WireDescription { places: at(3, 6, 7), ..second }]
        {
            descriptions.identify(&other, &mut context).expect_err("no message");
        }
        descriptions.release_context(context);
    }
}

/// The point of another metric is told apart by it, and two metrics with the same texts are one.
#[test]
fn metrics_are_told_apart() {
    let (mut descriptions, mut context) = (Descriptions::default(), Context::default());
    let point = point("a");
    let mut number = |metric: u32, name: &'static str, traits: MetricTraits| {
        let metric_texts = MetricTexts { name: name.as_bytes(), ..MetricTexts::default() };
        let places = at(0, 0, metric);
        let written =
            WireDescription { places, resource: &[], scope: &[], metric: metric_texts, traits, point: &point };
        descriptions.identify(&written, &mut context).expect("well formed").expect("it is short")
    };
    let first = number(0, "m", TRAITS);
    assert_ne!(number(1, "n", TRAITS), first);
    assert_ne!(number(2, "m", MetricTraits { monotonic: false, ..TRAITS }), first);
    assert_eq!(number(3, "m", TRAITS), first);
}

/// When all uses have been given back nothing is left but the last resource and scope, whichever way it went.
#[test]
fn contexts_give_everything_back() {
    let mut descriptions = Descriptions::default();
    let mut held = Vec::new();
    for round in 0..50 {
        let mut context = Context::default();
        let mut numbers = Vec::new();
        for place in 0..20 {
            // Texts of the same length in each round, and never the same.
            let text = |every: u32| format!("{:06}", round * 100 + place / every);
            let (resource, scope, point) = (resource(&text(4)), scope(&text(3)), point(&text(2)));
            let name = text(2);
            let metric = MetricTexts { name: name.as_bytes(), description: name.as_bytes(), unit: b"" };
            let places = at(place / 4, place / 3, place / 2);
            let written =
                WireDescription { places, resource: &resource, scope: &scope, metric, traits: TRAITS, point: &point };
            numbers.extend(descriptions.identify(&written, &mut context).expect("well formed"));
            let broken = WireDescription { places: at(99, 99, 99), resource: BROKEN, ..written };
            descriptions.identify(&broken, &mut context).expect_err("no message");
        }
        assert_eq!(numbers.len(), 20);
        descriptions.release_context(context);
        numbers.into_iter().for_each(|number| descriptions.release(number));
        assert!(descriptions.is_empty());
        held.push(descriptions.memory());
    }
    // Tables have their size after the first rounds.
    assert!(held[10..].iter().all(|bytes| *bytes == held[10]), "{held:?}");
}

/// Threads that share no numbers agree on the key of an identity, whatever its attributes' order; every part of it counts.
#[test]
fn keys_stand_for_identities() {
    let keyer = Keyer::random();
    let mut keys = Describer::new(keyer.clone());
    let two = |first: &str, second: &str| {
        [point(first), point(second).iter().map(|&byte| byte ^ u8::from(byte == b'a')).collect()].concat()
    };
    let (resources, scopes) = ([resource("r"), resource("s")], [scope("s"), scope("r")]);
    let points = [two("x", "y"), two("y", "x"), point("x")];
    let names: [&[u8]; 2] = [b"m", b"n"];
    let mut seen = Vec::new();
    let mut place = 0;
    for (resource, scope) in resources.iter().flat_map(|resource| scopes.iter().map(move |scope| (resource, scope))) {
        for (point, name) in points.iter().flat_map(|point| names.iter().map(move |name| (point, name))) {
            place += 1;
            let metric = MetricTexts { name, description: b"not part of it", ..MetricTexts::default() };
            let places = at(place, place, place);
            let written = WireDescription { places, resource, scope, metric, traits: TRAITS, point };
            let mut descriptions = Descriptions::default();
            let number = descriptions.take(&written).expect("well formed");
            let key = keys.key(&written).expect("well formed");
            assert_eq!(descriptions.view(number).key(&keyer), key);
            let description = keys.describe(&written).expect("well formed");
            assert_eq!((description.key(), descriptions.adopt(&description)), (key, number));
            assert!(!seen.contains(&key), "another identity has the same key");
            seen.push(key);
        }
    }
    let other_order = [point("y").iter().map(|&byte| byte ^ u8::from(byte == b'a')).collect(), point("x")].concat();
    let metric = MetricTexts { name: b"m", ..MetricTexts::default() };
    let places = at(0, 0, 0);
    let (resource, scope) = (&resources[0], &scopes[0]);
    let written = WireDescription { places, resource, scope, metric, traits: TRAITS, point: &other_order };
    assert_eq!(keys.key(&written).expect("well formed"), seen[0]);
}
