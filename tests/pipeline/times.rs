//! Samples that a back-end would refuse for their time, and with them everything else in their request. What it takes is
//! Prometheus' rule: no older than an hour before its newest sample, no more than ten minutes ahead of its clock.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Histogram, HistogramDataPoint, Metric, NumberDataPoint};

use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, CUMULATIVE, DELTA, SECOND, gauge, point, request_of, sum, text};

const MINUTE: u64 = 60 * SECOND;
const DAY: u64 = 24 * 60 * MINUTE;
const NO_RECORDED_VALUE: u32 = 1;

fn milliseconds(time: u64) -> i64 {
    (time / 1_000_000) as i64
}

fn request_of_all(metrics: Vec<Metric>) -> Bytes {
    request_of(vec![text("service.name", "test")], metrics)
}

/// Samples not written, by reason: too old, too far ahead.
fn dropped(rig: &Rig) -> (u64, u64) {
    let written = &rig.written().written;
    (written.too_old.load(Ordering::Relaxed), written.too_far_ahead.load(Ordering::Relaxed))
}

/// Levels without a time and a day old, beside good counters, again and again: every request is one that a back-end takes,
/// and every counter arrives. What has no time has that of its arrival.
#[tokio::test]
async fn no_request_is_poisoned() {
    const ROUNDS: u64 = 3;
    let rig = Setup::default().start().await;
    for round in 0..ROUNDS {
        let now = BEGIN + round * SECOND;
        // Another value each time, so that it is no repetition.
        let at = |time, flags| NumberDataPoint { flags, ..point("g", 0, time, round as i64) };
        let bucket = HistogramDataPoint {
            time_unix_nano: now - DAY,
            count: 3,
            bucket_counts: vec![1, 2],
            explicit_bounds: vec![1.0],
            ..HistogramDataPoint::default()
        };
        let old = Histogram { data_points: vec![bucket], aggregation_temporality: CUMULATIVE };
        let mut metrics = vec![
            gauge("timeless", vec![at(0, 0)]),
            gauge("old", vec![at(now - DAY, 0)]),
            gauge("ended", vec![at(now - DAY, NO_RECORDED_VALUE)]),
            sum("old_total", CUMULATIVE, vec![at(now - DAY, 0)]),
            Metric { name: "old_buckets".into(), data: Some(Data::Histogram(old)), ..Metric::default() },
        ];
        metrics.push(sum("good", DELTA, (0..20).map(|n| point(&format!("s{n}"), now - SECOND, now, 1)).collect()));
        rig.submit(request_of_all(metrics)).await.expect("taken");
        rig.settle().await;
    }
    let samples = rig.sink.all_samples();
    let range = milliseconds(BEGIN - 60 * MINUTE)..=milliseconds(BEGIN + 10 * MINUTE);
    assert!(samples.iter().all(|sample| range.contains(&sample.time)), "{samples:?}");
    let of = |name: &str| samples.iter().filter(|sample| sample.label("__name__") == name).collect::<Vec<_>>();
    assert_eq!(of("good_total").len(), 20 * ROUNDS as usize);
    let arrivals: Vec<i64> = of("timeless").iter().map(|sample| sample.time).collect();
    assert_eq!(arrivals, [milliseconds(BEGIN), milliseconds(BEGIN + SECOND), milliseconds(BEGIN + 2 * SECOND)]);
    // A level, an end, a total, and a histogram of two buckets, and a count, in each round.
    assert_eq!(dropped(&rig), (6 * ROUNDS, 0));
}

/// A total that is made here is written whatever the age of its points, and so is its end.
#[tokio::test]
async fn own_totals_are_never_too_old() {
    let rig = Setup::default().start().await;
    let old = BEGIN - DAY;
    rig.submit(request_of_all(vec![sum("n", DELTA, vec![point("a", old - SECOND, old, 7)])])).await.expect("taken");
    let end = NumberDataPoint { flags: NO_RECORDED_VALUE, ..point("a", old, old + SECOND, 0) };
    rig.submit(request_of_all(vec![sum("n", DELTA, vec![end])])).await.expect("taken");
    rig.settle().await;
    let samples = rig.sink.samples();
    assert_eq!(samples.iter().map(|sample| sample.time).collect::<Vec<_>>(), [0, 1].map(|n| milliseconds(BEGIN) + n));
    assert_eq!(samples[0].value, 7.0);
    assert_eq!(dropped(&rig), (0, 0));
}

/// Points that come faster than one a millisecond push the times of a series that several share ahead of the clock: no
/// farther than a back-end takes them, and the total loses nothing.
#[tokio::test]
async fn shared_series_do_not_overtake_the_clock() {
    let rig = Setup::default().start().await;
    let of = |host: &str, time, value| {
        let resource = vec![text("service.name", "test"), text("host.arch", host)];
        request_of(resource, vec![sum("n", CUMULATIVE, vec![point("a", BEGIN, time, value)])])
    };
    let ahead = BEGIN + 5 * MINUTE;
    rig.submit(of("arm64", ahead, 1)).await.expect("taken");
    rig.submit(of("amd64", ahead, 10)).await.expect("taken");
    rig.pass(Duration::from_secs(1)).await;
    rig.submit(of("arm64", ahead + SECOND, 2)).await.expect("taken");
    rig.settle().await;
    let samples: Vec<_> = rig.sink.samples().iter().map(|sample| (sample.time, sample.value)).collect();
    assert_eq!(samples, [(milliseconds(ahead), 1.0), (milliseconds(ahead + SECOND), 12.0)]);
    assert_eq!(dropped(&rig), (0, 1));
}
