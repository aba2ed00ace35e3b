//! The resource of a stream with what was found added to it.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Variant;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::resource::v1::Resource;
use otlp::canonical::Value as Sent;

use super::attributes::{Attributes, Value};
use super::settings::Existing;

/// The resource that has the attributes of both; none if it has those that were sent and no others. `sent` comes in the order
/// of the keys.
pub(super) fn merge<'a>(
    sent: impl Iterator<Item = (&'a str, Sent<'a>)>,
    found: &Attributes,
    existing: Existing,
) -> Option<Resource> {
    let sent: Vec<(&str, Sent<'_>)> = sent.collect();
    let was_sent = |key: &str| sent.binary_search_by_key(&key, |(sent, _)| sent).is_ok();
    let is_added = |key: &str| existing == Existing::Replaced || !was_sent(key);
    let stays = |key: &str| existing == Existing::Kept || found.get(key).is_none();
    let added = found.iter().filter(|(key, _)| is_added(key));
    let mut attributes: Vec<KeyValue> = added.map(|(key, value)| key_value(key, as_otlp(value))).collect();
    if attributes.is_empty() {
        return None;
    }
    let staying = sent.iter().filter(|(key, _)| stays(key));
    attributes.extend(staying.map(|(key, value)| key_value(key, as_sent(*value))));
    Some(Resource { attributes, ..Resource::default() })
}

fn key_value(key: &str, value: Option<Variant>) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value }), ..KeyValue::default() }
}

fn as_otlp(value: &Value) -> Option<Variant> {
    Some(match value {
        Value::Text(text) => Variant::StringValue(text.clone()),
        Value::Integer(number) => Variant::IntValue(*number),
        Value::Texts(texts) => {
            let value = |text: &String| AnyValue { value: Some(Variant::StringValue(text.clone())) };
            Variant::ArrayValue(ArrayValue { values: texts.iter().map(value).collect() })
        }
    })
}

/// A value as it was sent. Values nest `attributes::VALUE_DEPTH` deep at most.
fn as_sent(value: Sent<'_>) -> Option<Variant> {
    Some(match value {
        Sent::Empty => return None,
        Sent::Text(text) => Variant::StringValue(text.to_owned()),
        Sent::Bool(value) => Variant::BoolValue(value),
        Sent::Int(value) => Variant::IntValue(value),
        Sent::Double(value) => Variant::DoubleValue(value),
        Sent::Bytes(bytes) => Variant::BytesValue(bytes.to_vec()),
        Sent::Array(list) => {
            let values = list.values().map(|value| AnyValue { value: as_sent(value) });
            Variant::ArrayValue(ArrayValue { values: values.collect() })
        }
        Sent::Map(list) => {
            let values = list.entries().map(|(key, value)| key_value(key, as_sent(value)));
            Variant::KvlistValue(KeyValueList { values: values.collect() })
        }
    })
}
