//! The description of a stream as a guest sees it: the parts that it reads, and no other.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::guest::check::{POINT, RESOURCE, SCOPE};
use crate::guest::{Attribute, Stream, Value as Told};
use crate::stream::canonical::Value;
use crate::stream::describe::View;

/// The description of a stream; `reads` are the parts that the guest named. The metric's own description text comes empty:
/// it is no part of the identity, so that two senders of one stream may differ in it.
pub(super) fn describe(view: View<'_>, reads: &[u32]) -> Stream {
    let traits = view.traits();
    let mut stream = Stream {
        resource: Vec::new(),
        scope_name: String::new(),
        scope_version: String::new(),
        scope_attributes: Vec::new(),
        name: view.name().to_owned(),
        unit: view.unit().to_owned(),
        description: String::new(),
        kind: u32::from(traits.kind as u8),
        temporality: u32::from(traits.temporality),
        monotonic: traits.monotonic,
        attributes: Vec::new(),
        extra: Vec::new(),
    };
    if reads.contains(&RESOURCE) {
        stream.resource = view.resource().map(attribute).collect();
    }
    if reads.contains(&SCOPE) {
        let (name, version) = view.scope_name_version();
        stream.scope_name = name.to_owned();
        stream.scope_version = version.to_owned();
        stream.scope_attributes = view.scope_attributes().map(attribute).collect();
    }
    if reads.contains(&POINT) {
        stream.attributes = view.attributes().map(attribute).collect();
    }
    stream
}

fn attribute((key, value): (&str, Value<'_>)) -> Attribute {
    Attribute { key: key.to_owned(), value: told(value) }
}

fn told(value: Value<'_>) -> Told {
    match value {
        Value::Text(text) => Told::Text(text.to_owned()),
        Value::Bool(value) => Told::Boolean(value),
        Value::Int(value) => Told::Integer(value),
        Value::Double(value) => Told::Double(value),
        Value::Bytes(bytes) => Told::Bytes(bytes.to_vec()),
        Value::Empty | Value::Array(_) | Value::Map(_) => Told::Structured(json(value).to_string()),
    }
}

/// An `AnyValue` in OTLP's JSON mapping: 64-bit integers are text, bytes are base64, and numbers that JSON has no
/// form for are named (Protocol Buffers, "ProtoJSON Format"). Values nest `attributes::VALUE_DEPTH` deep at most.
fn json(value: Value<'_>) -> serde_json::Value {
    match value {
        Value::Empty => json!({}),
        Value::Text(text) => json!({ "stringValue": text }),
        Value::Bool(value) => json!({ "boolValue": value }),
        Value::Int(value) => json!({ "intValue": value.to_string() }),
        Value::Double(value) if value.is_finite() => json!({ "doubleValue": value }),
        Value::Double(value) if value.is_nan() => json!({ "doubleValue": "NaN" }),
        Value::Double(value) => json!({ "doubleValue": if value > 0.0 { "Infinity" } else { "-Infinity" } }),
        Value::Bytes(bytes) => json!({ "bytesValue": STANDARD.encode(bytes) }),
        Value::Array(list) => {
            let values: Vec<serde_json::Value> = list.values().map(json).collect();
            json!({ "arrayValue": { "values": values } })
        }
        Value::Map(list) => {
            let entry = |(key, value)| json!({ "key": key, "value": json(value) });
            let values: Vec<serde_json::Value> = list.entries().map(entry).collect();
            json!({ "kvlistValue": { "values": values } })
        }
    }
}
