use crate::names::{LabelRule, MetricType, Strategy, label, metric};

use MetricType::{Counter, Gauge, Other};

fn with_suffixes(name: &str, unit: &str, kind: MetricType) -> Option<String> {
    metric(Strategy::UnderscoreEscapingWithSuffixes, "", name, unit, kind).ok()
}

#[test]
fn metrics_with_suffixes() {
    for (name, unit, kind, expected) in [
        ("metric@with#special$chars", "", Gauge, "metric_with_special_chars"),
        ("123metric", "", Gauge, "_123metric"),
        ("requests", "", Counter, "requests_total"),
        ("cpu_usage", "1", Gauge, "cpu_usage_ratio"),
        ("items", "1", Counter, "items_total"),
        ("response_time", "ms", Other, "response_time_milliseconds"),
        ("requests", "1/s", Gauge, "requests_per_second"),
        ("throughput", "By/s", Gauge, "throughput_bytes_per_second"),
        ("custom_metric", "{custom}", Gauge, "custom_metric"),
        ("custom_metric", "By/{custom}", Gauge, "custom_metric_bytes"),
        ("otelcol_process_cpu_seconds", "s", Counter, "otelcol_process_cpu_seconds_total"),
        (
            "metric__with__multiple__underscores",
            "unit__multiple__underscores",
            Gauge,
            "metric_with_multiple_underscores_unit_multiple_underscores",
        ),
        ("requests_per_second", "1/s", Gauge, "requests_per_second_per_second"),
        ("total.requests", "", Counter, "requests_total"),
        ("total", "", Counter, "total"),
        ("x.total.y", "", Counter, "x_y_total"),
        ("ratio", "1", Gauge, "ratio"),
        ("cpu.ratio.used", "1", Gauge, "cpu_used_ratio"),
        ("x", "1", Other, "x"),
        ("x", "By/m", Gauge, "x_bytes_per_minute"),
        ("bytes.x", "By", Counter, "bytes_x_total"),
        ("seconds_x_total", "s", Counter, "seconds_x_total"),
        ("x", "/s", Gauge, "x_per_second"),
        ("x", "{a}/s", Counter, "x_per_second_total"),
        ("x", "1/", Gauge, "x"),
        ("x", "s/", Counter, "x_seconds_total"),
        ("x", "s/_", Gauge, "x_seconds"),
        ("x", "foo/bar", Gauge, "x_foo_per_bar"),
        ("x", "m/s^2", Gauge, "x_meters_per_s_2"),
        ("x", " By ", Gauge, "x_bytes"),
        ("x", "$", Gauge, "x"),
        ("x", "__", Gauge, "x"),
        ("x", "1/1", Gauge, "x_per_1"),
        ("x", "w", Gauge, "x_w"),
        ("x", "1/mo", Gauge, "x_per_month"),
        ("foo_bar.x", "foo_bar", Gauge, "foo_bar_x_foo_bar"),
        ("_x", "", Gauge, "x"),
        ("x_", "s", Gauge, "x_seconds"),
        ("a:b::c", "", Gauge, "a:b::c"),
        ("1x", "", Gauge, "_1x"),
    ] {
        assert_eq!(with_suffixes(name, unit, kind).as_deref(), Some(expected), "{name} {unit:?} {kind:?}");
    }
    for name in ["é", "___", "ようこそ", ""] {
        assert_eq!(with_suffixes(name, "", Gauge), None, "{name}");
    }
}

/// The names that dashboards for Claude Code ask for.
#[test]
fn claude_code() {
    for (name, unit, expected) in [
        ("claude_code.token.usage", "tokens", "claude_code_token_usage_tokens_total"),
        ("claude_code.cost.usage", "USD", "claude_code_cost_usage_USD_total"),
        ("claude_code.session.count", "", "claude_code_session_count_total"),
        ("claude_code.lines_of_code.count", "", "claude_code_lines_of_code_count_total"),
        ("claude_code.commit.count", "", "claude_code_commit_count_total"),
        ("claude_code.pull_request.count", "", "claude_code_pull_request_count_total"),
        ("claude_code.code_edit_tool.decision", "", "claude_code_code_edit_tool_decision_total"),
        ("claude_code.active_time.total", "s", "claude_code_active_time_seconds_total"),
    ] {
        assert_eq!(with_suffixes(name, unit, Counter).as_deref(), Some(expected));
    }
}

#[test]
fn units() {
    for (unit, word) in [
        ("d", "days"),
        ("h", "hours"),
        ("min", "minutes"),
        ("s", "seconds"),
        ("ms", "milliseconds"),
        ("us", "microseconds"),
        ("ns", "nanoseconds"),
        ("By", "bytes"),
        ("KiBy", "kibibytes"),
        ("MiBy", "mebibytes"),
        ("GiBy", "gibibytes"),
        ("TiBy", "tibibytes"),
        ("KBy", "kilobytes"),
        ("MBy", "megabytes"),
        ("GBy", "gigabytes"),
        ("TBy", "terabytes"),
        ("m", "meters"),
        ("V", "volts"),
        ("A", "amperes"),
        ("J", "joules"),
        ("W", "watts"),
        ("g", "grams"),
        ("Cel", "celsius"),
        ("Hz", "hertz"),
        ("%", "percent"),
    ] {
        assert_eq!(with_suffixes("x", unit, Other), Some(format!("x_{word}")));
    }
    for (unit, word) in
        [("s", "second"), ("m", "minute"), ("h", "hour"), ("d", "day"), ("w", "week"), ("mo", "month"), ("y", "year")]
    {
        assert_eq!(with_suffixes("x", &format!("1/{unit}"), Other), Some(format!("x_per_{word}")));
    }
}

