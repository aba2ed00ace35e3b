//! Each action on the attributes of a point.

use attribute_filter::types::Value;

use crate::scenario::{attribute, attributes, changed, passes, stream, text, with};

/// A list of keys and patterns: all that match go, the rest stays as it was.
#[test]
fn delete() {
    let left = changed(r#"[{"delete":["model","user.*"]}]"#, stream());
    assert_eq!(left.attributes, [text("session.id", "test-1"), text("type", "input")]);
}

#[test]
fn delete_takes_one_text_too() {
    assert_eq!(attributes(r#"[{"delete":"a"}]"#, &[text("a", "1"), text("b", "2")]), [text("b", "2")]);
}

#[test]
fn keep() {
    let left = changed(r#"[{"keep":["session.id","/^model/"]}]"#, stream());
    assert_eq!(left.attributes, [text("model", "opus"), text("session.id", "test-1")]);
}

#[test]
fn keep_may_leave_nothing() {
    assert_eq!(attributes(r#"[{"keep":"z"}]"#, &[text("a", "1")]), []);
}

/// The new key has its place in the order of keys.
#[test]
fn rename_moves() {
    let before = [text("a", "1"), text("b", "2"), text("c", "3")];
    assert_eq!(
        attributes(r#"[{"rename":{"from":"a","to":"d"}}]"#, &before),
        [text("b", "2"), text("c", "3"), text("d", "1")]
    );
    assert_eq!(
        attributes(r#"[{"rename":{"from":"c","to":"aa"}}]"#, &before),
        [text("a", "1"), text("aa", "3"), text("b", "2")]
    );
}

/// The key is taken already: the renamed value wins.
#[test]
fn rename_onto_another() {
    let before = [text("a", "1"), text("b", "2")];
    assert_eq!(attributes(r#"[{"rename":{"from":"a","to":"b"}}]"#, &before), [text("b", "1")]);
    assert_eq!(attributes(r#"[{"rename":{"from":"b","to":"a"}}]"#, &before), [text("a", "2")]);
}

/// Nothing to rename: the key that is there stays.
#[test]
fn rename_of_what_is_absent() {
    passes(r#"[{"rename":{"from":"z","to":"a"}}]"#, with(&[text("a", "1")]));
}

/// Keys are ordered by their bytes: upper case comes before lower case, and both before what is not ASCII.
#[test]
fn order_is_bytewise() {
    let before = [text("B", "1"), text("b", "2"), text("ä", "3")];
    assert_eq!(
        attributes(r#"[{"set":{"key":"a","value":"4"}}]"#, &before),
        [text("B", "1"), text("a", "4"), text("b", "2"), text("ä", "3")]
    );
}

/// The type of the value is that of the settings.
#[test]
fn set() {
    for (json, value) in [
        (r#""platform""#, Value::Text("platform".into())),
        (r#""""#, Value::Text(String::new())),
        ("true", Value::Boolean(true)),
        ("-7", Value::Integer(-7)),
        ("9223372036854775807", Value::Integer(i64::MAX)),
        ("0.5", Value::Double(0.5)),
        ("2.0", Value::Double(2.0)),
    ] {
        let rules = format!(r#"[{{"set":{{"key":"team","value":{json}}}}}]"#);
        assert_eq!(attributes(&rules, &[text("a", "1")]), [text("a", "1"), attribute("team", value)], "{json}");
    }
}

#[test]
fn set_writes_over() {
    assert_eq!(
        attributes(r#"[{"set":{"key":"a","value":2}}]"#, &[text("a", "2")]),
        [attribute("a", Value::Integer(2))]
    );
}

/// The stream has the value already.
#[test]
fn set_to_the_same() {
    passes(r#"[{"set":{"key":"a","value":"1"}}]"#, with(&[text("a", "1")]));
}

/// The sender broke the rule that keys are unique. What no action touches stays so.
#[test]
fn doubled_keys_stay() {
    let before = [text("a", "1"), text("a", "2"), text("b", "3")];
    assert_eq!(attributes(r#"[{"delete":"b"}]"#, &before), [text("a", "1"), text("a", "2")]);
}

/// An action leaves the keys that it touches unique; the first value counts.
#[test]
fn doubled_keys_become_one() {
    let before = [text("a", "1"), text("a", "2"), text("b", "3"), text("b", "4")];
    assert_eq!(
        attributes(r#"[{"rename":{"from":"a","to":"c"}}]"#, &before),
        [text("b", "3"), text("b", "4"), text("c", "1")]
    );
    assert_eq!(attributes(r#"[{"rename":{"from":"a","to":"b"}}]"#, &before), [text("b", "1")]);
    assert_eq!(
        attributes(r#"[{"set":{"key":"a","value":"5"}}]"#, &before),
        [text("a", "5"), text("b", "3"), text("b", "4")]
    );
    assert_eq!(attributes(r#"[{"delete":"a"}]"#, &before), [text("b", "3"), text("b", "4")]);
}
