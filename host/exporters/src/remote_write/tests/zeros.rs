//! Runs of zeros as they stand in a request, as an independent decoder sees them, and what Snappy makes of them.

use clock::UnixMillis;
use delivery::Pieces as _;
use prost::Message as _;

use super::encode::{Sample, WriteRequest, block};
use crate::remote_write::encode;
use crate::remote_write::pieces::SeriesPieces;
use crate::remote_write::request::Contents;
use crate::remote_write::truthful::COMPRESSED_ZERO;
use crate::remote_write::truthful::repeated::without_zeros;

const TIME: i64 = 1_790_000_000_000;

fn decoded(bytes: &[u8]) -> WriteRequest {
    WriteRequest::decode(bytes).expect("it decodes")
}

/// Zeros a millisecond apart and, one later, the total.
fn run(zeros: i64, value: f64, time: i64) -> Vec<Sample> {
    let zero = |back| Sample { value: 0.0, timestamp: time - back };
    (1..=zeros).rev().map(zero).chain([Sample { value, timestamp: time }]).collect()
}

/// Runs of all lengths, at times of all lengths. One label block holds all of it.
#[test]
fn zeros_stand_in_front_of_their_total() {
    let labels = block(&[("__name__", "a"), ("l", "v")]);
    for zeros in [0, 1, 2, 100, 1_000] {
        for time in [TIME, 200, 1, 0, 1 << 35, i64::MAX] {
            let mut bytes = Vec::new();
            encode::series_behind_zeros(&labels, zeros as usize, 5.0, UnixMillis(time), &[], &mut bytes);
            let request = decoded(&bytes);
            assert_eq!(request.timeseries.len(), 1);
            assert_eq!(request.timeseries[0].labels.len(), 2);
            assert_eq!(request.timeseries[0].samples, run(zeros, 5.0, time), "{zeros} zeros before {time}");
        }
    }
}

/// A newer total takes the place of the one behind a run; the run ends a millisecond before it, and neighbours stay.
#[test]
fn zeros_move_with_their_total() {
    let mut bytes = Vec::new();
    encode::series(&block(&[("__name__", "a")]), 1.0, UnixMillis(TIME), &mut bytes);
    let at = encode::series_behind_zeros(&block(&[("__name__", "b")]), 100, 5.0, UnixMillis(TIME), &[], &mut bytes);
    encode::series(&block(&[("__name__", "c")]), 2.0, UnixMillis(TIME), &mut bytes);
    encode::replace(&mut bytes, at, 7.0, UnixMillis(TIME + 60_000));
    encode::move_zeros(&mut bytes, at, 100, UnixMillis(TIME + 60_000));
    let samples: Vec<Vec<Sample>> = decoded(&bytes).timeseries.into_iter().map(|series| series.samples).collect();
    assert_eq!(samples, [run(0, 1.0, TIME), run(100, 7.0, TIME + 60_000), run(0, 2.0, TIME)]);
}

/// First totals behind 100 zeros each, with exemplars, and other samples between them.
fn mixed(series: usize) -> (Vec<u8>, Contents) {
    mixed_behind(series, 100)
}

fn mixed_behind(series: usize, zeros: usize) -> (Vec<u8>, Contents) {
    let (mut bytes, mut contents) = (Vec::new(), Contents::default());
    for number in 0..series {
        let zeros = if number % 3 == 2 { 0 } else { zeros };
        let labels = block(&[("__name__", "a"), ("l", &"x".repeat(number * 31 % 700))]);
        // An exemplar of one value, without labels.
        let exemplar = [0x1A, 9, 0x11, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F];
        encode::series_behind_zeros(&labels, zeros, 3.0, UnixMillis(TIME), &exemplar, &mut bytes);
        contents.add_series();
        contents.add_zeros(zeros);
        contents.births += usize::from(zeros > 0);
    }
    (bytes, contents)
}

