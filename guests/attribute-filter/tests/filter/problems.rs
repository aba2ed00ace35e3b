//! What is wrong with settings: every problem at once, each with its path and what would be right.

use crate::scenario::{configure, needs};

/// The problems of whole settings.
fn of(settings: &str) -> Vec<(String, String)> {
    let problems = configure(settings).expect_err("a problem");
    assert!(problems.iter().all(|(_, message)| !message.contains('\n')), "{problems:?}");
    problems
}

/// The one problem of a list with one rule. The message has to contain `says`.
#[track_caller]
fn one(rule: &str, path: &str, says: &str) {
    let problems = of(&format!(r#"{{"rules":[{rule}]}}"#));
    let [(found, message)] = problems.as_slice() else { panic!("{rule}: {problems:?}") };
    assert_eq!(found, path, "{rule}: {message}");
    assert!(message.contains(says), "{rule}: {message}");
}

#[test]
fn no_rules() {
    for settings in ["{}", r#"{"rules":[]}"#, r#"{"rules":null}"#] {
        assert_eq!(of(settings), [("rules".to_owned(), "write at least one rule".to_owned())], "{settings}");
    }
}

#[test]
fn not_settings() {
    assert_eq!(of("[]"), [(String::new(), "expected a map of settings (got a list)".to_owned())]);
    let problems = of("{");
    assert_eq!(problems[0].0, "");
    assert!(problems[0].1.starts_with("expected settings as JSON"), "{problems:?}");
}

#[test]
fn not_a_list_of_rules() {
    let problems = of(r#"{"rules":{"delete":"a"}}"#);
    assert_eq!(problems, [("rules".to_owned(), "expected a list of rules (got a map)".to_owned())]);
    one(r#""delete""#, "rules.0", "expected a rule");
}

#[test]
fn unknown_keys() {
    let problems = of(r#"{"rule":[],"rules":[{"delete":"a"}]}"#);
    assert_eq!(problems, [("rule".to_owned(), "unknown key; this processor takes rules".to_owned())]);
    one(
        r#"{"delete":"a","metric":"b"}"#,
        "rules.0.metric",
        "a rule takes delete, keep, rename, set, hash, drop, on, metrics and where",
    );
    one(r#"{"rename":{"from":"a","to":"b","too":"c"}}"#, "rules.0.rename.too", "rename takes from and to");
    one(r#"{"set":{"key":"a","value":1,"type":"int"}}"#, "rules.0.set.type", "set takes key and value");
}

#[test]
fn exactly_one_action() {
    let wanted = "write exactly one of delete, keep, rename, set, hash and drop";
    one("{}", "rules.0", wanted);
    one(r#"{"on":"scope"}"#, "rules.0", wanted);
    one(r#"{"delete":"a","keep":"b"}"#, "rules.0", "(got delete and keep)");
    one(r#"{"hash":"a","set":{"key":"b","value":1},"keep":"c"}"#, "rules.0", "(got keep, set and hash)");
}

#[test]
fn lists_of_patterns() {
    for action in ["delete", "keep", "hash"] {
        let path = format!("rules.0.{action}");
        one(&format!(r#"{{"{action}":[]}}"#), &path, "write at least one pattern");
        one(&format!(r#"{{"{action}":null}}"#), &path, "expected a text (got nothing)");
        one(&format!(r#"{{"{action}":""}}"#), &path, "expected a text (got the empty text)");
        one(&format!(r#"{{"{action}":{{}}}}"#), &path, "expected a text (got a map)");
        one(&format!(r#"{{"{action}":["a",7]}}"#), &format!("{path}.1"), "expected a text (got a number)");
        one(&format!(r#"{{"{action}":["/(/"]}}"#), &format!("{path}.0"), "expected a valid regex");
    }
    one(r#"{"delete":"a","metrics":[]}"#, "rules.0.metrics", "write at least one pattern");
    one(r#"{"delete":"a","metrics":true}"#, "rules.0.metrics", "expected a text (got a boolean)");
    one(r#"{"delete":"a","metrics":["b","/[/"]}"#, "rules.0.metrics.1", "expected a valid regex");
}

#[test]
fn regexes() {
    one(r#"{"delete":"//"}"#, "rules.0.delete", "write a regex between the slashes, or * for everything");
    one(r#"{"delete":"/a{2,1}/"}"#, "rules.0.delete", "expected a valid regex");
    one(r#"{"delete":"/(\\d{1000}){1000}/"}"#, "rules.0.delete", "expected a valid regex");
}

/// 1 KiB is the longest pattern, whatever its kind; a regex of that length without repetitions is not too large.
#[test]
fn long_patterns() {
    for pattern in ["a".repeat(1024), "*".repeat(1024), format!("/{}/", "a".repeat(1022)), "ä".repeat(512)] {
        needs(&format!(r#"[{{"delete":"{pattern}"}}]"#));
        one(&format!(r#"{{"delete":"{pattern}a"}}"#), "rules.0.delete", "at most 1024 bytes (got 1025)");
    }
}

#[test]
fn renames() {
    one(r#"{"rename":"a"}"#, "rules.0.rename", "expected a map with from and to (got a text)");
    one(r#"{"rename":{"from":"a"}}"#, "rules.0.rename.to", "required");
    one(r#"{"rename":{"to":"a"}}"#, "rules.0.rename.from", "required");
    one(r#"{"rename":{"from":["a"],"to":"b"}}"#, "rules.0.rename.from", "expected a text (got a list)");
    one(r#"{"rename":{"from":"a","to":""}}"#, "rules.0.rename.to", "expected a text (got the empty text)");
    one(r#"{"rename":{"from":"a","to":"a"}}"#, "rules.0.rename", "from and to must differ");
}

#[test]
fn sets() {
    one(r#"{"set":["a",1]}"#, "rules.0.set", "expected a map with key and value (got a list)");
    one(r#"{"set":{"value":1}}"#, "rules.0.set.key", "required");
    one(r#"{"set":{"key":"a"}}"#, "rules.0.set.value", "required: a text, a boolean, an integer or a double");
    one(r#"{"set":{"key":1,"value":1}}"#, "rules.0.set.key", "expected a text (got a number)");
    for (value, got) in [("null", "nothing"), ("[1]", "a list"), ("{}", "a map")] {
        let says = format!("expected a text, a boolean, an integer or a double (got {got})");
        one(&format!(r#"{{"set":{{"key":"a","value":{value}}}}}"#), "rules.0.set.value", &says);
    }
    one(r#"{"set":{"key":"a","value":9223372036854775808}}"#, "rules.0.set.value", "at most 9223372036854775807");
}

#[test]
fn parts() {
    one(r#"{"delete":"a","on":"metric"}"#, "rules.0.on", "expected point, resource or scope (got metric)");
    one(r#"{"delete":"a","on":["scope"]}"#, "rules.0.on", "expected point, resource or scope (got a list)");
}

#[test]
fn conditions() {
    one(r#"{"delete":"a","where":{}}"#, "rules.0.where", "write at least one key and a pattern");
    one(r#"{"delete":"a","where":"b"}"#, "rules.0.where", "expected a map of keys and patterns for their values");
    one(r#"{"delete":"a","where":{"b.c":200}}"#, "rules.0.where.b.c", "expected a text, in quotes");
    one(r#"{"delete":"a","where":{"b":[]}}"#, "rules.0.where.b", "write at least one pattern");
    one(r#"{"delete":"a","where":{"b":["c","/)/"]}}"#, "rules.0.where.b.1", "expected a valid regex");
}

/// A rule without conditions would drop all there is.
#[test]
fn drops() {
    one(r#"{"drop":true}"#, "rules.0", "say what is dropped: add metrics or where");
    one(r#"{"drop":true,"on":"resource"}"#, "rules.0", "say what is dropped: add metrics or where");
    for value in ["false", "{}", "null", r#""yes""#] {
        one(&format!(r#"{{"drop":{value},"metrics":"a"}}"#), "rules.0.drop", "expected true");
    }
}

#[test]
fn too_many_rules() {
    let rules = |count: usize| format!("[{}]", vec![r#"{"delete":"a"}"#; count].join(","));
    needs(&rules(1000));
    let problems = of(&format!(r#"{{"rules":{}}}"#, rules(1001)));
    assert_eq!(problems, [("rules".to_owned(), "write at most 1000 rules (got 1001)".to_owned())]);
}

/// Nothing hides behind something else.
#[test]
fn all_at_once() {
    let settings = r#"{
        "mode": "fast",
        "rules": [
            {"delete": ["a", "/(/", 3], "on": "span"},
            {"delete": "a"},
            {"keep": [], "set": {"key": ""}, "metrics": ["/[/"], "where": {"b": 1}, "when": "now"},
            {"drop": false},
            7
        ]
    }"#;
    let mut paths: Vec<_> = of(settings).into_iter().map(|(path, _)| path).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "mode",
            "rules.0.delete.1",
            "rules.0.delete.2",
            "rules.0.on",
            "rules.2",
            "rules.2.keep",
            "rules.2.metrics.0",
            "rules.2.set.key",
            "rules.2.set.value",
            "rules.2.when",
            "rules.2.where.b",
            "rules.3",
            "rules.3.drop",
            "rules.4",
        ]
    );
}

/// Groups, which the host writes.
#[test]
fn groups() {
    let one = |group: &str, path: &str, says: &str| {
        let problems = of(&format!(r#"{{"groups":[{group}]}}"#));
        let [(found, message)] = problems.as_slice() else { panic!("{group}: {problems:?}") };
        assert_eq!(found, path, "{group}: {message}");
        assert!(message.contains(says), "{group}: {message}");
    };
    one("", "groups", "write 1 to 64 groups (got 0)");
    one(&["{}"; 65].join(","), "groups", "(got 65)");
    one("7", "groups.0", "expected a group of rules");
    one("{}", "groups.0.actions", "required");
    one(r#"{"drop":true,"when":1}"#, "groups.0.when", "a group takes if, block, on, actions and drop");
    one(r#"{"block":{}}"#, "groups.0.block.rules", "write at least one rule");
    one(r#"{"drop":7}"#, "groups.0.drop", "expected a condition");
    one(r#"{"drop":{"all":[],"any":[]}}"#, "groups.0.drop", "expected a condition");
    one(r#"{"drop":{"not":{"some":[]}}}"#, "groups.0.drop.not", "expected a condition");
    one(r#"{"drop":{"compare":[1,"=="]}}"#, "groups.0.drop.compare", "expected a list of the operands");
    one(r#"{"drop":{"compare":[1,"=",1]}}"#, "groups.0.drop.compare.1", "expected one of ==");
    one(r#"{"drop":{"compare":[{"metric":"x"},"==",1]}}"#, "groups.0.drop.compare.0", "expected a value");
    one(r#"{"drop":{"match":["a","/(/"]}}"#, "groups.0.drop.match.1", "expected a valid regex");
    let action = |action: &str, path: &str, says: &str| {
        one(&format!(r#"{{"actions":[{action}]}}"#), &format!("groups.0.actions.0{path}"), says);
    };
    action(r#"{"action":"put","key":"a"}"#, "", "expected insert, update");
    action(r#"{"action":"insert","key":"a"}"#, "", "required: value");
    action(r#"{"action":"delete"}"#, "", "required: key or pattern");
    action(r#"{"action":"extract","key":"a","pattern":"("}"#, ".pattern", "expected a valid regex");
    action(r#"{"action":"convert","key":"a","converted_type":"bool"}"#, ".converted_type", "expected int, double");
    let many = [r#"{"action":"delete","key":"a"}"#; 1001].join(",");
    one(&format!(r#"{{"actions":[{many}]}}"#), "groups.0", "at most 1000 actions (got 1001)");
}

/// No depth of conditions is too much for the stack: JSON has a bound of its own.
#[test]
fn deep_conditions() {
    let deep = |depth: usize| {
        let (open, close) = (r#"{"not":"#.repeat(depth), "}".repeat(depth));
        format!(r#"{{"groups":[{{"drop":{open}true{close}}}]}}"#)
    };
    assert!(configure(&deep(100)).is_ok());
    assert!(of(&deep(100_000))[0].1.contains("recursion limit"));
}
