//! Rings: those of the Collector's unit tests, what its code makes of other lists, and shares.

use sha2::{Digest as _, Sha256};

use crate::profile::RingGeneration;
use crate::ring::collector::{A, B, C, Rules, Shape};
use crate::{Position, Ring};

fn listed(names: &[&str]) -> Vec<Box<str>> {
    names.iter().map(|name| (*name).into()).collect()
}

/// Positions and last letters of the members of a ring with five nodes each.
fn five(shape: &Shape, names: &[&str]) -> Vec<(u32, u16)> {
    let shape = Shape { nodes: 5, ..*shape };
    shape.nodes(&listed(names)).iter().map(|node| (node.position, node.member)).collect()
}

#[test]
fn rings_of_the_collectors_unit_tests() {
    let alone = |nodes: [u32; 5]| nodes.map(|position| (position, 0)).to_vec();
    assert_eq!(five(&A, &["endpoint-1"]), alone([1401, 4175, 14133, 17836, 21667]));
    assert_eq!(five(&B, &["endpoint-1"]), alone([0x21ca, 0x29d3, 0x3984, 0x5eaf, 0x8bc1]));
    assert_eq!(five(&C, &["endpoint-1"]), alone([0x4be4, 0x666a, 0xad6f, 0x1_a4c1, 0x1_bae2]));
    let two = ["endpoint-A", "endpoint-B"];
    let b = [
        (0x0dde, 1),
        (0x162e, 0),
        (0x21f5, 1),
        (0x34e5, 0),
        (0x61fb, 1),
        (0x6910, 1),
        (0x76a0, 0),
        (0x7e2b, 0),
        (0x7f7c, 0),
        (0x85ac, 1),
    ];
    assert_eq!(five(&B, &two), b);
    let c = [
        (0x61a4, 1),
        (0xca91, 0),
        (0x1_0b72, 0),
        (0x1_1372, 1),
        (0x1_16b1, 1),
        (0x1_1801, 0),
        (0x1_8a36, 1),
        (0x1_af01, 1),
        (0x1_af16, 0),
        (0x1_e723, 0),
    ];
    assert_eq!(five(&C, &two), c);
}

/// The same list twice: each node stands once more, at the next position (0.131 and later).
#[test]
fn a_member_that_stands_twice_has_each_node_twice() {
    let once = five(&B, &["endpoint-1"]);
    let twice = five(&B, &["endpoint-1", "endpoint-1"]);
    let expected: Vec<_> = once.iter().flat_map(|(position, _)| [(*position, 0), (*position + 1, 0)]).collect();
    assert_eq!(twice, expected);
}

