//! The actions of the Collector's attributes processor, by its README and `internal/coreinternal/attraction`, 0.164.

use model::AttributeValue as Value;
use serde_json::json;

use super::{act, attribute, text};

/// insert if the key is absent, update if it is there, upsert in both cases; the value keeps its type.
#[test]
fn a_value_for_a_key() {
    let before = [text("a", "1")];
    let integer = attribute("a", Value::Integer(7));
    let added = [text("a", "1"), attribute("b", Value::Integer(7))];
    for (action, key, after) in [
        ("insert", "a", None),
        ("insert", "b", Some(added.to_vec())),
        ("update", "a", Some(vec![integer.clone()])),
        ("update", "b", None),
        ("upsert", "a", Some(vec![integer])),
        ("upsert", "b", Some(added.to_vec())),
    ] {
        assert_eq!(act(json!([{ "action": action, "key": key, "value": 7 }]), &before), after, "{action} {key}");
    }
}

#[test]
fn values_keep_their_type() {
    for (json, value) in [
        (json!("x"), Value::Text("x".into())),
        (json!(""), Value::Text(String::new())),
        (json!(true), Value::Boolean(true)),
        (json!(-1), Value::Integer(-1)),
        (json!(1.0), Value::Double(1.0)),
    ] {
        assert_eq!(
            act(json!([{ "action": "insert", "key": "a", "value": json }]), &[]),
            Some(vec![attribute("a", value)])
        );
    }
}

/// The value of another attribute, with its type. If there is none nothing happens, unless there is a default.
#[test]
fn from_another_attribute() {
    let before = [attribute("a", Value::Integer(5)), text("b", "old")];
    let from = |action: &str, key: &str, from: &str| {
        act(json!([{ "action": action, "key": key, "from_attribute": from }]), &before)
    };
    let five = |key: &str| attribute(key, Value::Integer(5));
    assert_eq!(from("insert", "c", "a"), Some(vec![five("a"), text("b", "old"), five("c")]));
    assert_eq!(from("update", "b", "a"), Some(vec![five("a"), five("b")]));
    assert_eq!(from("upsert", "b", "a"), Some(vec![five("a"), five("b")]));
    for action in ["insert", "update", "upsert"] {
        assert_eq!(from(action, "b", "ENVIRONMENT"), None, "{action}");
        assert_eq!(from(action, "c", "ENVIRONMENT"), None, "{action}");
    }
    let fallback = json!([{ "action": "upsert", "key": "b", "from_attribute": "z", "default_value": "new" }]);
    assert_eq!(act(fallback, &before), Some(vec![five("a"), text("b", "new")]));
    let unneeded = json!([{ "action": "upsert", "key": "b", "from_attribute": "a", "default_value": "new" }]);
    assert_eq!(act(unneeded, &before), Some(vec![five("a"), five("b")]));
    let alone = json!([{ "action": "upsert", "key": "b", "default_value": "new" }]);
    assert_eq!(act(alone, &before), Some(vec![five("a"), text("b", "new")]));
}

/// By key and by pattern, which is not anchored; of both, both apply.
#[test]
fn delete() {
    let before = [text("a", "1"), text("user.id", "2"), text("x.user", "3")];
    for (action, after) in [
        (json!({ "action": "delete", "key": "a" }), vec![text("user.id", "2"), text("x.user", "3")]),
        (json!({ "action": "delete", "pattern": "user" }), vec![text("a", "1")]),
        (json!({ "action": "delete", "pattern": "^user" }), vec![text("a", "1"), text("x.user", "3")]),
        (json!({ "action": "delete", "key": "a", "pattern": "^user" }), vec![text("x.user", "3")]),
    ] {
        assert_eq!(act(json!([action]), &before), Some(after), "{action}");
    }
    assert_eq!(act(json!([{ "action": "delete", "key": "user" }]), &before), None);
}

/// The digests are those of coreutils' `sha256sum`. One byte of a boolean, eight of a number, little-endian; other
/// types become the empty text.
#[test]
fn hash() {
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    for (value, digest) in [
        (Value::Text("abc".into()), ABC),
        (Value::Boolean(true), "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"),
        (Value::Boolean(false), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (Value::Integer(42), "ed049108bc18f2c64369e8d0ea42850bdd1a7d1dd340cfde716315579702a76c"),
        (Value::Double(1.5), "e163f8cb0f7067a7fc78ca859a77f849aea3214f38fb75b884e4a16be725c905"),
        (Value::Bytes(vec![0, 255]), ""),
        (Value::Structured(r#"{"arrayValue":{}}"#.into()), ""),
        (Value::Structured("{}".into()), ""),
    ] {
        let hashed = act(json!([{ "action": "hash", "key": "a" }]), &[attribute("a", value.clone())]);
        assert_eq!(hashed, Some(vec![text("a", digest)]), "{value:?}");
    }
    let by_pattern = json!([{ "action": "hash", "key": "a", "pattern": "^user" }]);
    let before = [text("a", "abc"), text("b", "abc"), text("user.id", "abc")];
    assert_eq!(act(by_pattern, &before), Some(vec![text("a", ABC), text("b", "abc"), text("user.id", ABC)]));
}

/// Named groups become attributes and write over others; a value that is no text gives nothing, as does one that does
/// not match.
#[test]
fn extract() {
    let pattern = r"^(?P<scheme>\w+)://(?P<host>[^/:]+)(?::(?P<port>\d+))?";
    let action = json!([{ "action": "extract", "key": "url", "pattern": pattern }]);
    let before = [text("host", "old"), text("url", "http://example.com/x")];
    let url = || text("url", "http://example.com/x");
    let after = vec![text("host", "example.com"), text("port", ""), text("scheme", "http"), url()];
    assert_eq!(act(action.clone(), &before), Some(after));
    assert_eq!(act(action.clone(), &[text("url", "nothing")]), None);
    assert_eq!(act(action.clone(), &[attribute("url", Value::Integer(1))]), None);
    assert_eq!(act(action, &[text("host", "a://b")]), None);
}

/// A target may be the attribute itself.
#[test]
fn extract_into_itself() {
    let action = json!([{ "action": "extract", "key": "a", "pattern": "(?P<a>[0-9]+)" }]);
    assert_eq!(act(action, &[text("a", "x12y")]), Some(vec![text("a", "12")]));
}

/// In their order, each on what the ones before have left.
#[test]
fn in_a_row() {
    let actions = json!([
        { "action": "insert", "key": "b", "from_attribute": "a" },
        { "action": "delete", "key": "a" },
        { "action": "convert", "key": "b", "converted_type": "int" },
        { "action": "insert", "key": "b", "value": "late" },
    ]);
    assert_eq!(act(actions, &[text("a", "12")]), Some(vec![attribute("b", Value::Integer(12))]));
}

/// The sender broke the rule that keys are unique: the first value is read, and one is left.
#[test]
fn doubled_keys() {
    let before = [text("a", "1"), text("a", "2")];
    assert_eq!(act(json!([{ "action": "insert", "key": "a", "value": "3" }]), &before), None);
    assert_eq!(act(json!([{ "action": "update", "key": "a", "value": "3" }]), &before), Some(vec![text("a", "3")]));
    let copied = act(json!([{ "action": "insert", "key": "b", "from_attribute": "a" }]), &before);
    assert_eq!(copied, Some(vec![text("a", "1"), text("a", "2"), text("b", "1")]));
}
