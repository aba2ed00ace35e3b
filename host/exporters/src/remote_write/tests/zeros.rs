//! Runs of zeros as they stand in a request, as an independent decoder sees them, and what Snappy makes of them.

use clock::UnixMillis;
use prost::Message as _;

use super::encode::{Sample, WriteRequest, block};
use crate::remote_write::encode;
use crate::remote_write::request::Contents;
use crate::remote_write::split::Part;
use crate::remote_write::truthful::COMPRESSED_ZERO;
use crate::remote_write::truthful::repeated::{first_behind_zeros, without_zeros};

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

fn whole(series: usize) -> Part {
    let (bytes, contents) = mixed(series);
    Part::read(&snap::raw::Encoder::new().compress_vec(&bytes).expect("it compresses"), contents).expect("a request")
}

fn decompressed(part: &Part) -> WriteRequest {
    decoded(&snap::raw::Decoder::new().decompress_vec(&part.body()).expect("snappy, block format"))
}

/// Cut anywhere, a run stays with its total, and each part says how many zeros are in it.
#[test]
fn a_run_is_not_split() {
    let mut parts = vec![whole(37)];
    assert_eq!(parts[0].contents(), mixed(37).1);
    let mut found = Vec::new();
    while let Some(part) = parts.pop() {
        let samples: usize = decompressed(&part).timeseries.iter().map(|series| series.samples.len()).sum();
        let contents = part.contents();
        assert_eq!((contents.samples, contents.zeros), (samples, samples - contents.series));
        match part.halves() {
            Some((first, second)) => parts.extend([second, first]),
            None => found.extend(decompressed(&part).timeseries),
        }
    }
    assert_eq!(found, decoded(&mixed(37).0).timeseries);
}

/// Without its zeros a request holds the totals with their exemplars, and all else as it was; with them it says which is the
/// first that has some.
#[test]
fn totals_go_without_zeros() {
    for series in [0, 1, 3, 37] {
        let whole = mixed(series).0;
        let bare = without_zeros(&whole).expect("one of ours");
        assert!(bare == mixed_behind(series, 0).0, "byte for byte");
        assert_eq!(first_behind_zeros(&whole), Ok((series > 0).then_some(0)));
        assert_eq!(first_behind_zeros(&bare), Ok(None));
    }
    // The third has none.
    let (three, two) = (mixed(3).0, mixed(2).0);
    let behind = [&three[two.len()..], &two].concat();
    assert_eq!(first_behind_zeros(&behind), Ok(Some(1)));
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