fn digest(nodes: &[(u32, &str)]) -> String {
    let mut hash = Sha256::new();
    for (position, name) in nodes {
        hash.update(format!("{position} {name}\n"));
    }
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn nodes(shape: &Shape, names: &[String]) -> Vec<(u32, String)> {
    let mut listed: Vec<Box<str>> = names.iter().map(|name| name.as_str().into()).collect();
    listed.sort();
    let found = shape.nodes(&listed);
    listed.dedup();
    found.iter().map(|node| (node.position, listed[usize::from(node.member)].to_string())).collect()
}

fn numbered(prefix: &str, numbers: std::ops::RangeInclusive<u32>, suffix: &str) -> Vec<String> {
    numbers.map(|number| format!("{prefix}{number}{suffix}")).collect()
}

/// Rings of 0.157 and later: number of nodes, digest, first and last position.
#[test]
fn rings_of_other_lists() {
    let wrap: Vec<String> = ["w-1372", "w-2126", "w-2299"].map(str::to_owned).to_vec();
    let lines = [
        (numbered("10.0.0.", 1..=1, ""), 200, "c029a87604eb64c4", 337, 131_043),
        (numbered("10.0.0.", 1..=1, ":4317"), 200, "3a74e151a38c5b66", 205, 130_502),
        (numbered("10.0.0.", 1..=3, ""), 600, "1603e043b589da62", 226, 131_043),
        (numbered("10.0.0.", 1..=3, ":4317"), 600, "5e233e20885d7d2f", 205, 131_050),
        (numbered("10.0.0.", 1..=10, ""), 2_000, "14e54b3ca4bdd6ee", 63, 131_043),
        (numbered("10.0.0.", 1..=10, ":4317"), 2_000, "ff0132f29f5bc3d7", 144, 131_050),
        (numbered("10.0.0.", 1..=20, ":4317"), 4_000, "5edc3212ffb29ccc", 144, 131_050),
        (numbered("endpoint-", 0..=299, ""), 60_000, "2d24d9c1a0a7ba4a", u32::MAX, u32::MAX),
        (wrap, 600, "05de46943a21f0b2", 0, 131_070),
    ];
    for (names, count, expected, first, last) in lines {
        let nodes = nodes(&C, &names);
        let borrowed: Vec<(u32, &str)> = nodes.iter().map(|(position, name)| (*position, name.as_str())).collect();
        assert_eq!((nodes.len(), digest(&borrowed).as_str()), (count, expected), "{names:?}");
        if first != u32::MAX {
            assert_eq!((nodes[0].0, nodes[count - 1].0), (first, last));
        }
    }
}

/// Nodes at one position: the lower hash stays, the others go on, beyond the end to the beginning.
#[test]
fn nodes_at_one_position() {
    let at = |names: &[String], position: u32| {
        let nodes = nodes(&C, names);
        nodes.into_iter().find(|(at, _)| *at == position).map(|(_, name)| name).unwrap_or_default()
    };
    let three = numbered("10.0.0.", 1..=3, "");
    assert_eq!((at(&three, 52_990), at(&three, 52_991)), ("10.0.0.3".into(), "10.0.0.1".into()));
    let ten = numbered("10.0.0.", 1..=10, "");
    assert_eq!((at(&ten, 5_018), at(&ten, 5_019)), ("10.0.0.8".into(), "10.0.0.7".into()));
    let ports = numbered("10.0.0.", 1..=10, ":4317");
    assert_eq!((at(&ports, 1_680), at(&ports, 1_681)), ("10.0.0.8:4317".into(), "10.0.0.10:4317".into()));
    let wrap: Vec<String> = ["w-1372", "w-2126", "w-2299"].map(str::to_owned).to_vec();
    let found = [131_070, 0, 1].map(|position| at(&wrap, position));
    assert_eq!(found, ["w-1372", "w-2299", "w-2126"]);
}

/// Twelve nodes whose hash is the same position: ten find a place.
#[test]
fn more_nodes_than_a_node_goes_on() {
    let names = [
        184_565, 290_374, 313_271, 483_063, 610_869, 838_851, 911_421, 1_046_565, 1_059_243, 1_164_266, 1_237_719,
        1_424_383,
    ];
    let names = names.map(|number| format!("d-{number}"));
    let shape = Shape { nodes: 1, ..C };
    let found = nodes(&shape, &names);
    let order = [313_271, 610_869, 184_565, 1_237_719, 1_424_383, 911_421, 838_851, 1_059_243, 483_063, 290_374];
    let expected: Vec<_> = (1_000..).zip(order.map(|number| format!("d-{number}"))).collect();
    assert_eq!(found, expected);
    let one = Shape { positions: 1, nodes: 2, rules: Rules::Byte };
    assert_eq!(nodes(&one, &names[..3]).len(), 1, "one position has one node");
}

fn member(ring: &Ring, key: &[u8]) -> String {
    let member = ring.member(Position::of(key)).expect("a member");
    ring.members()[member].to_string()
}

/// Lookups of the Collector's unit tests, in lists of two, three and ten.
#[test]
fn keys_go_where_the_collector_sends_them() {
    let two = ["endpoint-1", "endpoint-2"];
    let (b, c) = (Ring::new(RingGeneration::B, two), Ring::new(RingGeneration::C, two));
    let lines: [(&[u8], &str, &str); 4] = [
        (&[1, 2, 0, 0], "endpoint-2", "endpoint-2"),
        (&[0x80, 0x80, 0, 0], "endpoint-1", "endpoint-1"),
        (b"ad-service-7", "endpoint-2", "endpoint-2"),
        (b"get-recommendations-1", "endpoint-1", "endpoint-2"),
    ];
    for (key, in_b, in_c) in lines {
        assert_eq!((member(&b, key).as_str(), member(&c, key).as_str()), (in_b, in_c));
    }
    let three = ["endpoint-1", "endpoint-2", "endpoint-3"];
    let (b, c) = (Ring::new(RingGeneration::B, three), Ring::new(RingGeneration::C, three));
    let lines = [
        ("stream/df3ac8f1f36e5836", 1, 2),
        ("stream/770305850f3632c4", 3, 2),
        ("stream/10f62caa42f23208", 3, 3),
        ("stream/a6cee13bcfa90742", 3, 1),
        ("stream/94a1b62d162da7e3", 2, 2),
        ("stream/33c7b4e4b72e9f19", 2, 3),
        ("stream/f1a737c32030b2ff", 2, 3),
        ("resource/99d9e3f8e25dd8f6", 2, 1),
        ("resource/561be85f9d0f9beb", 3, 2),
        ("first.monotonic.sum", 3, 2),
        ("second.monotonic.sum", 3, 2),
        ("third.monotonic.sum", 1, 2),
        ("service-alpha", 3, 2),
        ("service-beta", 2, 2),
        ("service-gamma", 1, 1),
    ];
    for (key, in_b, in_c) in lines {
        let expected = (format!("endpoint-{in_b}"), format!("endpoint-{in_c}"));
        assert_eq!((member(&b, key.as_bytes()), member(&c, key.as_bytes())), expected, "{key}");
    }
    let keys: [&[u8]; 4] = [b"stream/33a85d6042329ad9", b"stream/cb5a167ba6bbd287", b"claude-code", b""];
    let places = keys.map(|key| C.place(Position::of(key)));
    assert_eq!(places, [29_127, 56_660, 42_007, 0]);
    for (suffix, expected) in [(":4317", [7, 1, 9, 4]), ("", [5, 6, 5, 4])] {
        let ring = Ring::new(RingGeneration::C, numbered("10.0.0.", 1..=10, suffix));
        let found = keys.map(|key| member(&ring, key));
        assert_eq!(found, expected.map(|number| format!("10.0.0.{number}{suffix}")));
    }
}

#[test]
fn an_empty_ring_has_no_member() {
    for generation in [RingGeneration::A, RingGeneration::C, RingGeneration::Balanced] {
        assert_eq!(Ring::new(generation, [""; 0]).member(Position(7)), None);
    }
}