#[test]
fn namespaces() {
    let named = |strategy, namespace, name, unit, kind| metric(strategy, namespace, name, unit, kind).ok();
    let suffixes = Strategy::UnderscoreEscapingWithSuffixes;
    let bare = Strategy::UnderscoreEscapingWithoutSuffixes;
    for (strategy, namespace, name, unit, kind, expected) in [
        (suffixes, "app", "requests", "1/s", Counter, "app_requests_per_second_total"),
        (suffixes, "ns", "ようこそ", "", Gauge, "ns"),
        (suffixes, "my-ns", "total.requests", "", Counter, "my-ns_requests_total"),
        (bare, "my-ns", "total.requests", "", Counter, "my_ns_total_requests"),
    ] {
        assert_eq!(named(strategy, namespace, name, unit, kind).as_deref(), Some(expected));
    }
    assert!(named(suffixes, "1ns", "x", "", Gauge).is_some_and(|name| name.starts_with("_1ns_")));
    assert!(named(bare, "1ns", "x", "", Gauge).is_some_and(|name| name.starts_with("1ns_")));
}

#[test]
fn metrics_without_suffixes() {
    let named = |name| metric(Strategy::UnderscoreEscapingWithoutSuffixes, "", name, "s", Counter).ok();
    for (name, expected) in [("___", Some("___")), ("_x", Some("_x")), ("é", None), ("a__b.c", Some("a__b_c"))] {
        assert_eq!(named(name).as_deref(), expected);
    }
}

#[test]
fn metrics_in_utf8() {
    let named = |name, unit, kind| metric(Strategy::NoUtf8EscapingWithSuffixes, "", name, unit, kind).ok();
    for (name, unit, kind, expected) in [
        ("total.requests", "", Counter, "total.requests_total"),
        ("total", "", Counter, "total_total"),
        ("ratio", "1", Gauge, "ratio_ratio"),
        ("requests_per_second", "1/s", Gauge, "requests_per_second"),
        ("bytes.x", "By", Counter, "bytes.x_bytes_total"),
        ("x_", "s", Gauge, "x__seconds"),
        ("x", "$", Gauge, "x_$"),
        ("x", "s/_", Gauge, "x_seconds_per__"),
        ("x", "m/s^2", Gauge, "x_meters_per_s^2"),
    ] {
        assert_eq!(named(name, unit, kind).as_deref(), Some(expected), "{name} {unit:?}");
    }
    assert_eq!(metric(Strategy::NoTranslation, "", "ようこそ.x", "s", Counter).as_deref(), Ok("ようこそ.x"));
}

#[test]
fn labels() {
    for (name, preserve, collapse) in [
        ("label:with:colons", Some("label_with_colons"), Some("label_with_colons")),
        ("123label", Some("key_123label"), Some("key_123label")),
        (".foo", Some("_foo"), Some("key_foo")),
        ("..foo", Some("__foo"), Some("key_foo")),
        ("_a", Some("_a"), Some("key_a")),
        ("__a", Some("__a"), Some("key_a")),
        ("__a__", Some("__a__"), Some("__a__")),
        ("__a.b__", Some("__a_b__"), Some("__a_b__")),
        ("__a..b__", Some("__a__b__"), Some("__a_b__")),
        ("a..b", Some("a__b"), Some("a_b")),
        ("1__a", Some("key_1__a"), Some("key_1_a")),
        ("-1", Some("_1"), Some("key_1")),
        (
            "label__with__double__underscores",
            Some("label__with__double__underscores"),
            Some("label_with_double_underscores"),
        ),
        ("name (of the host)", Some("name__of_the_host_"), Some("name_of_the_host_")),
        ("ようこそa", Some("____a"), Some("key_a")),
        ("ようこそ", None, Some("key_")),
        ("é", None, Some("key_")),
        ("___", None, Some("key_")),
        ("__", None, Some("key_")),
        ("____", None, None),
        ("", None, None),
    ] {
        let made = |rule| label(Strategy::UnderscoreEscapingWithSuffixes, rule, name).ok();
        assert_eq!(made(LabelRule::Preserve).as_deref(), preserve, "{name} preserved");
        assert_eq!(made(LabelRule::Collapse).as_deref(), collapse, "{name} collapsed");
    }
    let utf8 = |name| label(Strategy::NoTranslation, LabelRule::Preserve, name).ok();
    assert_eq!(utf8("ようこそ.a").as_deref(), Some("ようこそ.a"));
    assert_eq!(utf8("___"), None);
}
