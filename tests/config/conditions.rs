//! The processors `attributes`, `resource` and `filter`: what is said of blocks that are wrong.

use crate::attempt::{Attempt, read};

/// A configuration with one processor, whose block begins in line 4, indented by four blanks.
fn with(id: &str, block: &str) -> Attempt {
    let block: String = block.lines().map(|line| format!("    {line}\n")).collect();
    read(&format!(
        "receivers: {{nop: {{}}}}\nprocessors:\n  {id}:\n{block}exporters: {{nop: {{}}}}
service: {{pipelines: {{metrics: {{receivers: [nop], processors: [{id}], exporters: [nop]}}}}}}\n"
    ))
}

/// Where a word stands in a line, in characters from 1; the first line of blocks of lists begins with six blanks.
fn column(line: &str, word: &str) -> usize {
    let (before, _) = line.split_once(word).unwrap_or_else(|| panic!("no {word} in {line}"));
    before.chars().count() + 1
}

fn attributes(action: &str) -> Attempt {
    with("attributes", &format!("actions:\n  - {{{action}}}"))
}

/// The block of the example that most people have.
#[test]
fn right_ones() {
    with(
        "resource",
        "attributes:
  - key: service.name
    value: otel-collector
    action: insert
  - key: deployment.environment
    from_attribute: ENVIRONMENT
    action: UPSERT",
    )
    .flawless();
    with(
        "attributes",
        "include: {match_type: strict, metric_names: [a], regexp: {cacheenabled: true}, resources: [{key: b, value: 1}]}
exclude: {match_type: regexp, metric_names: [^b], resources: [{key: b}]}
actions: [{key: a, action: Delete}, {pattern: ^b, action: hash}]",
    )
    .flawless();
    with("filter", "metrics:\n  datapoint: ['attributes[\"a\"] == nil']\n  metric: ['name == \"b\"']").flawless();
    with("filter", "metrics: {exclude: {match_type: regexp, metric_names: [a.*]}}\nerror_mode: propagate").flawless();
    let blocks = "metric_conditions:\n  - {context: metric, conditions: ['name == \"a\"']}";
    with("filter", blocks).flawless();
}

#[test]
fn nothing_to_do() {
    with("resource", "{}").is_error(3, 3, "processors.resource.attributes", &["required"], &["add attributes"]);
    with("attributes", "actions: []").is_error(4, 5, "processors.attributes.actions", &["required"], &["at least one"]);
    with("filter", "{}").is_warning(3, 3, "processors.filter", &["nothing is dropped"], &["metric_conditions"]);
}

/// Each action takes its own keys: the message says which action, and what would be right.
#[test]
fn actions() {
    let path = |key: &str| format!("processors.attributes.actions.0.{key}");
    for (action, word, key, says, advises) in [
        ("key: a, action: put", "put", "action", "expected insert or update or upsert", ""),
        ("key: a, value: 1", "{", "action", "required", "insert, update, upsert, delete, hash, extract or convert"),
        ("action: insert, value: 1", "{", "key", "insert requires it", "add key"),
        ("action: delete", "{", "key", "delete requires it", "add key, or pattern"),
        ("key: a, action: insert", "{", "value", "insert requires it", "value, from_attribute or default_value"),
        (
            "key: a, action: update, value: 1, from_attribute: b",
            "from",
            "from_attribute",
            "update takes one value",
            "keep one",
        ),
        ("key: a, action: upsert, value: 1, pattern: b", "pattern", "pattern", "upsert does not use it", "remove it"),
        ("key: a, action: delete, value: 1", "value", "value", "delete does not use it", "delete uses pattern"),
        (
            "key: a, action: hash, converted_type: int",
            "converted",
            "converted_type",
            "hash does not use it",
            "remove it",
        ),
        ("key: a, action: extract", "{", "pattern", "extract requires it", "named groups"),
        ("key: a, action: extract, pattern: b", "b}", "pattern", "no named groups", "(?P<name>...)"),
        ("key: a, action: extract, pattern: (?P<b>.)(.)", "(?P", "pattern", "has no name", "(?:...)"),
        ("key: a, action: delete, pattern: (", "(", "pattern", "expected a valid regex", ""),
        ("key: a, action: convert", "{", "converted_type", "convert requires it", "int, double or string"),
        (
            "key: a, action: convert, converted_type: bool",
            "bool",
            "converted_type",
            "expected int or double or string",
            "",
        ),
        (
            "key: a, action: insert, from_context: metadata.x",
            "from",
            "from_context",
            "a key of the Collector that this version does not have",
            "write value or from_attribute",
        ),
        ("key: a, action: insert, value: [1]", "value", "value", "expected one value, found a list", ""),
        ("key: a, action: insert, value: .inf", ".inf", "value", "a finite double", "quotes"),
        ("key: a, action: insert, value: 9223372036854775808", "9223", "value", "an integer of 64 bits", ""),
        ("key: a, action: insert, vale: 1", "vale", "vale", "unknown key", "did you mean value?"),
    ] {
        let column = column(&format!("      - {{{action}}}"), word);
        attributes(action).is_error(5, column, &path(key), &[says], &[advises]);
    }
}

