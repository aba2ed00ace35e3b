//! Hashes of attributes: vectors of the Collector's `pkg/pdatautil` 0.161 and `xpdata/xhash` 0.164, two of them ("wide" and
//! "nested") its own.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use otlp::attributes;
use prost::Message as _;

use super::build::{texts, valued};
use crate::hash::{Fnv, HashGeneration, MapHasher};

fn text(text: &str) -> Option<Value> {
    Some(Value::StringValue(text.to_owned()))
}

fn map(values: Vec<KeyValue>) -> Option<Value> {
    Some(Value::KvlistValue(KeyValueList { values }))
}

fn array(values: Vec<Option<Value>>) -> Option<Value> {
    let values = values.into_iter().map(|value| AnyValue { value }).collect();
    Some(Value::ArrayValue(ArrayValue { values }))
}

fn bytes(bytes: &[u8]) -> Option<Value> {
    Some(Value::BytesValue(bytes.to_vec()))
}

fn hash(generation: HashGeneration, entries: &[KeyValue]) -> String {
    let written: Vec<Vec<u8>> = entries.iter().map(KeyValue::encode_to_vec).collect();
    let mut read: Vec<_> = written.iter().map(|entry| attributes::read(entry).expect("an attribute")).collect();
    let hash = MapHasher::new(generation).hash(&mut read).expect("sound attributes");
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A single attribute `k`, and its hashes without and with lengths.
fn one_attribute() -> Vec<(Option<Value>, &'static str, &'static str)> {
    vec![
        (None, "4f8e0fc4db0ad452ad46dc727f372990", "39bf7659e626a35aabb0c7c386844134"),
        (text(""), "eb278d8c3db318a118d806a480d47e93", "d0a71d629a133d176f6de3417a703c12"),
        (text("v"), "861266a812375a7c765fd4083d027d2b", "d027189f62480a888058f273eb2f72d4"),
        (Some(Value::BoolValue(true)), "fa82e933caf685f9b990e7c8e1bf36c7", "e6c4a9e4925f00ad470e717392f66e58"),
        (Some(Value::BoolValue(false)), "055b975de3692c2c6f6607c07f7c3745", "1ba322f66f4224e0099c619e7e702c3e"),
        (Some(Value::IntValue(0)), "98dcee4f84ea2eede4dd8d4c7a126b9d", "aad113a40cde8bcf670b3326a0161ca5"),
        (Some(Value::IntValue(-1)), "db7abc11a0eeb73252fe370d86b21378", "9669df665f083ad84542cd9b98a18afd"),
        (Some(Value::DoubleValue(0.0)), "9367439727789f67cd3b36eb0862f22c", "319efb60995ef1fadde9848d9229919d"),
        (Some(Value::DoubleValue(-0.0)), "db177a395fdb03d078f93f4e34fdc49a", "c773fab58f63414c046e2a7ea382298e"),
        (Some(Value::DoubleValue(1.5)), "21c57d0ead7dd84fdd1e7322c6823dac", "024ce635b5efa8114019c200855e93a9"),
        (bytes(&[]), "0b0516113c29b6198420ada46e323a0c", "1f67be2982a059a5539b1548c948a525"),
        (bytes(&[0, 1, 0xFE]), "431b21320c41aa7318ebe3f2ef15d18f", "ecd3d0afce7645899fb3eaf33f1fc39e"),
        (map(vec![]), "7266c09b279b8edd801cd23cace00a3a", "96c05629823c31e81bab52e62152e981"),
        (map(texts(&[("a", "1")])), "71cdc56caceb293df3ce44073625c2c2", "b710fdd98395bcc80ddd7a6303ff311d"),
        (array(vec![]), "1c77266b6e43ec7c20cb40bf19f449c1", "c5f27444a7369b39ff46c2cd7154a5dc"),
        (array(vec![None]), "c6ee451b0b8b9001d53e252e14b58484", "df315d4ab0860c796b54cb73ea90dacf"),
        (
            array(vec![text("s"), Some(Value::IntValue(7))]),
            "0a70132278723fb48bd8eac1fd221ae8",
            "48572fb2e71b3740e8c6a3e38e9959f8",
        ),
        (text(&"x".repeat(127)), "313b14d2128457df19ff11ffdb61255e", "3562cde27384abf7c043fac8bb3369d3"),
        (text(&"x".repeat(128)), "fe89886431e284c2eff4a1488da9cf6d", "40768bad1edd5e4d937a60bdbfa6a43b"),
        (text(&"x".repeat(20_000)), "94ffda8391d5d9eb128658ec97f234ac", "6f7060a7edc763ed9f1dbc92812ccde8"),
        (bytes(&[0xFF; 300]), "672762d514790f406c720cc4f0df5806", "338c526346ce06e1ae271b8048c243c4"),
    ]
}

fn several() -> Vec<(Vec<KeyValue>, &'static str, &'static str)> {
    vec![
        (vec![], "00000000000000000000000000000000", "00000000000000000000000000000000"),
        (texts(&[("", "")]), "98c76c422675f2a4db452b3574bc9e20", "514e75d8c2d94643bac4c39fec6e2a01"),
        (texts(&[(&"x".repeat(128), "v")]), "22c81d927ef0e96f69d8d4e2501c922d", "bf93a2d7bcdc717cdbef7852f8a78f9d"),
        (
            texts(&[("é", "1"), ("a", "2"), ("B", "3")]),
            "df95e2de26e0f933fb3e529ca8d34f5c",
            "c92a1776087fd6fc9555865a0566fe02",
        ),
        (texts(&[("a", "x"), ("b", "y")]), "d732c22d6b9d1798bedbbb90e4abf48d", "d40143a394c3011842ca51897aa44776"),
        (texts(&[("resource_key", "foo")]), "6f7c944d45e0627009d742c7e756b694", ""),
        (wide(), "b1b035b070317a893445fdb7ff4b8c73", "7391b18ec5e313ac78e90e50dc4c57c5"),
        (nested(), "63e7dfbcb3557f0f677fb332d4b2c8cd", "52cce7d627429d41aa39bb69f100adad"),
    ]
}

fn wide() -> Vec<KeyValue> {
    let mut entries: Vec<KeyValue> = (0..256)
        .map(|index| {
            let value = match index % 3 {
                0 => Value::StringValue(format!("value-{index}")),
                1 => Value::IntValue(index),
                _ => Value::BoolValue(index % 2 == 0),
            };
            valued(&format!("key-{index:04}"), Some(value))
        })
        .collect();
    entries.push(valued("nested", map(texts(&[("a", "1"), ("b", "2")]))));
    entries
}

fn nested() -> Vec<KeyValue> {
    let mut kilo: Vec<KeyValue> = (0..40).map(|k| valued(&format!("k{k:02}"), Some(Value::IntValue(k)))).collect();
    let deep = map(vec![valued("1", Some(Value::IntValue(1))), valued("2", Some(Value::IntValue(2)))]);
    kilo.extend([valued("deep", deep), valued("z-after-deep", Some(Value::BoolValue(false)))]);
    let juliet = array(vec![text("s"), map(texts(&[("p", "2"), ("q", "1")])), Some(Value::IntValue(7))]);
    vec![
        valued("zulu", text("last")),
        valued("alpha", Some(Value::IntValue(-42))),
        valued("mike", Some(Value::DoubleValue(3.25))),
        valued("bravo", Some(Value::BoolValue(true))),
        valued("yankee", bytes(&[0, 1, 0xFE])),
        valued("charlie", None),
        valued("delta", text("after-nested")),
        valued("kilo", map(kilo)),
        valued("juliet", juliet),
    ]
}

/// Scenario: each kind of value, edges of lengths, and maps with many entries. Guarantee: both generations hash them as the
/// Collector does.
#[test]
fn attributes_hash_as_the_collector_hashes_them() {
    let one = one_attribute().into_iter().map(|(value, plain, lengths)| (vec![valued("k", value)], plain, lengths));
    for (entries, plain, lengths) in one.chain(several()) {
        assert_eq!(hash(HashGeneration::Plain, &entries), plain, "{entries:?}");
        assert_eq!(hash(HashGeneration::FirstOfEqualKeys, &entries), plain, "{entries:?}");
        if !lengths.is_empty() {
            assert_eq!(hash(HashGeneration::Lengths, &entries), lengths, "{entries:?}");
        }
    }
}

/// Scenario: bytes that look like the end of one attribute and the beginning of another. Guarantee: without lengths the two
/// collide, as in the Collector; with them they do not.
#[test]
fn bytes_may_look_like_two_attributes() {
    let entry = |key, value| attributes::Attribute { key, value };
    for (generation, is_collision) in [(HashGeneration::Plain, true), (HashGeneration::Lengths, false)] {
        let mut hasher = MapHasher::new(generation);
        let one = hasher.hash(&mut [entry("a", attributes::AnyValue::Bytes(b"x\xF4b\xF7y"))]);
        let two = [entry("a", attributes::AnyValue::Bytes(b"x")), entry("b", attributes::AnyValue::Text("y"))];
        assert_eq!(one == hasher.hash(&mut two.clone()), is_collision);
    }
}

/// Scenario: two attributes with one key. Guarantee: up to 0.161 both count with the value of the first, from then on each
/// with its own.
#[test]
fn equal_keys_count_as_in_each_release() {
    let (ab, ba) = (texts(&[("k", "a"), ("k", "b")]), texts(&[("k", "b"), ("k", "a")]));
    assert_eq!(hash(HashGeneration::FirstOfEqualKeys, &ab), "83e130a726513e72b9e3188c793b4f06");
    assert_eq!(hash(HashGeneration::Lengths, &ab), "0fc9dcba2c59b37e32caeaeec7066e13");
    assert_eq!(hash(HashGeneration::Lengths, &ba), "00db047e5cd0ba9be071bfa8c3132471");
    assert_ne!(hash(HashGeneration::Plain, &ab), hash(HashGeneration::FirstOfEqualKeys, &ab));
}

/// Vectors of draft-eastlake-fnv, appendix C.
#[test]
fn fnv_is_that_of_the_draft() {
    for (text, hash) in [("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8)] {
        assert_eq!(Fnv::EMPTY.with(text.as_bytes()), Fnv(hash));
    }
}
