//! The action `drop`.

use attribute_filter::shaping::Verdict;

use crate::scenario::{drops, named, passes, stream, text, verdicts, with};

#[test]
fn by_name() {
    let rules = r#"[{"drop":true,"metrics":["claude_code.debug.*"]}]"#;
    drops(rules, named("claude_code.debug.events"));
    passes(rules, named("claude_code.debug"));
    passes(rules, stream());
}

#[test]
fn by_attribute() {
    let rules = r#"[{"drop":true,"where":{"session.id":"test-*"}}]"#;
    drops(rules, stream());
    passes(rules, with(&[text("session.id", "live-1")]));
    passes(rules, with(&[]));
}

#[test]
fn by_attribute_of_the_resource() {
    let rules = r#"[{"drop":true,"on":"resource","where":{"host.name":"laptop"}}]"#;
    drops(rules, stream());
    passes(r#"[{"drop":true,"where":{"host.name":"laptop"}}]"#, stream());
}

/// All conditions must hold.
#[test]
fn by_both() {
    let rules = r#"[{"drop":true,"metrics":"*.debug","where":{"session.id":"test-*"}}]"#;
    drops(rules, named("claude_code.debug"));
    passes(rules, stream());
    let mut live = named("claude_code.debug");
    live.attributes = vec![text("session.id", "live-1")];
    passes(rules, live);
}

/// A stream that was changed before is dropped all the same, and nothing after a drop matters.
#[test]
fn between_others() {
    let rules = r#"[{"delete":"user.*"},{"drop":true,"metrics":"*.token.*"},{"set":{"key":"a","value":1}}]"#;
    drops(rules, stream());
}

/// One verdict for each stream, in order.
#[test]
fn several_streams() {
    let rules = r#"[{"drop":true,"metrics":"a"},{"delete":"user.*","metrics":"b"}]"#;
    let verdicts = verdicts(rules, vec![named("b"), named("a"), named("c"), named("a")]);
    let seen: Vec<_> = verdicts
        .iter()
        .map(|verdict| match verdict {
            Verdict::Drop(reason) => format!("drop {reason}"),
            Verdict::Pass => "pass".to_owned(),
            Verdict::Process(_) => "process".to_owned(),
        })
        .collect();
    assert_eq!(seen, ["process", "drop 0", "pass", "drop 0"]);
}
