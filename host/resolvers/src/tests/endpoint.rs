//! Names and addresses.

use crate::endpoint::{address, name};

#[test]
fn names_are_the_collectors() {
    let ip = |text: &str| text.parse().expect("an address");
    assert_eq!(name(ip("10.0.0.1"), None), "10.0.0.1");
    assert_eq!(name(ip("10.0.0.1"), Some(4317)), "10.0.0.1:4317");
    assert_eq!(name(ip("fd00::1"), None), "[fd00::1]");
    assert_eq!(name(ip("fd00::1"), Some(55690)), "[fd00::1]:55690");
}

/// A port goes without saying, also behind an IPv6 address, where the Collector adds none.
#[test]
fn every_member_has_an_address() {
    let lines = [
        ("10.0.0.1", "10.0.0.1:4317"),
        ("10.0.0.1:5317", "10.0.0.1:5317"),
        ("worker-1", "worker-1:4317"),
        ("worker-1.example:1", "worker-1.example:1"),
        ("[fd00::1]", "[fd00::1]:4317"),
        ("[fd00::1]:1", "[fd00::1]:1"),
        ("fd00::1", "[fd00::1]:4317"),
    ];
    for (name, expected) in lines {
        assert_eq!(address(name), expected);
    }
}
