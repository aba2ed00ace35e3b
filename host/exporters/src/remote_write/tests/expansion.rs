//! What is reserved for the points of a request, against what Snappy makes of them.

use clock::UnixMillis;

use crate::remote_write::encode;
use otlp::expansion::{OVERRUN, compressed};
use otlp::scan::{DESCRIPTION_BYTES, FAMILY_BYTES};
use prometheus::label_set::{LabelSet, NAME};

/// What an attribute of text takes in OTLP beyond its key and value: keys and lengths of four messages.
const ATTRIBUTE: usize = 9;

/// Letters and digits that no two times are the same.
fn text(random: &mut fastrand::Rng, length: usize) -> String {
    (0..length).map(|_| random.alphanumeric()).collect()
}

/// Bytes of each label's name.
const KEY: usize = 8;

/// Appends the series of a histogram whose labels, of `value` bytes each, are nothing but different. Returns the bytes of its
/// description in OTLP, about `described`.
fn histogram(
    random: &mut fastrand::Rng,
    (described, value): (usize, usize),
    buckets: usize,
    out: &mut Vec<u8>,
) -> usize {
    let attributes = described / (KEY + value + ATTRIBUTE);
    let own: Vec<(String, String)> = (0..attributes).map(|_| (text(random, KEY), text(random, value))).collect();
    let mut series = |name: &str, le: Option<f64>| {
        let mut labels = LabelSet::default();
        own.iter().for_each(|(name, value)| labels.set(name, value));
        labels.set(NAME, name);
        if let Some(le) = le {
            labels.set("le", &le.to_string());
        }
        labels.finish();
        let value = random.f64();
        let time = UnixMillis(1_790_000_000_000 + random.i64(0..1_000_000));
        encode::series(&encode::labels(&labels), value, time, out);
    };
    for bucket in 0..buckets {
        series("http_server_duration_seconds_bucket", Some(bucket as f64 + 0.123_456_789_012_3));
    }
    series("http_server_duration_seconds_sum", None);
    series("http_server_duration_seconds_count", None);
    attributes * (KEY + value + ATTRIBUTE) + "http.server.duration".len()
}

/// Whatever the length of the description and the number of buckets, in requests of one histogram and of many, with short
/// labels and with one that is as long as may be: what has nothing in common but with its own histogram fits into what is
/// reserved.
#[test]
fn reservations_hold() {
    let mut random = fastrand::Rng::with_seed(7);
    for described in [0, 100, 300, 600, 1_200, 2_500, 5_000, 10_000, 20_000, 40_000, 65_000] {
        for buckets in [1, 2, 12, 100, 1_024] {
            if described * (buckets + 2) > FAMILY_BYTES {
                continue;
            }
            let longest = described.saturating_sub(KEY + ATTRIBUTE);
            for (points, value) in [(1, 40), (20, 40), (1, longest), (20, longest)] {
                let (mut bytes, mut reserved) = (Vec::new(), 0);
                for _ in 0..points {
                    let described = histogram(&mut random, (described, value), buckets, &mut bytes);
                    reserved += compressed(described, buckets + 2);
                }
                let held = snap::raw::Encoder::new().compress_vec(&bytes).expect("less than 4 GiB").len();
                let what = format!("{points} points of {described} bytes, {buckets} buckets, values of {value} bytes");
                assert!(held <= reserved, "{held} > {reserved}: {what}");
            }
        }
    }
}

/// Without any compression, a series being twice its description and 256 bytes, the overrun is what it is said to be.
#[test]
fn the_overrun_is_bounded() {
    for described in (0..=DESCRIPTION_BYTES).step_by(7).chain([DESCRIPTION_BYTES]) {
        for series in [1, 2, 3, 14, 100, 1_027, 1_000_000] {
            let raw = series * (2 * described + 256);
            assert!(raw < OVERRUN * compressed(described, series), "{series} series of {described} bytes");
        }
    }
}
