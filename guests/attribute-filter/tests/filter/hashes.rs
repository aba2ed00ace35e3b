//! The action `hash`. The digests are those of coreutils' `sha256sum`; that of "abc" is also in FIPS 180-2, B.1.

use attribute_filter::types::Value;

use crate::scenario::{attribute, attributes, passes, text, with};

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const ALICE: &str = "2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90";
const BOB: &str = "81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9";

/// The bytes of each type are those that the Collector's attributes processor hashes, where it hashes the type.
#[test]
fn every_type() {
    let structured = r#"{"arrayValue":{"values":[{"intValue":"1"}]}}"#;
    for (value, digest) in [
        (Value::Text("abc".into()), ABC),
        (Value::Text("zürich".into()), "201f10d5d64518d86d2d3a47d28675d1c788762c5345df643dadec71d4e0a91e"),
        (Value::Boolean(true), "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"),
        (Value::Boolean(false), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (Value::Integer(42), "ed049108bc18f2c64369e8d0ea42850bdd1a7d1dd340cfde716315579702a76c"),
        (Value::Integer(-2), "81b37f7f8b78762feb067131152a700548754f937a0668c1f327d2ee1a2d2801"),
        (Value::Double(1.5), "e163f8cb0f7067a7fc78ca859a77f849aea3214f38fb75b884e4a16be725c905"),
        (Value::Bytes(vec![0x00, 0xff]), "06eb7d6a69ee19e5fbdf749018d3d2abfa04bcbd1365db312eb86dc7169389b8"),
        (Value::Structured(structured.into()), "135acd73959a21051c426e46e6207cd2d4f6f57dac3e023b2cbec8f429014308"),
    ] {
        let hashed = attributes(r#"[{"hash":"user.id"}]"#, &[attribute("user.id", value.clone())]);
        assert_eq!(hashed, [text("user.id", digest)], "{value:?}");
    }
}

/// As in the Collector, which does not hash nothing.
#[test]
fn empty_stays_empty() {
    passes(r#"[{"hash":"user.id"}]"#, with(&[text("user.id", "")]));
    assert_eq!(
        attributes(r#"[{"hash":"user.id"}]"#, &[attribute("user.id", Value::Bytes(Vec::new()))]),
        [text("user.id", "")]
    );
}

/// Each value by itself, and no other.
#[test]
fn all_that_match() {
    let before = [text("team", "abc"), text("user.id", "alice"), text("user.name", "bob")];
    let after = [text("team", "abc"), text("user.id", ALICE), text("user.name", BOB)];
    assert_eq!(attributes(r#"[{"hash":["user.*"]}]"#, &before), after);
}

#[test]
fn doubled_keys_become_one() {
    let before = [text("a", "abc"), text("a", "bob"), text("b", "1"), text("b", "2")];
    assert_eq!(attributes(r#"[{"hash":"a"}]"#, &before), [text("a", ABC), text("b", "1"), text("b", "2")]);
}
