//! A stream, rules, and what comes out.

use attribute_filter::Component;
use attribute_filter::configure::{Guest as _, Needs};
use attribute_filter::shaping::{Guest as _, Verdict};
use attribute_filter::types::{Attribute, Stream, Value};

/// Codes of `stream.kind` and `stream.temporality`.
pub const SUM: u32 = 2;
pub const DELTA: u32 = 1;

/// A delta sum of Claude Code with attributes on all parts, sorted.
pub fn stream() -> Stream {
    Stream {
        resource: vec![text("host.name", "laptop"), text("service.name", "claude-code")],
        scope_name: "com.anthropic.claude_code".into(),
        scope_version: "2.0.1".into(),
        scope_attributes: vec![text("library", "otel-js"), text("team", "sdk")],
        name: "claude_code.token.usage".into(),
        unit: "tokens".into(),
        description: String::new(),
        kind: SUM,
        temporality: DELTA,
        monotonic: true,
        attributes: vec![
            text("model", "opus"),
            text("session.id", "test-1"),
            text("type", "input"),
            text("user.email", "a@example.com"),
            text("user.id", "alice"),
        ],
        extra: Vec::new(),
    }
}

/// The same stream with other attributes on the point.
pub fn with(attributes: &[Attribute]) -> Stream {
    Stream { attributes: attributes.to_vec(), ..stream() }
}

/// The same stream of a metric of another name.
pub fn named(name: &str) -> Stream {
    Stream { name: name.into(), ..stream() }
}

pub fn text(key: &str, value: &str) -> Attribute {
    attribute(key, Value::Text(value.into()))
}

pub fn attribute(key: &str, value: Value) -> Attribute {
    Attribute { key: key.into(), value }
}

/// Configures with whole settings; problems as pairs of path and message.
pub fn configure(settings: &str) -> Result<Needs, Vec<(String, String)>> {
    Component::configure(settings.into())
        .map_err(|problems| problems.into_iter().map(|problem| (problem.path, problem.message)).collect())
}

/// Configures with a list of rules, which must be right.
pub fn needs(rules: &str) -> Needs {
    configure(&format!(r#"{{"rules":{rules}}}"#)).expect("valid rules")
}

/// What becomes of each stream.
pub fn verdicts(rules: &str, streams: Vec<Stream>) -> Vec<Verdict> {
    needs(rules);
    Component::shape(streams).expect("a verdict")
}

pub fn verdict(rules: &str, stream: Stream) -> Verdict {
    let mut verdicts = verdicts(rules, vec![stream]);
    assert_eq!(verdicts.len(), 1);
    verdicts.remove(0)
}

/// The changed description; the plan around it must be plain.
pub fn changed(rules: &str, stream: Stream) -> Stream {
    let (kind, temporality, monotonic) = (stream.kind, stream.temporality, stream.monotonic);
    let Verdict::Process(mut plan) = verdict(rules, stream) else { panic!("not changed") };
    assert_eq!((plan.outputs.len(), plan.seed.len()), (1, 0));
    let output = plan.outputs.remove(0);
    assert_eq!((output.kind, output.temporality, output.monotonic), (kind, temporality, monotonic));
    output.description.expect("a description")
}

/// What becomes of the attributes of a point.
pub fn attributes(rules: &str, before: &[Attribute]) -> Vec<Attribute> {
    changed(rules, with(before)).attributes
}

#[track_caller]
pub fn passes(rules: &str, stream: Stream) {
    let verdict = verdict(rules, stream);
    assert!(matches!(verdict, Verdict::Pass), "{verdict:?}");
}

#[track_caller]
pub fn drops(rules: &str, stream: Stream) {
    let verdict = verdict(rules, stream);
    assert!(matches!(verdict, Verdict::Drop(0)), "{verdict:?}");
}
