//! Vectors that `vectors/make` has made by the functions of the Collector: random requests with each key, and rings.

use sha2::{Digest as _, Sha256};

use super::build::route;
use crate::ring::collector::C;
use crate::{Position, Profile, Ring, Route, RoutingKey};

const KEYS_161: &str = include_str!("vectors/keys-v0.161.tsv");
const KEYS_164: &str = include_str!("vectors/keys-v0.164.tsv");
const RINGS_161: &str = include_str!("vectors/rings-v0.161.tsv");

/// The attributes that `generate.go` routes by.
const ROUTED_BY: [&str; 4] = ["session.id", "a", "", "é"];

/// Scenario: random requests with every kind of point and of value. Guarantee: each routing key is the Collector's.
#[test]
fn keys_are_those_of_the_collector() {
    for (minor, file) in [(161, KEYS_161), (164, KEYS_164)] {
        let profile = Profile::of_release(minor);
        let mut lines = 0;
        for line in file.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [request, service, resource, metric, stream, attributes] = fields[..] else { panic!("{line}") };
            let request = bytes(request);
            let attributes_key = RoutingKey::Attributes(ROUTED_BY.map(str::to_owned).to_vec());
            let keys = [
                (RoutingKey::Service, service),
                (RoutingKey::Resource, resource),
                (RoutingKey::Metric, metric),
                (RoutingKey::Stream, stream),
                (attributes_key, attributes),
            ];
            for (key, expected) in keys {
                let expected = match expected.strip_suffix('.') {
                    Some(expected) => Route::To(Position::of(&bytes(expected))),
                    None => Route::NoServiceName,
                };
                assert_eq!(route(key.clone(), profile, &request), expected, "0.{minor} {key:?} line {lines}");
            }
            lines += 1;
        }
        assert_eq!(lines, 160);
    }
}

/// Scenario: lists of one to 300 workers, with and without a port. Guarantee: virtual nodes and lookups are the Collector's.
#[test]
fn rings_are_those_of_the_collector() {
    let mut lines = 0;
    for line in RINGS_161.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [endpoints, items, digest, found] = fields[..] else { panic!("{line}") };
        let listed: Vec<Box<str>> = endpoints.split(',').map(Into::into).collect();
        let ring = Ring::new(Profile::of_release(161).ring, &listed);
        let nodes = C.nodes(&listed);
        assert_eq!(nodes.len().to_string(), items);
        let mut hash = Sha256::new();
        for node in &nodes {
            hash.update(format!("{} {}\n", node.position, ring.members()[usize::from(node.member)]));
        }
        assert_eq!(hash.finalize()[..], bytes(digest), "{} workers", listed.len());
        for (key, expected) in found.split(',').enumerate() {
            let member = ring.member(Position::of(format!("key-{key}").as_bytes())).expect("a member");
            assert_eq!(&*ring.members()[member], expected);
        }
        lines += 1;
    }
    assert_eq!(lines, 14);
}

/// Hexadecimal to bytes.
fn bytes(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("hexadecimal") as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
