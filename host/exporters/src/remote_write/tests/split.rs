use clock::UnixMillis;
use prost::Message as _;

use super::encode::{WriteRequest, block};
use crate::remote_write::encode;
use crate::remote_write::request::Contents;
use crate::remote_write::split::Part;

/// A request of time series whose labels have very different lengths.
fn request(series: usize) -> (Vec<u8>, WriteRequest) {
    let mut bytes = Vec::new();
    for number in 0..series {
        let value = "x".repeat(number * number % 700);
        encode::series(
            &block(&[("__name__", "a"), ("l", &value)]),
            number as f64,
            UnixMillis(1_790_000_000_000),
            &mut bytes,
        );
    }
    let decoded = WriteRequest::decode(&*bytes).expect("it decodes");
    assert_eq!(decoded.timeseries.len(), series);
    (snap::raw::Encoder::new().compress_vec(&bytes).expect("it compresses"), decoded)
}

fn decode(body: &[u8]) -> WriteRequest {
    let bytes = snap::raw::Decoder::new().decompress_vec(body).expect("snappy, block format");
    WriteRequest::decode(&*bytes).expect("it decodes")
}

/// Halved until nothing can be halved, a request comes out time series by time series, in order and nothing missing.
#[test]
fn halves_are_the_whole() {
    for series in [2, 3, 7, 64, 1_000] {
        let (body, expected) = request(series);
        let mut parts = vec![Part::read(&body, Contents::default()).expect("a request")];
        assert_eq!(decode(&parts[0].body()), expected);
        let mut found = Vec::new();
        while let Some(part) = parts.pop() {
            match part.halves() {
                Some((first, second)) => {
                    let [one, other] = [&first, &second].map(|half| half.contents().series);
                    assert_eq!(one + other, part.contents().series);
                    assert!(one.abs_diff(other) <= 1);
                    parts.extend([second, first]);
                }
                None => {
                    let single = decode(&part.body()).timeseries;
                    assert_eq!((single.len(), part.contents().series, part.contents().samples), (1, 1, 1));
                    found.extend(single);
                }
            }
        }
        assert_eq!(found, expected.timeseries);
    }
}

/// What is no request cannot be cut.
#[test]
fn other_bytes() {
    assert_eq!(Part::read(b"not snappy", Contents::default()), None);
    let cut_off = snap::raw::Encoder::new().compress_vec(&[0x0A, 0x05, 0x00]).expect("it compresses");
    assert_eq!(Part::read(&cut_off, Contents::default()), None);
    let (body, _) = request(0);
    assert_eq!(Part::read(&body, Contents::default()).expect("an empty request").halves(), None);
}
