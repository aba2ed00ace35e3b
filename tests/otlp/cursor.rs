//! The cursor reads what `prost` reads, or refuses.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use otlp::wire::Fault;
use proptest::prelude::*;
use prost::Message as _;

use super::generate::request;
use super::headers;
use super::plain::{oracle, read};

/// Bytes that the cursor takes must mean to it what they mean to `prost`.
fn agrees(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(found) = read(bytes) {
        let decoded = ExportMetricsServiceRequest::decode(bytes);
        let decoded = decoded.map_err(|error| TestCaseError::fail(format!("prost refuses: {error}")))?;
        prop_assert_eq!(found, oracle(&decoded));
        prop_assert_eq!(headers::read(bytes), headers::oracle(&decoded));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// What was encoded is found.
    #[test]
    fn messages_are_read(request in request()) {
        let bytes = request.encode_to_vec();
        prop_assert_eq!(read(&bytes).map_err(|malformed| malformed.fault), Ok(oracle(&request)));
        prop_assert_eq!(headers::read(&bytes), headers::oracle(&request));
    }

    /// One byte changed, inserted or removed somewhere in a message.
    #[test]
    fn broken_messages(request in request(), place in any::<prop::sample::Index>(), byte in any::<u8>(), how in 0..3) {
        let mut bytes = request.encode_to_vec();
        if !bytes.is_empty() {
            let place = place.index(bytes.len());
            match how {
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                _ => drop(bytes.remove(place)),
            }
        }
        agrees(&bytes)?;
    }

    /// A message that ends early.
    #[test]
    fn truncated_messages(request in request(), place in any::<prop::sample::Index>()) {
        let bytes = request.encode_to_vec();
        agrees(&bytes[..place.index(bytes.len() + 1)])?;
    }

    /// Two messages, one behind the other, are one message with the resources of both.
    #[test]
    fn concatenated_messages(first in request(), second in request()) {
        let bytes = [first.encode_to_vec(), second.encode_to_vec()].concat();
        let mut expected = oracle(&first);
        expected.extend(oracle(&second));
        prop_assert_eq!(read(&bytes).map_err(|malformed| malformed.fault), Ok(expected));
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        agrees(&bytes)?;
    }
}

/// Wraps a field of bytes around each of `messages`, outermost first.
pub fn nested(path: &[u32], inner: &[u8]) -> Vec<u8> {
    path.iter().rev().fold(inner.to_vec(), |inner, number| field(*number, &inner))
}

fn field(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    prost::encoding::encode_key(number, prost::encoding::WireType::LengthDelimited, &mut out);
    prost::encoding::encode_varint(bytes.len() as u64, &mut out);
    out.extend_from_slice(bytes);
    out
}

/// `resource_metrics.scope_metrics.metrics.sum.data_points`.
const SUM_POINT: [u32; 5] = [1, 2, 2, 7, 1];

fn fault(bytes: &[u8]) -> Option<Fault> {
    read(bytes).err().map(|malformed| malformed.fault)
}

/// Each way of being malformed, by the protobuf encoding guide; `prost` refuses all of them as well.
#[test]
fn malformed_bytes_are_refused() {
    let cases: [(&str, Vec<u8>, Fault); 12] = [
        ("a length past the end", vec![0x0A, 0x05, 0x00], Fault::Truncated),
        ("a huge length", vec![0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], Fault::Truncated),
        ("a varint without end", nested(&SUM_POINT, &[0x40, 0x80, 0x80]), Fault::Truncated),
        (
            "a varint of 11 bytes",
            nested(&SUM_POINT, &[[0x40].as_slice(), &[0x80; 10], &[0x01]].concat()),
            Fault::Varint,
        ),
        ("a varint of 65 bits", nested(&SUM_POINT, &[[0x40].as_slice(), &[0xFF; 9], &[0x02]].concat()), Fault::Varint),
        ("field number 0", vec![0x02, 0x00], Fault::Key),
        ("wire type 6", vec![0x0E], Fault::WireType),
        ("a time as varint", nested(&SUM_POINT, &[0x18, 0x01]), Fault::WireType),
        ("a group that is not open", vec![0x0C], Fault::Group),
        ("a group without end", vec![0x13, 0x08, 0x01], Fault::Truncated),
        ("a name that is no text", nested(&[1, 2, 2, 1], &[0xFF]), Fault::Utf8),
        ("a key that is no text", nested(&[1, 2, 2, 7, 1, 7, 1], &[0xC3, 0x28]), Fault::Utf8),
    ];
    for (name, bytes, expected) in cases {
        assert!(ExportMetricsServiceRequest::decode(&*bytes).is_err(), "{name}: prost takes it");
        assert_eq!(fault(&bytes), Some(expected), "{name}");
    }
}

/// Values that nest without end stop at a depth that no sender needs.
#[test]
fn deep_values_are_refused() {
    let deep = |levels: usize| {
        let mut value = Vec::new();
        for _ in 0..levels {
            value = field(5, &field(1, &value));
        }
        nested(&SUM_POINT, &field(7, &[field(1, b"k"), field(2, &value)].concat()))
    };
    assert_eq!(fault(&deep(16)), None);
    assert_eq!(fault(&deep(17)), Some(Fault::Depth));
    assert_eq!(fault(&deep(10_000)), Some(Fault::Depth));
}

/// Parts that say nothing are bounded in number, each kind of them.
#[test]
fn parts_are_bounded() {
    const MANY: usize = 1_000_001;
    let empty = [0x0a, 0x00].repeat(MANY);
    let scopes = nested(&[1], &[0x12, 0x00].repeat(MANY));
    let points = nested(&[1, 2, 2, 7], &empty);
    for bytes in [empty, scopes, points] {
        assert_eq!(fault(&bytes), Some(Fault::TooMany));
    }
}

/// Unknown fields of every wire type are passed over, groups included.
#[test]
fn unknown_fields_are_passed_over() {
    let unknown = [
        &[0xF8, 0x07, 0x01][..],
        &[0xF9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8],
        &[0xFA, 0x07, 0x02, 1, 2],
        &[0xFD, 0x07, 1, 2, 3, 4],
        &[0xFB, 0x07, 0x08, 0x01, 0xFC, 0x07],
    ]
    .concat();
    let bytes = nested(&SUM_POINT, &[&unknown[..], &[0x31, 7, 0, 0, 0, 0, 0, 0, 0]].concat());
    assert!(agrees(&bytes).is_ok());
    assert_eq!(read(&bytes).expect("well formed")[0].number, (1, 7));
}

/// A message in pieces is legal; it is left to a full decoder.
#[test]
fn split_messages_take_the_slow_path() {
    let resource = field(1, &field(1, &[field(1, b"a"), field(2, &field(1, b"1"))].concat()));
    let other = field(1, &field(1, &[field(1, b"b"), field(2, &field(1, b"2"))].concat()));
    let metric = field(2, &field(2, &field(7, &field(1, &[0x31, 7, 0, 0, 0, 0, 0, 0, 0]))));
    let split = field(1, &[resource.clone(), metric.clone(), other].concat());
    assert_eq!(fault(&split), Some(Fault::Split));
    // What prost makes of it is whole.
    let whole = ExportMetricsServiceRequest::decode(&*split).expect("legal").encode_to_vec();
    assert_eq!(read(&whole).expect("whole")[0].stream.resource.len(), 2);
}

/// A fault is found where it is.
#[test]
fn faults_have_a_place() {
    let bytes = nested(&[1, 2, 2, 1], &[b'o', b'k', 0xFF]);
    let malformed = read(&bytes).expect_err("no text");
    assert_eq!(malformed.offset(&bytes), bytes.len() - 3);
}
