//! `metrics` and `where`: for which streams a rule is.

use attribute_filter::types::{Stream, Value};

use crate::scenario::{attribute, changed, drops, named, passes, stream, text, with};

#[test]
fn by_the_name_of_the_metric() {
    let rules = r#"[{"delete":"user.*","metrics":["claude_code.cost.usage","claude_code.token.*"]}]"#;
    assert_eq!(changed(rules, stream()).attributes.len(), 3);
    assert_eq!(changed(rules, named("claude_code.cost.usage")).attributes.len(), 3);
    passes(rules, named("claude_code.session.count"));
    passes(rules, named("other.claude_code.cost.usage"));
}

#[test]
fn by_one_name() {
    let rules = r#"[{"delete":"user.*","metrics":"/token/"}]"#;
    assert_eq!(changed(rules, stream()).attributes.len(), 3);
    passes(rules, named("claude_code.session.count"));
}

#[test]
fn by_an_attribute() {
    let rules = r#"[{"delete":"model","where":{"type":"in*"}}]"#;
    assert_eq!(changed(rules, stream()).attributes.len(), 4);
    passes(rules, with(&[text("model", "opus"), text("type", "output")]));
    passes(rules, with(&[text("model", "opus")]));
}

/// One of several values is enough; all keys must match.
#[test]
fn several_keys_and_values() {
    let rules = r#"[{"delete":"x","where":{"a":["1","2"],"b":"/./"}}]"#;
    for (a, b, holds) in [("1", "y", true), ("2", "y", true), ("3", "y", false), ("1", "", false)] {
        let stream = with(&[text("a", a), text("b", b), text("x", "")]);
        if holds {
            assert_eq!(changed(rules, stream).attributes, [text("a", a), text("b", b)]);
        } else {
            passes(rules, stream);
        }
    }
}

/// A condition looks where the action does: a value of the same key elsewhere is none.
#[test]
fn on_the_part_of_the_rule() {
    let on = |part: &str| format!(r#"[{{"set":{{"key":"new","value":1}},"where":{{"team":"sdk"}},"on":"{part}"}}]"#);
    assert_eq!(changed(&on("scope"), stream()).scope_attributes.len(), 3);
    passes(&on("resource"), stream());
    passes(&on("point"), stream());
    let resource = vec![text("team", "sdk")];
    assert_eq!(changed(&on("resource"), Stream { resource, ..stream() }).resource.len(), 2);
}

/// Both must hold.
#[test]
fn metrics_and_where() {
    let rules = r#"[{"delete":"model","metrics":"*.token.*","where":{"type":"input"}}]"#;
    assert_eq!(changed(rules, stream()).attributes.len(), 4);
    passes(rules, named("claude_code.cost.usage"));
    passes(rules, with(&[text("model", "opus"), text("type", "output")]));
}

/// Every value has a text.
#[test]
fn values_as_text() {
    for (value, matched) in [
        (Value::Text("Test".into()), "Test"),
        (Value::Text(String::new()), ""),
        (Value::Boolean(true), "true"),
        (Value::Boolean(false), "false"),
        (Value::Integer(-12), "-12"),
        (Value::Double(0.25), "0.25"),
        (Value::Double(2.0), "2"),
        (Value::Double(f64::INFINITY), "inf"),
        (Value::Double(f64::NAN), "NaN"),
        (Value::Bytes(vec![0x00, 0x0a, 0xff]), "000aff"),
        (Value::Structured(r#"{"arrayValue":{}}"#.into()), r#"{\"arrayValue\":{}}"#),
    ] {
        let rule = |pattern: &str| format!(r#"[{{"drop":true,"where":{{"a":"{pattern}"}}}}]"#);
        drops(&rule(matched), with(&[attribute("a", value.clone())]));
        passes(&rule(&format!("{matched}x")), with(&[attribute("a", value)]));
    }
}

/// `*` asks only whether the key is there, whatever its value.
#[test]
fn the_key_exists() {
    let rules = r#"[{"drop":true,"where":{"a":"*"}}]"#;
    drops(rules, with(&[text("a", "")]));
    drops(rules, with(&[attribute("a", Value::Integer(1))]));
    passes(rules, with(&[text("A", ""), text("aa", "")]));
}

/// The sender sent a key twice: either value may match.
#[test]
fn doubled_keys() {
    drops(r#"[{"drop":true,"where":{"a":"2"}}]"#, with(&[text("a", "1"), text("a", "2")]));
}
