//! `on`: which part is changed, and which parts the host is asked for.

use attribute_filter::types::{Attribute, Stream, Value};

use crate::scenario::{attribute, changed, needs, stream, text};

/// `printf claude-code | sha256sum`, `printf sdk | sha256sum`
const CLAUDE_CODE: &str = "28e174396028f226b3bead259d19749205378d9204ce12fd9b1918ab6032a15d";
const SDK: &str = "a9d0df1873a041a6e38e2c461ffc6b53d216fd7cfab9bece3e9b5bc5c69b4203";

/// Only the part changes that the rule names.
#[test]
fn each_action_on_the_resource() {
    let host = || text("host.name", "laptop");
    let service = || text("service.name", "claude-code");
    let cases: [(&str, Vec<Attribute>); 5] = [
        (r#""delete":"host.*""#, vec![service()]),
        (r#""keep":"host.*""#, vec![host()]),
        (r#""rename":{"from":"host.name","to":"zone"}"#, vec![service(), text("zone", "laptop")]),
        (r#""set":{"key":"shard","value":3}"#, vec![host(), service(), attribute("shard", Value::Integer(3))]),
        (r#""hash":"service.name""#, vec![host(), text("service.name", CLAUDE_CODE)]),
    ];
    for (action, resource) in cases {
        let after = changed(&format!(r#"[{{{action},"on":"resource"}}]"#), stream());
        assert_eq!(after, Stream { resource, ..stream() }, "{action}");
    }
}

#[test]
fn each_action_on_the_scope() {
    let library = || text("library", "otel-js");
    let team = || text("team", "sdk");
    let cases: [(&str, Vec<Attribute>); 5] = [
        (r#""delete":"team""#, vec![library()]),
        (r#""keep":"team""#, vec![team()]),
        (r#""rename":{"from":"team","to":"a"}"#, vec![text("a", "sdk"), library()]),
        (r#""set":{"key":"team","value":true}"#, vec![library(), attribute("team", Value::Boolean(true))]),
        (r#""hash":"team""#, vec![library(), text("team", SDK)]),
    ];
    for (action, scope_attributes) in cases {
        let after = changed(&format!(r#"[{{{action},"on":"scope"}}]"#), stream());
        assert_eq!(after, Stream { scope_attributes, ..stream() }, "{action}");
    }
}

/// `point` is what counts when nothing is said.
#[test]
fn the_point_is_the_default() {
    let after = changed(r#"[{"delete":"user.*"}]"#, stream());
    assert_eq!(after, changed(r#"[{"delete":"user.*","on":"point"}]"#, stream()));
    assert_eq!(after.resource, stream().resource);
    assert_eq!(after.scope_attributes, stream().scope_attributes);
}

/// Several parts may change in one stream.
#[test]
fn all_parts() {
    let rules = r#"[{"keep":"type"},{"keep":"host.name","on":"resource"},{"keep":"team","on":"scope"}]"#;
    let expected = Stream {
        resource: vec![text("host.name", "laptop")],
        scope_attributes: vec![text("team", "sdk")],
        attributes: vec![text("type", "input")],
        ..stream()
    };
    assert_eq!(changed(rules, stream()), expected);
}

/// The host is asked for what the rules touch: 1 resource, 2 scope, 3 point.
#[test]
fn reads() {
    for (rules, reads) in [
        (r#"[{"delete":"a"}]"#, vec![3]),
        (r#"[{"delete":"a","on":"point"},{"hash":"b"}]"#, vec![3]),
        (r#"[{"delete":"a","on":"resource"}]"#, vec![1]),
        (r#"[{"set":{"key":"a","value":1},"on":"scope"}]"#, vec![2]),
        (r#"[{"keep":"a"},{"keep":"a","on":"resource"}]"#, vec![1, 3]),
        (r#"[{"keep":"a"},{"keep":"a","on":"scope"},{"keep":"a","on":"resource"}]"#, vec![1, 2, 3]),
        (r#"[{"drop":true,"metrics":"a.*"}]"#, vec![]),
        (r#"[{"drop":true,"metrics":"a.*","on":"resource"}]"#, vec![]),
        (r#"[{"drop":true,"where":{"a":"b"}}]"#, vec![3]),
        (r#"[{"drop":true,"metrics":"a.*","where":{"a":"b"},"on":"scope"}]"#, vec![2]),
        (r#"[{"rename":{"from":"a","to":"b"},"metrics":"c","on":"resource"}]"#, vec![1]),
    ] {
        assert_eq!(needs(rules).reads, reads, "{rules}");
    }
}

/// The rest of what is asked: all five kinds of stream, no state, no time.
#[test]
fn asks_for_no_state() {
    let needs = needs(r#"[{"delete":"a"}]"#);
    assert_eq!(needs.name, "attribute-filter");
    assert_eq!(needs.kinds, [1, 2, 3, 4, 5]);
    assert_eq!((needs.state_version, needs.number_words), (0, 0));
    assert_eq!((needs.max_streams, needs.max_idle, needs.tick_every), (None, None, None));
    assert_eq!(needs.drop_reasons, ["filtered"]);
    assert!(needs.counters.is_empty() && needs.extra.is_empty());
}

/// What the host did not send stays out of the answer: here the resource, of which no rule speaks.
#[test]
fn parts_that_do_not_come() {
    let before = Stream { resource: Vec::new(), scope_attributes: Vec::new(), ..stream() };
    let after = changed(r#"[{"delete":"*"}]"#, before);
    assert!(after.resource.is_empty() && after.scope_attributes.is_empty() && after.attributes.is_empty());
}

/// Each kind of stream keeps what it is.
#[test]
fn every_kind() {
    for (kind, temporality, monotonic) in [(1, 0, false), (2, 2, false), (3, 1, false), (4, 2, false), (5, 0, false)] {
        let before = Stream { kind, temporality, monotonic, ..stream() };
        let after = changed(r#"[{"delete":"user.*"}]"#, before);
        assert_eq!((after.kind, after.temporality, after.monotonic), (kind, temporality, monotonic));
    }
}
