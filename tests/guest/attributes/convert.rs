//! The action `convert`: what a value is in another type. `None` means that it stays.

use model::AttributeValue as Value;
use serde_json::json;

use super::{act, attribute};

fn integer(value: i64) -> Option<Value> {
    Some(Value::Integer(value))
}

fn double(value: f64) -> Option<Value> {
    Some(Value::Double(value))
}

fn word(text: &str) -> Option<Value> {
    Some(Value::Text(text.into()))
}

#[track_caller]
fn check(to: &str, cases: &[(Value, Option<Value>)]) {
    for (before, after) in cases {
        let converted =
            act(json!([{ "action": "convert", "key": "a", "converted_type": to }]), &[attribute("a", before.clone())]);
        let after = after.clone().map(|after| vec![attribute("a", after)]);
        assert_eq!(converted, after, "{before:?} to {to}");
    }
}

/// A double is cut, a boolean is 0 or 1, a text is read in base ten; what has no integer of 64 bits stays.
#[test]
fn to_integers() {
    check(
        "int",
        &[
            (Value::Double(2.9), integer(2)),
            (Value::Double(-2.9), integer(-2)),
            (Value::Double(-9_223_372_036_854_775_808.0), integer(i64::MIN)),
            (Value::Double(9_223_372_036_854_775_808.0), None),
            (Value::Double(f64::NAN), None),
            (Value::Boolean(true), integer(1)),
            (Value::Boolean(false), integer(0)),
            (Value::Text("123".into()), integer(123)),
            (Value::Text("-123".into()), integer(-123)),
            (Value::Text("9223372036854775807".into()), integer(i64::MAX)),
            (Value::Text("9223372036854775808".into()), None),
            (Value::Text("123abc".into()), None),
            (Value::Text("1.5".into()), None),
            (Value::Text(" 1".into()), None),
            (Value::Text(String::new()), None),
            (Value::Integer(5), None),
            (Value::Bytes(vec![1]), None),
            (Value::Structured("{}".into()), None),
        ],
    );
}

#[test]
fn to_doubles() {
    check(
        "double",
        &[
            (Value::Integer(5), double(5.0)),
            (Value::Boolean(true), double(1.0)),
            (Value::Boolean(false), double(0.0)),
            (Value::Text("123.5".into()), double(123.5)),
            (Value::Text("-1e3".into()), double(-1000.0)),
            (Value::Text("inf".into()), double(f64::INFINITY)),
            (Value::Text("1e999".into()), None),
            (Value::Text("foo".into()), None),
            (Value::Double(1.5), None),
            (Value::Structured(r#"{"arrayValue":{}}"#.into()), None),
        ],
    );
}

/// Doubles as JSON writes them in Go (`encoding/json`, floatEncoder): an exponent from 1e21 and below 1e-6.
#[test]
fn to_texts() {
    check(
        "string",
        &[
            (Value::Integer(-5), word("-5")),
            (Value::Boolean(true), word("true")),
            (Value::Double(1.5), word("1.5")),
            (Value::Double(2.0), word("2")),
            (Value::Double(-0.0), word("-0")),
            (Value::Double(1e20), word("100000000000000000000")),
            (Value::Double(1e21), word("1e+21")),
            (Value::Double(0.000_001), word("0.000001")),
            (Value::Double(0.000_000_15), word("1.5e-7")),
            (Value::Bytes(vec![0, 255]), word("AP8=")),
            (Value::Structured("{}".into()), word("")),
            (Value::Text("a".into()), None),
            (Value::Structured(r#"{"arrayValue":{}}"#.into()), None),
        ],
    );
}

#[test]
fn of_nothing() {
    for to in ["int", "double", "string"] {
        assert_eq!(act(json!([{ "action": "convert", "key": "a", "converted_type": to }]), &[]), None);
    }
}