#[test]
fn which_streams() {
    let with =
        |include: &str| with("attributes", &format!("actions: [{{key: a, action: delete}}]\ninclude: {include}"));
    let path = |key: &str| format!("processors.attributes.include{key}");
    for (include, column, key, says, advises) in [
        ("{metric_names: [a]}", 5, ".match_type", "required", "strict, or regexp"),
        ("{match_type: strict}", 5, "", "says nothing", "metric_names or resources"),
        ("{match_type: regexp, metric_names: [a, '(']}", 53, ".metric_names.1", "expected a valid regex", ""),
        (
            "{match_type: regexp, resources: [{key: a, value: 1}]}",
            63,
            ".resources.0.value",
            "expected a regex",
            "quotes",
        ),
        ("{match_type: strict, resources: [{value: 1}]}", 47, ".resources.0.key", "required", "add key"),
        ("{match_type: strict, span_names: [a]}", 35, ".span_names", "does not have", "metric_names or resources"),
        ("{match_type: expr, metric_names: [a]}", 27, ".match_type", "expected strict or regexp", ""),
    ] {
        with(include).is_error(5, column, &path(key), &[says], &[advises]);
    }
}

/// A mistake in a condition is shown at its word.
#[test]
fn conditions() {
    let first = "processors.filter.metric_conditions.0";
    for (condition, column, says, advises) in [
        ("'metric.nam == \"a\"'", 8, "there is no nam of a metric", "metric.name"),
        ("metric.name = \"a\"", 19, "= is no operator", "write =="),
        ("'metric.name == \"ä\" und true'", 27, "the condition ends before this", "and or or"),
        ("'IsMatch(metric.name, \"(\")'", 29, "expected a valid regex", ""),
        ("'HasAttrKeyOnDatapoint(\"a\")'", 8, "looks at all points", "datapoint.attributes"),
        ("'datapoint.value_int > 1'", 8, "judged once, before their points", "datapoint.attributes"),
        ("'name == \"a\"'", 8, "does not say what it is of", "metric.name"),
    ] {
        let attempt = with("filter", &format!("metric_conditions:\n- {condition}"));
        attempt.is_error(5, column, first, &[says], &[advises]);
    }
    // Where the scalar is not written as it is, the character is counted.
    let escaped = with("filter", "metric_conditions:\n- \"metric.nam == \\\"a\\\"\"");
    escaped.is_error(5, 7, first, &["there is no nam of a metric", "(character 1 of the text)"], &[]);
    let block = with("filter", "metric_conditions:\n- {context: resource, conditions: ['metric.name == \"a\"']}");
    let path = "processors.filter.metric_conditions.0.conditions.0";
    block.is_error(5, 41, path, &["a condition of resource cannot see a metric"], &["under metric"]);
}

#[test]
fn forms() {
    let (both, one) = ("metric_conditions: ['metric.name == \"a\"']", "metrics: {metric: ['name == \"a\"']}");
    with("filter", &format!("{both}\n{one}")).is_error(
        5,
        5,
        "processors.filter.metrics",
        &["an older form"],
        &["metric.name"],
    );
    with("filter", "metrics:\n  metric: ['name == \"a\"']\n  exclude: {match_type: strict, metric_names: [a]}")
        .is_error(6, 7, "processors.filter.metrics.exclude", &["an older form"], &["keep one form"]);
    with("filter", "metrics: {include: {match_type: expr, metric_names: [a]}}").is_error(
        4,
        37,
        "processors.filter.metrics.include.match_type",
        &["language expr"],
        &["OTTL"],
    );
    let mixed = "metric_conditions: ['metric.name == \"a\"', {context: metric, conditions: ['name == \"a\"']}]";
    with("filter", mixed).is_error(4, 47, "processors.filter.metric_conditions", &["texts and blocks"], &["all"]);
    let text = with("filter", "metric_conditions: 'metric.name == \"a\"'");
    text.is_error(4, 24, "processors.filter.metric_conditions", &["expected a list"], &["write ['...']"]);
}
