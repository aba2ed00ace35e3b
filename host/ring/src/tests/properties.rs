//! What holds of every request and of every list.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use otlp::key::Keyer;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use prost::Message as _;

use super::build::{request, route, sum, valued};
use crate::profile::RingGeneration;
use crate::ring::collector::{A, B, C};
use crate::{Position, Profile, Ring, Route, Router, RoutingKey};

fn attribute() -> impl Strategy<Value = KeyValue> {
    let value = prop_oneof![
        Just(None),
        "[a-z]{0,4}".prop_map(|text| Some(Value::StringValue(text))),
        any::<bool>().prop_map(|flag| Some(Value::BoolValue(flag))),
        prop_oneof![Just(i64::MIN), Just(0), Just(i64::MAX)].prop_map(|number| Some(Value::IntValue(number))),
        any::<f64>().prop_map(|number| Some(Value::DoubleValue(number))),
        vec(any::<u8>(), 0..4).prop_map(|bytes| Some(Value::BytesValue(bytes))),
    ];
    ("[a-c]{0,2}", value).prop_map(|(key, value)| valued(&key, value))
}

/// Attributes with keys that stand once, in some order.
fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    vec(attribute(), 0..6)
        .prop_map(|entries| {
            let unique: BTreeMap<String, KeyValue> =
                entries.into_iter().map(|entry| (entry.key.clone(), entry)).collect();
            unique.into_values().collect::<Vec<_>>()
        })
        .prop_shuffle()
}

fn generation() -> impl Strategy<Value = RingGeneration> {
    use RingGeneration::{A, B, Balanced, C};
    prop_oneof![Just(A), Just(B), Just(C), Just(Balanced)]
}

fn routing_key() -> impl Strategy<Value = RoutingKey> {
    prop_oneof![
        Just(RoutingKey::Service),
        Just(RoutingKey::Resource),
        Just(RoutingKey::Metric),
        Just(RoutingKey::Stream),
        vec("[a-c]{0,2}", 1..4).prop_map(RoutingKey::Attributes),
    ]
}

/// The routes of all points of a request, if it is one.
fn all(key: &RoutingKey, request: &[u8]) -> Option<Vec<Route>> {
    let points = otlp::scan::scan(request, &Keyer::random(), &mut |_| true).ok()?;
    let router = Router::new(key.clone(), Profile::default(), 16);
    let mut walk = router.walk(request, &points, 0);
    points.points.iter().map(|point| walk.point(point).ok()).collect()
}

proptest! {
    /// Scenario: attributes in another order. Guarantee: the same route, by each key and in each generation.
    #[test]
    fn order_does_not_count(
        one in attributes(), key in routing_key(), minor in prop_oneof![Just(161_u32), Just(162), Just(163)],
    ) {
        let mut other = one.clone();
        other.reverse();
        let [one, other] = [one, other].map(|entries| {
            let metric = sum("m", "u", 1, entries.clone());
            route(key.clone(), Profile::of_release(minor), &request(entries.clone(), ("s", "1", entries), metric))
        });
        prop_assert_eq!(one, other);
    }

    /// Scenario: bytes that are no request, or one with bytes changed. Guarantee: an error or a route, never a panic.
    #[test]
    fn no_bytes_are_too_bad(
        entries in attributes(), key in routing_key(), changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let metric = sum("m", "u", 1, entries.clone());
        let mut request = request(entries.clone(), ("s", "1", entries), metric);
        for (index, byte) in changes {
            let index = index.index(request.len());
            request[index] = byte;
        }
        if let Ok(points) = otlp::scan::scan(&request, &Keyer::random(), &mut |_| true) {
            let router = Router::new(key, Profile::default(), 16);
            let mut walk = router.walk(&request, &points, 0);
            for point in &points.points {
                let _ = walk.point(point);
            }
            for metric in 0..points.metrics.len() {
                let _ = walk.metric(metric as u32);
            }
        }
    }

    /// Scenario: a request with bytes changed that is still one. Guarantee: it has the routes of what it says, as `prost` reads
    /// and writes it.
    #[test]
    fn encoding_does_not_count(
        entries in attributes(), key in routing_key(), changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let metric = sum("m", "u", 1, entries.clone());
        let mut request = request(entries.clone(), ("s", "1", entries), metric);
        for (index, byte) in changes {
            let index = index.index(request.len());
            request[index] = byte;
        }
        let encoded = ExportMetricsServiceRequest::decode(&*request).map(|decoded| decoded.encode_to_vec());
        if let (Some(one), Some(other)) = (all(&key, &request), encoded.ok().and_then(|other| all(&key, &other))) {
            prop_assert_eq!(one, other);
        }
    }

    /// Scenario: any list and any position. Guarantee: the position belongs to the first node at it or behind it, as a walk
    /// over the nodes finds.
    #[test]
    fn a_position_belongs_to_the_next_node(names in btree_set("[a-z]{1,3}", 1..8), position in any::<u32>()) {
        let listed: Vec<Box<str>> = names.iter().map(|name| name.as_str().into()).collect();
        for (generation, shape) in [(RingGeneration::A, A), (RingGeneration::B, B), (RingGeneration::C, C)] {
            let nodes = shape.nodes(&listed);
            let next = nodes.iter().find(|node| node.position >= position % shape.positions).or(nodes.first());
            let ring = Ring::new(generation, &listed);
            prop_assert_eq!(ring.member(Position(position)), next.map(|node| usize::from(node.member)));
        }
    }

    /// Scenario: the same list in another order. Guarantee: the same ring.
    #[test]
    fn the_order_of_members_does_not_count(names in vec("[a-z]{1,3}", 1..8), generation in generation()) {
        let reversed: Vec<&String> = names.iter().rev().collect();
        prop_assert_eq!(Ring::new(generation, &names), Ring::new(generation, reversed));
    }
}
