//! The guest `attribute-filter`, as the Collector's processors `attributes`, `resource` and `filter` use it: each
//! scenario runs natively and as the component that the host embeds, and both say the same.

mod actions;
mod blocks;
mod conditions;
mod convert;
mod groups;

use std::sync::{Arc, OnceLock};

use attribute_filter::Component;
use attribute_filter::configure::Guest as _;
use attribute_filter::shaping::{Guest as _, Verdict as NativeVerdict};
use attribute_filter::types::{Attribute as NativeAttribute, Stream, Value as NativeValue};
use clock::Clock;
use model::{Attribute, AttributeValue as Value, StreamDescription, Verdict};
use serde_json::Value as Json;
use wasm::{ATTRIBUTE_FILTER, Engine, GuestLog, Instance, Limits, Module, Source};

/// What becomes of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Passed,
    /// For this reason, as an index.
    Dropped(u32),
    Changed(StreamDescription),
}

/// A delta sum with attributes on all parts.
pub fn stream() -> StreamDescription {
    StreamDescription {
        resource: vec![text("host.name", "laptop"), text("service.name", "claude-code")],
        scope_name: "com.anthropic.claude_code".into(),
        scope_version: "2.0.1".into(),
        scope_attributes: vec![text("team", "sdk")],
        name: "claude_code.token.usage".into(),
        unit: "tokens".into(),
        kind: 2,
        temporality: 1,
        monotonic: true,
        attributes: vec![text("model", "opus"), text("type", "input")],
    }
}

/// The same stream with these attributes on the point.
pub fn with(attributes: &[Attribute]) -> StreamDescription {
    StreamDescription { attributes: attributes.to_vec(), ..stream() }
}

pub fn text(key: &str, value: &str) -> Attribute {
    attribute(key, Value::Text(value.into()))
}

pub fn attribute(key: &str, value: Value) -> Attribute {
    Attribute { key: key.into(), value }
}

/// What the guest makes of a stream, and which parts it asks for: 1 resource, 2 scope, 3 point.
#[track_caller]
pub fn shape(settings: &Json, stream: &StreamDescription) -> (Outcome, Vec<u32>) {
    let settings = settings.to_string();
    let needs = Component::configure(settings.clone()).unwrap_or_else(|problems| panic!("{problems:?}"));
    let verdict = Component::shape(vec![native(stream)]).expect("a verdict").remove(0);
    let outcome = match verdict {
        NativeVerdict::Pass => Outcome::Passed,
        NativeVerdict::Drop(reason) => Outcome::Dropped(reason),
        NativeVerdict::Process(plan) => {
            Outcome::Changed(of_native(plan.outputs[0].description.as_ref().expect("a description")))
        }
    };
    let (mut instance, same_needs) = instantiate(&settings);
    let verdict = instance.shape(std::slice::from_ref(stream)).expect("a verdict").remove(0);
    let of_wasm = match verdict {
        Verdict::Pass => Outcome::Passed,
        Verdict::Drop(reason) => Outcome::Dropped(reason),
        Verdict::Process(plan) => Outcome::Changed(plan.outputs[0].description.clone().expect("a description")),
    };
    assert_eq!(format!("{outcome:?}"), format!("{of_wasm:?}"), "both builds say the same: {settings}");
    assert_eq!((&needs.reads, &needs.drop_reasons), (&same_needs.reads, &same_needs.drop_reasons));
    (outcome, needs.reads)
}

/// What becomes of the attributes of a point by actions; none if nothing.
#[track_caller]
pub fn act(actions: Json, before: &[Attribute]) -> Option<Vec<Attribute>> {
    let settings = serde_json::json!({ "groups": [{ "actions": actions }] });
    match shape(&settings, &with(before)).0 {
        Outcome::Passed => None,
        Outcome::Changed(stream) => Some(stream.attributes),
        Outcome::Dropped(_) => panic!("dropped"),
    }
}

fn instantiate(settings: &str) -> (Instance, model::Needs) {
    static MODULE: OnceLock<(Engine, Module)> = OnceLock::new();
    let (_, module) = MODULE.get_or_init(|| {
        let engine = Engine::start().expect("the engine starts");
        let module = Module::load(&engine, &Source::Embedded(ATTRIBUTE_FILTER), Limits::default());
        (engine, module.expect("the guest loads"))
    });
    module
        .instantiate(&GuestLog::new(&Arc::from("attributes"), &Clock::system()), settings)
        .expect("the guest takes its settings")
}

fn native(stream: &StreamDescription) -> Stream {
    let all = |attributes: &[Attribute]| attributes.iter().map(native_attribute).collect();
    Stream {
        resource: all(&stream.resource),
        scope_name: stream.scope_name.clone(),
        scope_version: stream.scope_version.clone(),
        scope_attributes: all(&stream.scope_attributes),
        name: stream.name.clone(),
        unit: stream.unit.clone(),
        description: String::new(),
        kind: stream.kind,
        temporality: stream.temporality,
        monotonic: stream.monotonic,
        attributes: all(&stream.attributes),
        extra: Vec::new(),
    }
}

fn native_attribute(Attribute { key, value }: &Attribute) -> NativeAttribute {
    let value = match value.clone() {
        Value::Text(text) => NativeValue::Text(text),
        Value::Boolean(value) => NativeValue::Boolean(value),
        Value::Integer(value) => NativeValue::Integer(value),
        Value::Double(value) => NativeValue::Double(value),
        Value::Bytes(bytes) => NativeValue::Bytes(bytes),
        Value::Structured(json) => NativeValue::Structured(json),
    };
    NativeAttribute { key: key.clone(), value }
}

fn of_native(stream: &Stream) -> StreamDescription {
    let all = |attributes: &[NativeAttribute]| attributes.iter().map(of_native_attribute).collect();
    StreamDescription {
        resource: all(&stream.resource),
        scope_name: stream.scope_name.clone(),
        scope_version: stream.scope_version.clone(),
        scope_attributes: all(&stream.scope_attributes),
        name: stream.name.clone(),
        unit: stream.unit.clone(),
        kind: stream.kind,
        temporality: stream.temporality,
        monotonic: stream.monotonic,
        attributes: all(&stream.attributes),
    }
}

fn of_native_attribute(NativeAttribute { key, value }: &NativeAttribute) -> Attribute {
    let value = match value.clone() {
        NativeValue::Text(text) => Value::Text(text),
        NativeValue::Boolean(value) => Value::Boolean(value),
        NativeValue::Integer(value) => Value::Integer(value),
        NativeValue::Double(value) => Value::Double(value),
        NativeValue::Bytes(bytes) => Value::Bytes(bytes),
        NativeValue::Structured(json) => Value::Structured(json),
    };
    attribute(key, value)
}
