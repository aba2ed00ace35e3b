//! Profiles and their names.

use crate::Profile;
use crate::hash::HashGeneration::{FirstOfEqualKeys, Lengths, Plain};
use crate::profile::RingGeneration::{A, B, Balanced, C};

/// Which release has which ring and which hashes.
#[test]
fn releases_have_profiles() {
    let lines = [
        ("v0.130", A, FirstOfEqualKeys),
        ("v0.131", B, FirstOfEqualKeys),
        ("0.156.0", B, FirstOfEqualKeys),
        ("v0.157.0", C, FirstOfEqualKeys),
        ("v0.161", C, FirstOfEqualKeys),
        ("0.162", C, Plain),
        ("v0.163.0", C, Lengths),
        ("v0.200.3", C, Lengths),
        ("balanced", Balanced, Lengths),
    ];
    for (name, ring, hash) in lines {
        assert_eq!(name.parse(), Ok(Profile { hash, ring }), "{name}");
    }
    assert_eq!("v0.163".parse(), Ok(Profile::default()));
}

#[test]
fn what_is_no_release_is_refused() {
    for name in ["", "v", "v1.65", "0", "0.", "0.161.", "0.x", "0.161.0.1", "vv0.161", "Balanced", "0.99999999999"] {
        assert!(name.parse::<Profile>().is_err(), "{name}");
    }
}
