//! What requests take in a queue: enough is reserved, not more than they can become, and what was not reserved waits.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Histogram, HistogramDataPoint, Metric};

use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, CUMULATIVE, SECOND, request_of, text};
use crate::support::sink::Say;

const MS: u64 = 1_000_000;

/// A cumulative histogram from `host`, which no label is made of.
fn from_host(host: &str, points: Vec<HistogramDataPoint>) -> Bytes {
    let data = Histogram { data_points: points, aggregation_temporality: CUMULATIVE };
    let metric = Metric { name: "d".into(), data: Some(Data::Histogram(data)), ..Metric::default() };
    request_of(vec![text("service.name", "test"), text("host.arch", host)], vec![metric])
}

fn of_bounds(time: u64, bounds: usize, count: u64) -> HistogramDataPoint {
    HistogramDataPoint {
        start_time_unix_nano: BEGIN,
        time_unix_nano: time,
        count,
        bucket_counts: if bounds == 0 { Vec::new() } else { vec![0; bounds + 1] },
        explicit_bounds: (0..bounds).map(|bound| bound as f64).collect(),
        ..HistogramDataPoint::default()
    }
}

fn samples(rig: &Rig) -> u64 {
    rig.written().written.samples.load(Ordering::Relaxed)
}

/// The newest value of the count.
fn count(rig: &Rig) -> Option<f64> {
    rig.sink.samples().iter().rfind(|sample| sample.label("__name__") == "d_count").map(|sample| sample.value)
}

/// Two senders behind the same labels, one of 1,024 buckets. Twenty thousand small points of the other, with ends of both
/// between them, do not write all these series twenty thousand times: once for each batch of 2,000 points.
#[tokio::test]
async fn shared_families_are_written_once_a_batch() {
    const POINTS: u64 = 20_000;
    // 1,023 bounds; the bucket without one, the count and no sum.
    const SERIES: u64 = 1_025;
    const NO_RECORDED_VALUE: u32 = 1;
    let rig = Setup { processors: "[batch]", ..Setup::default() }.start().await;
    let end = |time| HistogramDataPoint { flags: NO_RECORDED_VALUE, ..of_bounds(time, 0, 0) };
    rig.submit(from_host("amd64", vec![of_bounds(BEGIN, 1_023, 7)])).await.expect("taken");
    rig.submit(from_host("arm64", vec![of_bounds(BEGIN, 0, 1)])).await.expect("taken");
    rig.submit(from_host("amd64", vec![end(BEGIN + MS)])).await.expect("taken");
    rig.settle().await;
    let before = samples(&rig);
    let point = |n| if n % 2 == 0 { of_bounds(BEGIN + n * MS, 0, n) } else { end(BEGIN + n * MS) };
    let points = (2..POINTS).chain([POINTS]).map(point).collect();
    rig.submit(from_host("arm64", points)).await.expect("taken");
    rig.settle().await;
    // A sample and an end of each, in each batch, of which the first and the last may be small.
    let written = samples(&rig) - before;
    assert!(written <= 2 * SERIES * (POINTS / 2_000 + 2), "{written} samples");
    assert_eq!(count(&rig), Some((7 + POINTS) as f64));
}

/// A back-end that does not answer: what small points make of a wide family waits until there is room for it, and the queue
/// holds no more than it may. When the back-end answers again it gets the last total.
#[tokio::test]
async fn shared_families_wait_for_room() {
    const ROOM: usize = 600_000;
    // The clock moves while an answer is under way: no attempt ends by it, and nothing is given up.
    let exporter = "    timeout: 0s\n    retry_on_failure: {max_elapsed_time: 0s}".into();
    let rig = Setup { processors: "[batch]", queue_bytes: Some(ROOM), exporter, ..Setup::default() }.start().await;
    rig.submit(from_host("amd64", vec![of_bounds(BEGIN, 1_023, 7)])).await.expect("taken");
    rig.settle().await;
    rig.sink.script(std::iter::repeat_n(Say::Status(503), 1_000_000));
    let mut last = 0;
    for n in 1..200 {
        if rig.submit(from_host("arm64", vec![of_bounds(BEGIN + n * SECOND, 0, n)])).await.is_ok() {
            last = n;
        }
        rig.flush().await;
        let held = rig.written().budget.used();
        assert!(held <= ROOM, "{held} bytes after {n} points");
    }
    rig.sink.forget_script();
    let arrived = async {
        while count(&rig) != Some((7 + last) as f64) {
            rig.flush().await;
            // Lets the lane see the clock before it moves again.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(300), arrived).await.expect("the last total arrives");
}

/// A request of 11 bounds a point, as SDKs send them by default (they have 15), from a resource with a long description.
fn collector_batch(points: usize, stream: usize) -> Bytes {
    let point = |n: usize| HistogramDataPoint {
        attributes: vec![text("http.route", &format!("/api/v1/{}", stream + n)), text("http.request.method", "GET")],
        bucket_counts: vec![1; 12],
        count: 12,
        sum: Some(1.5),
        ..of_bounds(BEGIN, 11, 12)
    };
    let data = Histogram { data_points: (0..points).map(point).collect(), aggregation_temporality: CUMULATIVE };
    let metric = Metric { name: "d".into(), data: Some(Data::Histogram(data)), ..Metric::default() };
    let resource = (0..40).map(|n| text(&format!("k8s.attribute.{n}"), "0123456789abcdef")).collect();
    request_of(resource, vec![metric])
}

/// Twenty thousand points of 11 bounds are a legal request of 7 MB, and fit into the queue that nobody has configured.
#[tokio::test]
async fn many_histograms_fit() {
    let rig = Setup { processors: "[batch]", ..Setup::default() }.start().await;
    let accepted = rig.submit(collector_batch(20_000, 0)).await.expect("taken");
    assert_eq!((accepted.points, accepted.dropped.total()), (20_000, 0));
}

/// Two batches of the Collector's default size, 8,192 points, at once.
#[tokio::test]
async fn two_collector_batches_fit_at_once() {
    let rig = Setup { processors: "[batch]", ..Setup::default() }.start().await;
    let (first, second) =
        tokio::join!(rig.submit(collector_batch(8_192, 0)), rig.submit(collector_batch(8_192, 8_192)));
    assert_eq!(first.expect("taken").dropped.total() + second.expect("taken").dropped.total(), 0);
    // Twelve buckets, a sum and a count.
    rig.flush().await;
    assert_eq!(samples(&rig), 2 * 8_192 * 14);
}
