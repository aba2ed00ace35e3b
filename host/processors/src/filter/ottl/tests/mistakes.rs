//! What is wrong with conditions: the place of the word, what it is, and what would be right.

use crate::filter::ottl::{Context, DEEPEST, LONGEST, parse};

/// The mistake must stand at `word` (the end, if empty), and what is said of it contain `says`.
#[track_caller]
fn wrong(context: Context, text: &str, word: &str, says: &str) {
    let mistake = parse(text, context).expect_err(text);
    let expected = if word.is_empty() { text.len() } else { text.find(word).expect("the word") };
    let said = format!("{}; {}", mistake.message, mistake.help);
    assert_eq!(mistake.at, expected, "{text}: {said}");
    assert!(said.contains(says), "{text}: {said}");
}

#[test]
fn words() {
    let metric = |text: &str, word: &str, says: &str| wrong(Context::Metric, text, word, says);
    metric("name = \"a\"", "=", "write ==");
    metric("name ! \"a\"", "!", "write not, or !=");
    metric("name == 'a'", "'a'", "double quotes");
    metric("name == \"a", "\"a", "does not end");
    metric(r#"name == "a\.b""#, r"\.b", r"write \\ for a backslash");
    metric(r#"name == "a\x4""#, r"\x4", "an escape that is none");
    metric(r#"name == "\xff""#, "\"", "no UTF-8");
    metric("type == 0x01", "0x01", "no bytes");
    metric("type == 99999999999999999999", "999", "more than 64 bits");
    metric(&format!("type == {}.0", "9".repeat(400)), "999", "beyond all doubles");
    metric("type + 1 == 2", "+", "no arithmetic");
    metric("name == {}", "{", "no maps");
    metric("name == $", "$", "unexpected '$'");
}

#[test]
fn grammar() {
    let metric = |text: &str, word: &str, says: &str| wrong(Context::Metric, text, word, says);
    metric("", "", "expected a value");
    metric("name", "name", "compare it");
    metric("name ==", "", "expected a value");
    metric("name == \"a\" and", "", "expected a value");
    metric("name == \"a\" type == 1", "type", "and or or");
    metric("name == \"a\" == true", "== true", "between two values");
    metric("(name == \"a\"", "", "expected )");
    metric("name == \"a\")", ")", "ends before this");
    metric("not not true", "not true", "expected a value");
    metric("name \"a\"", "\"a\"", "expected an operator");
    metric("name. == \"a\"", "==", "expected a name");
    metric("resource.attributes[1] == 1", "1]", "expected a key");
    metric("resource.attributes[\"a\"][\"b\"] == 1", "[\"b\"]", "no parts of values");
    metric("type == METRIC_DATA_TYPE_SUMS", "METRIC", "METRIC_DATA_TYPE_SUM,");
}

#[test]
fn functions() {
    let metric = |text: &str, word: &str, says: &str| wrong(Context::Metric, text, word, says);
    metric("HasAttrKeyOnDatapoint(\"a\")", "Has", "datapoint.attributes[\"key\"] != nil");
    metric("HasAttrOnDatapoint(\"a\", \"b\")", "Has", "streams are judged here");
    metric("HasPrefix(name, \"a\")", "HasPrefix", "the one that there is: IsMatch");
    metric("name == Concat([\"a\"], \"b\")", "Concat", "stands on the left");
    metric("IsMatch(name)", ")", "expected ,");
    metric("IsMatch(name, name)", "name)", "expected a regex");
    metric("IsMatch(name, \"(\")", "\"(\"", "expected a valid regex");
    metric("IsMatch(name, \"(\\\\d{1000}){1000}\")", "\"(", "expected a valid regex");
    metric("IsMatch(name, \"a\") < true", "<", "in no order");
    metric("IsMatch(name, \"a\") == 1", "1", "true or false");
}

#[test]
fn paths() {
    for (context, path, says) in [
        (Context::Metric, "descripton", "known here: metric.name, metric.type"),
        (Context::Metric, "metric.description", "no part of a stream"),
        (Context::Metric, "attributes[\"a\"]", "its data points have"),
        (Context::Metric, "datapoint.attributes[\"a\"]", "under datapoint"),
        (Context::Metric, "resource.attributes", "name one"),
        (Context::Resource, "metric.name", "cannot see a metric"),
        (Context::Resource, "schema_url", "known here: resource.attributes"),
        (Context::Scope, "metric.name", "cannot see a metric"),
        (Context::DataPoint, "value_int", "judged once, before their points"),
        (Context::DataPoint, "count", "judged once, before their points"),
        (Context::DataPoint, "name", "judged once, before their points"),
        (Context::DataPoint, "metric.data_points", "known here: metric.name"),
        (Context::Inferred, "name", "write metric.name, datapoint.name"),
        (Context::Inferred, "attributes[\"a\"]", "metric.attributes"),
    ] {
        wrong(context, &format!("true and {path} == 1"), path, says);
    }
}

#[test]
fn bounds() {
    let nested = |depth: usize| "(".repeat(depth) + "true" + &")".repeat(depth);
    assert!(parse(&nested(DEEPEST), Context::Metric).is_ok());
    let mistake = parse(&nested(DEEPEST + 1), Context::Metric).expect_err("too deep");
    assert_eq!(mistake.at, DEEPEST);
    let regex = |length: usize| format!("IsMatch(name, \"{}\")", "a".repeat(length));
    assert!(parse(&regex(1022), Context::Metric).is_ok());
    assert!(parse(&regex(1023), Context::Metric).is_err());
    let long = |length: usize| format!("name == \"{}\"", "a".repeat(length - 10));
    assert!(parse(&long(LONGEST), Context::Metric).is_ok());
    assert!(parse(&long(LONGEST + 1), Context::Metric).is_err());
}
