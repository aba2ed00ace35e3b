//! What was found, added to a resource.

use std::fmt::Write as _;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Variant;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use otlp::canonical::Value as Sent;

use super::{plain, texts};
use crate::resource_detection::attributes::Attributes;
use crate::resource_detection::merge::merge;
use crate::resource_detection::settings::Existing;

fn merged(sent: &[(&str, &str)], found: &Attributes, existing: Existing) -> Option<String> {
    let resource = merge(sent.iter().map(|(key, value)| (*key, Sent::Text(value))), found, existing)?;
    Some(written(resource))
}

fn written(mut resource: Resource) -> String {
    resource.attributes.sort_by(|a, b| a.key.cmp(&b.key));
    let mut text = String::new();
    for attribute in resource.attributes {
        let Some(AnyValue { value: Some(Variant::StringValue(value)) }) = attribute.value else { panic!("no text") };
        let _ = write!(text, "{}={value} ", attribute.key);
    }
    text.trim_end().to_owned()
}

/// Scenario: some attributes are on both sides. Guarantee: `override` decides which value stays; what adds nothing changes
/// nothing.
#[test]
fn both_sides() {
    let found = plain([("b", "new"), ("d", "new")]);
    let sent = [("a", "old"), ("b", "old"), ("c", "old")];
    let [replaced, kept] = [Existing::Replaced, Existing::Kept];
    assert_eq!(merged(&sent, &found, replaced).as_deref(), Some("a=old b=new c=old d=new"));
    assert_eq!(merged(&sent, &found, kept).as_deref(), Some("a=old b=old c=old d=new"));
    assert_eq!(merged(&[], &found, kept).as_deref(), Some("b=new d=new"));
    assert_eq!(merged(&[("b", "old"), ("d", "old")], &found, kept), None);
    assert_eq!(merged(&sent, &plain([]), replaced), None);
    // A key that was sent twice is one key.
    let twice = [("b", "1"), ("b", "2")];
    assert_eq!(merged(&twice, &found, replaced).as_deref(), Some("b=new d=new"));
    assert_eq!(merged(&twice, &found, kept).as_deref(), Some("b=1 b=2 d=new"));
}

/// Scenario: values that are no text, on both sides. Guarantee: they keep their types.
#[test]
fn types() {
    let mut found = Attributes::default();
    found.set("l", texts(&["x", "y"]));
    found.set("n", 7);
    let sent = [("b", Sent::Bool(true)), ("d", Sent::Double(0.5)), ("e", Sent::Empty), ("i", Sent::Int(-1))];
    let resource = merge(sent.into_iter(), &found, Existing::Replaced).expect("a resource");
    let text = |text: &str| AnyValue { value: Some(Variant::StringValue(text.into())) };
    let list = Variant::ArrayValue(ArrayValue { values: vec![text("x"), text("y")] });
    for (key, value) in [
        ("b", Some(Variant::BoolValue(true))),
        ("d", Some(Variant::DoubleValue(0.5))),
        ("e", None),
        ("i", Some(Variant::IntValue(-1))),
        ("l", Some(list)),
        ("n", Some(Variant::IntValue(7))),
    ] {
        let attribute = resource.attributes.iter().find(|attribute| attribute.key == key).expect(key);
        assert_eq!(attribute.value, Some(AnyValue { value }), "{key}");
    }
    assert_eq!(resource.attributes.len(), 6);
}