fn whole(series: usize) -> SeriesPieces {
    let (bytes, contents) = mixed(series);
    let body = snap::raw::Encoder::new().compress_vec(&bytes).expect("it compresses");
    SeriesPieces::read(&body, contents).expect("a request")
}

fn decompressed(body: &[u8]) -> WriteRequest {
    decoded(&snap::raw::Decoder::new().decompress_vec(body).expect("snappy, block format"))
}

/// Cut anywhere, a run stays with its total, and each part says how many zeros are in it. What comes together again is as it was.
#[test]
fn a_run_is_not_split() {
    let (whole, expected) = (whole(13), decoded(&mixed(13).0).timeseries);
    for from in 0..13 {
        for to in from + 1..=13 {
            let part = whole.item(from..to);
            let series = decompressed(&part.body).timeseries;
            let samples: usize = series.iter().map(|series| series.samples.len()).sum();
            assert_eq!(series, expected[from..to]);
            assert_eq!((part.contents.samples, part.contents.zeros), (samples, samples - (to - from)));
        }
    }
    let joined = SeriesPieces::join((0..13).map(|piece| whole.single(piece)).collect()).expect("there are some");
    assert_eq!(joined.item(0..13).contents.zeros, mixed(13).1.zeros);
    assert_eq!(decompressed(&joined.item(0..13).body).timeseries, expected);
}

/// A run of zeros shows whether a back-end has a request. If it has, what comes again of some pieces goes without zeros, and
/// the others as they are.
#[test]
fn zeros_are_repeated_only_where_they_are_missing() {
    let mut whole = whole(9);
    assert_eq!((whole.witness(0..9), whole.witness(2..9), whole.witness(2..3)), (Some(0), Some(3), None));
    whole.omit_repeated(3..7);
    assert_eq!((whole.witness(3..7), whole.witness(3..9)), (None, Some(7)));
    let (with, without) = (decoded(&mixed(9).0).timeseries, decoded(&mixed_behind(9, 0).0).timeseries);
    let expected = [&with[..3], &without[3..7], &with[7..]].concat();
    let item = whole.item(0..9);
    assert_eq!(decompressed(&item.body).timeseries, expected);
    let samples: usize = expected.iter().map(|series| series.samples.len()).sum();
    assert_eq!((item.contents.samples, item.contents.zeros, item.contents.series), (samples, samples - 9, 9));
}

/// Without its zeros a request holds the totals with their exemplars, and all else as it was.
#[test]
fn totals_go_without_zeros() {
    for series in [0, 1, 3, 37] {
        let whole = mixed(series).0;
        let bare = without_zeros(&whole).expect("one of ours");
        assert!(bare == mixed_behind(series, 0).0, "byte for byte");
    }
    assert!(without_zeros(&[0x0A, 5, 0]).is_err(), "it is cut off");
}

/// What is reserved for a zero holds, whatever the times, for runs of few and many zeros.
#[test]
fn a_zero_takes_no_more_than_is_reserved() {
    let mut random = fastrand::Rng::with_seed(7);
    let mut most = 0.0_f64;
    for zeros in [1, 2, 10, 100, 1_000] {
        let (mut plain, mut behind) = (Vec::new(), Vec::new());
        for _ in 0..200 {
            let label: String = (0..300).map(|_| random.alphanumeric()).collect();
            let labels = block(&[("__name__", "a"), ("l", &label)]);
            let time = UnixMillis(TIME + random.i64(0..10_000_000));
            encode::series(&labels, 1.0, time, &mut plain);
            encode::series_behind_zeros(&labels, zeros, 1.0, time, &[], &mut behind);
        }
        let [plain, behind] =
            [plain, behind].map(|bytes| snap::raw::Encoder::new().compress_vec(&bytes).expect("less than 4 GiB").len());
        let each = (behind - plain) as f64 / (200 * zeros) as f64;
        most = most.max(each);
    }
    assert!(most <= COMPRESSED_ZERO as f64, "{most} bytes");
}
