//! Conditions, by the rules of comparison of the OpenTelemetry Transformation Language (`pkg/ottl/LANGUAGE.md`,
//! "Comparison Rules"): values of different types are unequal and in no order, but integers and doubles compare;
//! nothing equals nothing, and nothing else.

use model::{AttributeValue as Value, StreamDescription};
use serde_json::{Value as Json, json};

use super::{Outcome, attribute, shape, stream, text, with};

/// Whether a condition is true of a stream.
#[track_caller]
fn holds(condition: &Json, stream: &StreamDescription) -> bool {
    match shape(&json!({ "groups": [{ "drop": condition }] }), stream).0 {
        Outcome::Passed => false,
        Outcome::Dropped(0) => true,
        other => panic!("{other:?}"),
    }
}

/// Each operator between two values: equal, unequal, less, at most, greater, at least, the same.
#[test]
fn comparisons() {
    const EQUAL: [bool; 6] = [true, false, false, true, false, true];
    const LESS: [bool; 6] = [false, true, true, true, false, false];
    const GREATER: [bool; 6] = [false, true, false, false, true, true];
    const APART: [bool; 6] = [false, true, false, false, false, false];
    let empty = Value::Structured("{}".into());
    for (left, right, expected, same) in [
        (Value::Text("a".into()), json!("a"), EQUAL, true),
        (Value::Text("a".into()), json!("b"), LESS, false),
        (Value::Text("b".into()), json!("a"), GREATER, false),
        (Value::Text("1".into()), json!(1), APART, false),
        (Value::Text(String::new()), json!(null), APART, false),
        (Value::Integer(1), json!(1), EQUAL, true),
        (Value::Integer(1), json!(2), LESS, false),
        (Value::Integer(1), json!(1.0), EQUAL, false),
        (Value::Integer(2), json!(1.5), GREATER, false),
        (Value::Double(1.5), json!(2), LESS, false),
        (Value::Double(1.0), json!(1), EQUAL, false),
        (Value::Double(1.5), json!(1.5), EQUAL, true),
        (Value::Double(f64::NAN), json!(1.5), APART, false),
        (Value::Boolean(false), json!(true), LESS, false),
        (Value::Boolean(true), json!(true), EQUAL, true),
        (Value::Boolean(true), json!(1), APART, false),
        (Value::Boolean(false), json!(null), APART, false),
        (Value::Bytes(vec![1]), json!("a"), APART, false),
        (empty.clone(), json!(null), EQUAL, true),
        (empty, json!("{}"), APART, false),
        (Value::Structured(r#"{"arrayValue":{}}"#.into()), json!(null), APART, false),
    ] {
        let stream = with(&[attribute("a", left.clone())]);
        let by = |operator: &str| holds(&json!({ "compare": [{ "point": "a" }, operator, right] }), &stream);
        assert_eq!(["==", "!=", "<", "<=", ">", ">="].map(by), expected, "{left:?} {right}");
        assert_eq!(by("is"), same, "{left:?} is {right}");
        // The other way round.
        let by = |operator: &str| holds(&json!({ "compare": [right, operator, { "point": "a" }] }), &stream);
        assert_eq!(["==", "!=", ">", ">=", "<", "<="].map(by), expected, "{right} {left:?}");
    }
}

/// What is absent is nothing.
#[test]
fn absent_attributes() {
    let absent = json!({ "point": "absent" });
    for (operator, right, expected) in [
        ("==", json!(null), true),
        ("!=", json!(null), false),
        ("==", json!(""), false),
        ("!=", json!(""), true),
        ("<", json!(1), false),
        (">=", json!(null), true),
        ("==", json!({ "resource": "absent" }), true),
    ] {
        let condition = json!({ "compare": [absent, operator, right] });
        assert_eq!(holds(&condition, &stream()), expected, "{condition}");
    }
    assert!(!holds(&json!({ "match": [absent, "*"] }), &stream()));
}

/// Every part of a description, and which parts the host is asked for.
#[test]
fn places() {
    for (place, value, reads) in [
        (json!({ "metric": "name" }), json!("claude_code.token.usage"), vec![]),
        (json!({ "metric": "unit" }), json!("tokens"), vec![]),
        (json!({ "metric": "type" }), json!(2), vec![]),
        (json!({ "metric": "temporality" }), json!(1), vec![]),
        (json!({ "metric": "monotonic" }), json!(true), vec![]),
        (json!({ "resource": "service.name" }), json!("claude-code"), vec![1]),
        (json!({ "scope": "team" }), json!("sdk"), vec![2]),
        (json!({ "instrumentation": "name" }), json!("com.anthropic.claude_code"), vec![2]),
        (json!({ "instrumentation": "version" }), json!("2.0.1"), vec![2]),
        (json!({ "point": "model" }), json!("opus"), vec![3]),
    ] {
        let settings = json!({ "groups": [{ "drop": { "compare": [place, "==", value] } }] });
        assert_eq!(shape(&settings, &stream()), (Outcome::Dropped(0), reads), "{place}");
    }
}

/// Only sums are monotonic or not, and gauges and summaries have no temporality.
#[test]
fn what_a_metric_has_not() {
    for (kind, temporality, monotonic) in
        [(1, true, true), (2, false, false), (3, false, true), (4, false, true), (5, true, true)]
    {
        let stream = StreamDescription { kind, ..stream() };
        let absent = |field: &str| holds(&json!({ "compare": [{ "metric": field }, "==", null] }), &stream);
        assert_eq!((absent("temporality"), absent("monotonic")), (temporality, monotonic), "{kind}");
    }
}

#[test]
fn and_or_not() {
    for (condition, expected) in [
        (json!(true), true),
        (json!(false), false),
        (json!({ "all": [] }), true),
        (json!({ "any": [] }), false),
        (json!({ "all": [true, false] }), false),
        (json!({ "all": [true, true] }), true),
        (json!({ "any": [true, false] }), true),
        (json!({ "any": [false, false] }), false),
        (json!({ "not": true }), false),
        (json!({ "not": { "any": [false, { "not": { "all": [true] } }] } }), true),
    ] {
        assert_eq!(holds(&condition, &stream()), expected, "{condition}");
    }
}

/// Any value as text; a list of patterns needs one.
#[test]
fn patterns() {
    let integer = with(&[attribute("a", Value::Integer(12))]);
    assert!(holds(&json!({ "match": [{ "point": "a" }, "/^1/"] }), &integer));
    assert!(!holds(&json!({ "match": [{ "point": "a" }, "/^2/"] }), &integer));
    assert!(holds(&json!({ "match": [{ "metric": "name" }, ["x", "/token/"]] }), &integer));
    assert!(holds(&json!({ "match": [{ "point": "a" }, "2"] }), &with(&[text("a", "1"), text("a", "2")])));
}
