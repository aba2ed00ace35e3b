//! Streams that nobody has seen cost what they say, and not what stands around them.

use bytes::Bytes;
use pipeline::intake::refusal::Refusal;
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};

use crate::harness::Setup;
use crate::support::otlp::{BEGIN, gauge, point};

/// `inner` as a message in the fields of `path`, outermost first.
fn nested(path: &[u32], inner: Vec<u8>) -> Vec<u8> {
    path.iter().rev().fold(inner, |inner, number| {
        let mut out = Vec::new();
        encode_key(*number, WireType::LengthDelimited, &mut out);
        encode_varint(inner.len() as u64, &mut out);
        [out, inner].concat()
    })
}

/// A gauge of so many streams.
fn streams(count: u64) -> Vec<u8> {
    gauge("g", (0..count).map(|n| point(&format!("s{n}"), BEGIN, BEGIN, 1)).collect()).encode_to_vec()
}

const STREAMS: u64 = 20_000;

/// Unknown fields of a metric beside its streams: they are passed over once, and not once a stream, which would be
/// 8,000,000,000 of them.
#[tokio::test]
async fn junk_beside_new_streams_is_read_once() {
    // Field 15, a varint, is none that OTLP has.
    let metric = [streams(STREAMS), [0x78, 0x01].repeat(400_000)].concat();
    let request = Bytes::from(nested(&[1, 2, 2], metric));
    for shards in [1, 2] {
        let rig = Setup { shards, processors: "[batch]", ..Setup::default() }.start().await;
        let accepted = rig.submit(request.clone()).await.expect("legal");
        assert_eq!((accepted.points, accepted.dropped.total()), (STREAMS, 0));
        rig.flush().await;
        assert_eq!(rig.streams() as u64, STREAMS);
    }
}

/// A resource or a scope of 500,000 attributes, too long for any stream: it is checked once, and not once a stream.
#[tokio::test]
async fn what_is_too_long_is_read_once() {
    let metrics = || nested(&[2], streams(STREAMS));
    let resource = nested(&[1], [0x0A, 0x00].repeat(500_000));
    let scope = nested(&[1], [0x1A, 0x00].repeat(500_000));
    let below_resource = Bytes::from(nested(&[1], [resource, nested(&[2], metrics())].concat()));
    let below_scope = Bytes::from(nested(&[1, 2], [scope, metrics()].concat()));
    for (request, shards) in [(&below_resource, 1), (&below_resource, 2), (&below_scope, 1), (&below_scope, 2)] {
        // Room for whatever it might become: this is not about room.
        let setup = Setup { shards, queue_bytes: Some(1 << 40), processors: "[batch]", ..Setup::default() };
        let rig = setup.start().await;
        let accepted = rig.submit(request.clone()).await.expect("legal");
        assert_eq!(accepted.message, format!("dropped: {STREAMS} by host (description_too_long)"));
        rig.flush().await;
        assert_eq!(rig.streams(), 0);
    }
}

/// Where there is no room for a request's tables it is refused before they have grown, may be sent again, and holds
/// nothing.
#[tokio::test]
async fn tables_without_room_are_refused() {
    let rig = Setup { in_flight_bytes: Some(200_000), processors: "[batch]", ..Setup::default() }.start().await;
    let request = |count| Bytes::from(nested(&[1, 2, 2], streams(count)));
    // 10,000 points of 64 bytes.
    let refused = rig.submit(request(10_000)).await.expect_err("there is no room");
    assert!(matches!(refused, Refusal::Full(_)) && refused.may_retry(), "{refused}");
    assert_eq!(rig.pipeline.leg.in_flight().used(), 0);
    assert_eq!(rig.submit(request(100)).await.expect("it fits").points, 100);
}
