//! Rules are applied in order, each to what the ones before it have left.

use attribute_filter::types::Value;

use crate::scenario::{attribute, attributes, configure, drops, passes, stream, text, with};

#[test]
fn delete_then_set() {
    let before = [text("a", "1")];
    let (delete, set) = (r#"{"delete":"a"}"#, r#"{"set":{"key":"a","value":"2"}}"#);
    assert_eq!(attributes(&format!("[{delete},{set}]"), &before), [text("a", "2")]);
    assert_eq!(attributes(&format!("[{set},{delete}]"), &before), []);
}

/// Two renames can exchange two attributes only by way of a third.
#[test]
fn renames_in_a_row() {
    let before = [text("a", "1"), text("b", "2")];
    let rename = |from: &str, to: &str| format!(r#"{{"rename":{{"from":"{from}","to":"{to}"}}}}"#);
    let chain = format!("[{},{}]", rename("a", "b"), rename("b", "c"));
    assert_eq!(attributes(&chain, &before), [text("c", "1")]);
    let exchange = format!("[{},{},{}]", rename("a", "t"), rename("b", "a"), rename("t", "b"));
    assert_eq!(attributes(&exchange, &before), [text("a", "2"), text("b", "1")]);
}

/// A condition sees what an earlier rule has made.
#[test]
fn conditions_see_earlier_changes() {
    drops(
        r#"[{"set":{"key":"stage","value":"test"}},{"drop":true,"where":{"stage":"test"}}]"#,
        with(&[text("stage", "live")]),
    );
    let rules = r#"[{"delete":"stage"},{"drop":true,"where":{"stage":"*"}}]"#;
    assert_eq!(attributes(rules, &[text("stage", "test")]), []);
}

/// `hash` twice is the hash of a hash: `printf abc | sha256sum | cut -c1-64 | tr -d '\n' | sha256sum`.
#[test]
fn hash_of_a_hash() {
    let twice = "dfe7a23fefeea519e9bbfdd1a6be94c4b2e4529dd6b7cbea83f9959c2621b13c";
    assert_eq!(attributes(r#"[{"hash":"a"},{"hash":"a"}]"#, &[text("a", "abc")]), [text("a", twice)]);
}

/// No rule is for this stream.
#[test]
fn nothing_applies() {
    passes(r#"[{"delete":"absent"},{"keep":"*"},{"hash":"absent"},{"delete":"*","metrics":"other"}]"#, stream());
    passes(r#"[{"delete":"*"}]"#, with(&[]));
}

/// What is undone at the end has not changed.
#[test]
fn there_and_back() {
    let rules = r#"[{"rename":{"from":"a","to":"b"}},{"rename":{"from":"b","to":"a"}}]"#;
    passes(rules, with(&[text("a", "1"), text("c", "2")]));
}

/// NaN differs from itself, but it has not changed.
#[test]
fn not_a_number_is_no_change() {
    passes(r#"[{"delete":"absent"}]"#, with(&[attribute("a", Value::Double(f64::NAN))]));
}

/// Settings that are refused leave the rules as they were.
#[test]
fn refused_settings_change_nothing() {
    drops(r#"[{"drop":true,"metrics":"*"}]"#, stream());
    assert!(configure(r#"{"rules":[{"delete":[]}]}"#).is_err());
    drops(r#"[{"drop":true,"metrics":"*"}]"#, stream());
}
