//! The description of a stream as a guest sees it, and as a guest gives it: the parts that it reads, and no other.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Variant;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use serde_json::json;

use model::{Attribute, AttributeValue, StreamDescription};
use otlp::attributes;
use otlp::canonical::Value;
use streams::describe::{Shaped, View};
use wasm::check::{POINT, RESOURCE, SCOPE, Violation};

/// The description of a stream; `reads` are the parts that the guest named. The metric's own description text comes empty:
/// it is no part of the identity, so that two senders of one stream may differ in it.
pub(super) fn describe(view: View<'_>, reads: &[u32]) -> StreamDescription {
    let traits = view.traits();
    let mut stream = StreamDescription {
        resource: Vec::new(),
        scope_name: String::new(),
        scope_version: String::new(),
        scope_attributes: Vec::new(),
        name: view.name().to_owned(),
        unit: view.unit().to_owned(),
        kind: u32::from(traits.kind as u8),
        temporality: u32::from(traits.temporality),
        monotonic: traits.monotonic,
        attributes: Vec::new(),
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
    Attribute { key: key.to_owned(), value: attribute_value(value) }
}

fn attribute_value(value: Value<'_>) -> AttributeValue {
    match value {
        Value::Text(text) => AttributeValue::Text(text.to_owned()),
        Value::Bool(value) => AttributeValue::Boolean(value),
        Value::Int(value) => AttributeValue::Integer(value),
        Value::Double(value) => AttributeValue::Double(value),
        Value::Bytes(bytes) => AttributeValue::Bytes(bytes.to_vec()),
        Value::Empty | Value::Array(_) | Value::Map(_) => AttributeValue::Structured(json(value).to_string()),
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

/// The parts of a description that a guest has given, as OTLP. Parts that it does not read are not its to change.
///
/// # Errors
/// The rule that it breaks: a structured value that is none.
pub(super) fn shaped(stream: &StreamDescription, reads: &[u32]) -> Result<Shaped, Violation> {
    let given = |part: u32| reads.contains(&part);
    let resource = given(RESOURCE)
        .then(|| Ok(Resource { attributes: all_otlp(&stream.resource)?, ..Resource::default() }))
        .transpose()?;
    let scope = given(SCOPE)
        .then(|| {
            Ok(InstrumentationScope {
                name: stream.scope_name.clone(),
                version: stream.scope_version.clone(),
                attributes: all_otlp(&stream.scope_attributes)?,
                ..InstrumentationScope::default()
            })
        })
        .transpose()?;
    let metric = Metric { name: stream.name.clone(), unit: stream.unit.clone(), ..Metric::default() };
    let point = given(POINT)
        .then(|| Ok(NumberDataPoint { attributes: all_otlp(&stream.attributes)?, ..NumberDataPoint::default() }))
        .transpose()?;
    let shaped = Shaped {
        resource: resource.as_ref().map(bytes),
        scope: scope.as_ref().map(bytes),
        metric: bytes(&metric),
        point: point.as_ref().map(bytes),
    };
    Ok(shaped)
}

fn bytes(message: &impl Message) -> Box<[u8]> {
    message.encode_to_vec().into()
}

fn all_otlp(attributes: &[Attribute]) -> Result<Vec<KeyValue>, Violation> {
    let one = |Attribute { key, value }: &Attribute| {
        let value = otlp(value).ok_or_else(|| Violation::Text {
            what: "structured value of",
            value: key.chars().take(64).collect(),
            rule: "must be an AnyValue in OTLP's JSON mapping",
        })?;
        Ok(KeyValue { key: key.clone(), value: Some(value), ..KeyValue::default() })
    };
    attributes.iter().map(one).collect()
}

fn otlp(value: &AttributeValue) -> Option<AnyValue> {
    let value = match value {
        AttributeValue::Text(text) => Variant::StringValue(text.clone()),
        AttributeValue::Boolean(value) => Variant::BoolValue(*value),
        AttributeValue::Integer(value) => Variant::IntValue(*value),
        AttributeValue::Double(value) => Variant::DoubleValue(*value),
        AttributeValue::Bytes(bytes) => Variant::BytesValue(bytes.clone()),
        AttributeValue::Structured(text) => {
            return structured(&serde_json::from_str(text).ok()?, attributes::VALUE_DEPTH);
        }
    };
    Some(AnyValue { value: Some(value) })
}

/// The inverse of [`json`].
fn structured(value: &serde_json::Value, depth: u32) -> Option<AnyValue> {
    let depth = depth.checked_sub(1)?;
    let map = value.as_object()?;
    let Some((key, value)) = map.iter().next().filter(|_| map.len() == 1) else {
        return map.is_empty().then(AnyValue::default);
    };
    let list = || value.get("values")?.as_array();
    let value = match key.as_str() {
        "stringValue" => Variant::StringValue(value.as_str()?.to_owned()),
        "boolValue" => Variant::BoolValue(value.as_bool()?),
        "intValue" => Variant::IntValue(value.as_i64().or_else(|| value.as_str()?.parse().ok())?),
        "doubleValue" => Variant::DoubleValue(value.as_f64().or_else(|| named_double(value.as_str()?))?),
        "bytesValue" => Variant::BytesValue(STANDARD.decode(value.as_str()?).ok()?),
        "arrayValue" => {
            let values = list()?.iter().map(|value| structured(value, depth)).collect::<Option<_>>()?;
            Variant::ArrayValue(ArrayValue { values })
        }
        "kvlistValue" => {
            let entry = |entry: &serde_json::Value| {
                let key = entry.get("key")?.as_str()?.to_owned();
                let value = structured(entry.get("value")?, depth)?;
                Some(KeyValue { key, value: Some(value), ..KeyValue::default() })
            };
            Variant::KvlistValue(KeyValueList { values: list()?.iter().map(entry).collect::<Option<_>>()? })
        }
        _ => return None,
    };
    Some(AnyValue { value: Some(value) })
}

fn named_double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok(),
    }
}
