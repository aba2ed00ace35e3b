//! Zeros in front of the series of histograms.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Histogram, HistogramDataPoint, Metric};

use super::{milliseconds, run};
use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, CUMULATIVE, DELTA, SECOND, request_of, text};

/// By name and bound: time and value of all samples.
fn written(rig: &Rig) -> BTreeMap<(String, String), Vec<(i64, f64)>> {
    let mut written: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for sample in rig.sink.samples() {
        let series = (sample.label("__name__").to_owned(), sample.label("le").to_owned());
        written.entry(series).or_default().push((sample.time, sample.value));
    }
    written
}

fn histogram(temporality: i32, host: &str, time: u64, bounds: &[f64], counts: &[u64]) -> Bytes {
    let point = HistogramDataPoint {
        start_time_unix_nano: BEGIN,
        time_unix_nano: time,
        count: counts.iter().sum(),
        sum: Some(2.5),
        bucket_counts: counts.to_vec(),
        explicit_bounds: bounds.to_vec(),
        ..HistogramDataPoint::default()
    };
    of_resource(temporality, host, point)
}

fn of_resource(temporality: i32, host: &str, point: HistogramDataPoint) -> Bytes {
    let data = Histogram { data_points: vec![point], aggregation_temporality: temporality };
    let metric = Metric { name: "d".into(), data: Some(Data::Histogram(data)), ..Metric::default() };
    request_of(vec![text("service.name", "test"), text("host.arch", host)], vec![metric])
}

fn setup() -> Setup {
    let exporter = "    target_info: {enabled: false}".into();
    Setup { counters: "{zeros: 5}", processor: "{max_stale: 30s}".into(), exporter, ..Setup::default() }
}

fn key(name: &str, bound: &str) -> (String, String) {
    (name.to_owned(), bound.to_owned())
}

/// Each bucket, the sum and the count of a histogram that begins here stand behind zeros, once; of one that arrives cumulative
/// none does.
#[tokio::test]
async fn all_series_of_a_histogram_begin_at_zero() {
    for (temporality, zeros) in [(DELTA, 5), (CUMULATIVE, 0)] {
        let rig = setup().start().await;
        rig.pass(Duration::from_secs(10)).await;
        let now = BEGIN + 10 * SECOND;
        rig.submit(histogram(temporality, "arm64", now, &[1.0], &[3, 4])).await.expect("taken");
        rig.settle().await;
        let expected = [
            (key("d_bucket", "+Inf"), run(zeros, milliseconds(now), 7.0)),
            (key("d_bucket", "1"), run(zeros, milliseconds(now), 3.0)),
            (key("d_count", ""), run(zeros, milliseconds(now), 7.0)),
            (key("d_sum", ""), run(zeros, milliseconds(now), 2.5)),
        ];
        assert_eq!(written(&rig), BTreeMap::from(expected), "temporality {temporality}");
    }
}

/// A histogram is forgotten and comes back: it begins again behind zeros, and those behind what was sent, although its time is
/// older.
#[tokio::test]
async fn a_histogram_that_comes_back_begins_behind_what_was_sent() {
    let rig = setup().start().await;
    rig.pass(Duration::from_secs(10)).await;
    let now = BEGIN + 10 * SECOND;
    let ahead = now + 240 * SECOND;
    rig.submit(histogram(DELTA, "arm64", ahead, &[1.0], &[3, 4])).await.expect("taken");
    rig.settle().await;
    rig.pass(Duration::from_secs(100)).await;
    assert_eq!(rig.held(0), 0, "it is forgotten");
    // Other bounds, as of a sender that was updated meanwhile.
    rig.submit(histogram(DELTA, "arm64", now + 100 * SECOND, &[2.0], &[1, 1])).await.expect("taken");
    rig.settle().await;
    let again = milliseconds(ahead) + 6;
    let twice = |first: f64, second: f64| [run(5, milliseconds(ahead), first), run(5, again, second)].concat();
    let expected = [
        (key("d_bucket", "+Inf"), twice(7.0, 2.0)),
        (key("d_bucket", "1"), run(5, milliseconds(ahead), 3.0)),
        (key("d_bucket", "2"), run(5, again, 1.0)),
        (key("d_count", ""), twice(7.0, 2.0)),
        (key("d_sum", ""), twice(2.5, 2.5)),
    ];
    assert_eq!(written(&rig), BTreeMap::from(expected));
}

/// A histogram is forgotten, comes back with nothing but its end, and is forgotten again, before it comes back with a value. When
/// it was last written is still known.
#[tokio::test]
async fn a_histogram_that_came_back_without_a_value_is_remembered() {
    const NO_RECORDED_VALUE: u32 = 1;
    let rig = setup().start().await;
    rig.pass(Duration::from_secs(10)).await;
    let now = BEGIN + 10 * SECOND;
    let last = now + 290 * SECOND;
    rig.submit(histogram(DELTA, "arm64", last, &[1.0], &[3, 4])).await.expect("taken");
    rig.settle().await;
    rig.pass(Duration::from_secs(100)).await;
    let end = HistogramDataPoint { flags: NO_RECORDED_VALUE, time_unix_nano: now, ..HistogramDataPoint::default() };
    rig.submit(of_resource(DELTA, "arm64", end)).await.expect("taken");
    rig.settle().await;
    rig.pass(Duration::from_secs(100)).await;
    assert_eq!(rig.held(0), 0, "it is forgotten");
    rig.submit(histogram(DELTA, "arm64", now + 200 * SECOND, &[1.0], &[1, 1])).await.expect("taken");
    rig.settle().await;
    let expected = [run(5, milliseconds(last), 7.0), run(5, milliseconds(last) + 6, 2.0)].concat();
    assert_eq!(written(&rig)[&key("d_count", "")], expected);
}

/// Two streams of one histogram, told apart by nothing that is a label: what they come to begins behind zeros once.
#[tokio::test]
async fn a_shared_histogram_begins_once() {
    let rig = setup().start().await;
    rig.pass(Duration::from_secs(10)).await;
    let now = BEGIN + 10 * SECOND;
    rig.submit(histogram(DELTA, "arm64", now, &[1.0], &[3, 4])).await.expect("taken");
    rig.settle().await;
    rig.submit(histogram(DELTA, "amd64", now + SECOND, &[1.0], &[1, 1])).await.expect("taken");
    rig.settle().await;
    let mut expected = run(5, milliseconds(now), 7.0);
    expected.push((milliseconds(now + SECOND), 9.0));
    assert_eq!(written(&rig)[&key("d_count", "")], expected);
}
