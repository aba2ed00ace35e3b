use std::collections::HashSet;

use clock::UnixMillis;
use prost::Message as _;

use super::encode::{WriteRequest, block};
use crate::remote_write::encode;
use crate::remote_write::pieces::SeriesPieces;
use crate::remote_write::request::Contents;
use delivery::Pieces as _;

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

/// Cut anywhere, a request comes out time series by time series, in order and nothing missing.
#[test]
fn parts_are_the_whole() {
    for series in [1, 2, 3, 7, 64, 1_000] {
        let (body, expected) = request(series);
        let contents = Contents { series, samples: series, ..Contents::default() };
        let pieces = SeriesPieces::read(&body, contents).expect("a request");
        assert_eq!((pieces.count(), pieces.points(0..series)), (series, series));
        assert_eq!(decode(&pieces.item(0..series).body), expected);
        for at in [0, 1, series / 2, series - 1] {
            let (first, second) = (pieces.item(0..at), pieces.item(at..series));
            assert_eq!([first.contents.series, second.contents.samples], [at, series - at]);
            let both = [decode(&first.body).timeseries, decode(&second.body).timeseries].concat();
            assert_eq!(both, expected.timeseries);
        }
        let singles: Vec<SeriesPieces> = (0..series).map(|piece| pieces.single(piece)).collect();
        let keys: HashSet<u64> = (0..series).map(|piece| pieces.key(piece)).collect();
        assert!(singles.iter().all(|single| keys.contains(&single.key(0))));
        let joined = SeriesPieces::join(singles).expect("parts of a request");
        assert_eq!(decode(&joined.item(0..series).body), expected);
    }
}

/// The key of a series is that of its labels, whatever its samples.
#[test]
fn keys_are_of_labels() {
    let key = |labels: &[(&str, &str)], value, exemplars: bool| {
        let mut bytes = Vec::new();
        let exemplars: &[u8] = if exemplars { &[0x1a, 0] } else { &[] };
        encode::series_behind_zeros(&block(labels), 0, value, UnixMillis(1_790_000_000_000), exemplars, &mut bytes);
        let body = snap::raw::Encoder::new().compress_vec(&bytes).expect("it compresses");
        SeriesPieces::read(&body, Contents::default()).expect("a request").key(0)
    };
    let one = key(&[("__name__", "a"), ("l", "x")], 1.0, false);
    assert_eq!(one, key(&[("__name__", "a"), ("l", "x")], 2.0, true));
    assert_ne!(one, key(&[("__name__", "a"), ("l", "y")], 1.0, false));
}

/// What is no request cannot be cut.
#[test]
fn other_bytes() {
    assert!(SeriesPieces::read(b"not snappy", Contents::default()).is_none());
    let cut_off = snap::raw::Encoder::new().compress_vec(&[0x0A, 0x05, 0x00]).expect("it compresses");
    assert!(SeriesPieces::read(&cut_off, Contents::default()).is_none());
    let (body, _) = request(0);
    assert_eq!(SeriesPieces::read(&body, Contents::default()).expect("an empty request").count(), 0);
}
