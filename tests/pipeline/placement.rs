//! At what times totals are written. The sink of these tests refuses what Prometheus refuses.

use std::time::Duration;

use opentelemetry_proto::tonic::metrics::v1::NumberDataPoint;
use opentelemetry_proto::tonic::metrics::v1::{Exemplar, exemplar};

use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, CUMULATIVE, SECOND, gauge, point, request, request_of, sum};

const MINUTE: u64 = 60 * SECOND;

fn milliseconds(time: u64) -> i64 {
    (time / 1_000_000) as i64
}

/// Time and value of all samples.
fn written(rig: &Rig) -> Vec<(i64, f64)> {
    rig.sink.samples().iter().map(|sample| (sample.time, sample.value)).collect()
}

/// Two thousand points a second into one series, for twice as long as a series may be ahead of the clock. Times never run
/// ahead, and the last total is exact.
#[tokio::test]
async fn many_points_do_not_overtake_the_clock() {
    const SECONDS: u64 = 600;
    let rig = Setup::default().start().await;
    let bytes = request((0..2_000).map(|_| point("a", 0, 0, 1)).collect());
    for _ in 0..SECONDS {
        rig.submit(bytes.clone()).await.expect("taken");
        rig.settle().await;
    }
    let samples = written(&rig);
    for (second, (time, _)) in samples.iter().enumerate() {
        assert!(*time <= milliseconds(BEGIN + (second as u64 + 1) * SECOND), "{time} after {second} seconds");
    }
    assert_eq!(samples.last().map(|(_, value)| *value), Some((2_000 * SECONDS) as f64));
}

/// Clients whose clocks are 55 minutes and three hours behind: their increments are as far apart as they arrive.
#[tokio::test]
async fn late_increments_are_spread_by_arrival() {
    for behind in [55 * MINUTE, 180 * MINUTE] {
        let rig = Setup::default().start().await;
        let mut expected = Vec::new();
        for minute in 0..30 {
            let arrival = BEGIN + minute * MINUTE;
            let time = arrival - behind;
            rig.submit(request(vec![point("a", time - MINUTE, time, 1)])).await.expect("taken");
            expected.push((milliseconds(arrival), (minute + 1) as f64));
            rig.settle().await;
            rig.pass(Duration::from_secs(59)).await;
        }
        assert_eq!(written(&rig), expected);
    }
}

/// A client whose clock is 40 minutes behind goes on with a counter of one whose clock is right. What it adds is older than
/// the newest sample, and is written when it arrives.
#[tokio::test]
async fn what_is_older_than_the_series_is_written_at_arrival() {
    let rig = Setup::default().start().await;
    rig.submit(request(vec![point("a", BEGIN - MINUTE, BEGIN, 100)])).await.expect("taken");
    rig.settle().await;
    let mut expected = vec![(milliseconds(BEGIN), 100.0)];
    for minute in 0..30 {
        let arrival = BEGIN + SECOND + minute * MINUTE;
        let time = arrival - 40 * MINUTE;
        rig.submit(request(vec![point("a", time - MINUTE, time, 1)])).await.expect("taken");
        expected.push((milliseconds(arrival), (101 + minute) as f64));
        rig.settle().await;
        rig.pass(Duration::from_secs(59)).await;
    }
    assert_eq!(written(&rig), expected);
}

/// A newer total takes the place of one that waits, with its time; an older one only its value.
#[tokio::test]
async fn a_newer_total_replaces_one_that_waits() {
    let rig = Setup::default().start().await;
    for (second, value) in [(3, 1), (5, 10), (4, 100)] {
        let time = BEGIN - 10 * SECOND + second * SECOND;
        rig.submit(request(vec![point("a", time - SECOND, time, value)])).await.expect("taken");
    }
    rig.settle().await;
    assert_eq!(written(&rig), [(milliseconds(BEGIN - 5 * SECOND), 111.0)]);
}

/// An end, and what follows it, replace nothing: the total before the end is written, too.
#[tokio::test]
async fn ends_replace_nothing() {
    let rig = Setup::default().start().await;
    for (second, value, flags) in [(1, 5, 0), (2, 6, 0), (3, 0, 1), (4, 2, 0), (5, 1, 0)] {
        let time = BEGIN - 10 * SECOND + second * SECOND;
        let one = NumberDataPoint { flags, ..point("a", time - SECOND, time, value) };
        rig.submit(request(vec![one])).await.expect("taken");
    }
    rig.settle().await;
    let samples: Vec<_> = written(&rig).iter().map(|(time, value)| (*time, value.to_bits())).collect();
    let at = |second: u64| milliseconds(BEGIN - 10 * SECOND + second * SECOND);
    let expected = [(at(2), 11_f64.to_bits()), (at(3), 0x7ff0_0000_0000_0002), (at(5), 3_f64.to_bits())];
    assert_eq!(samples, expected);
}

/// Levels, and totals that come from elsewhere, keep every sample and its own time.
#[tokio::test]
async fn what_passes_by_keeps_every_sample() {
    let rig = Setup::default().start().await;
    let at = |second: u64| BEGIN - 10 * SECOND + second * SECOND;
    for second in 1..=5 {
        let level = gauge("level", vec![point("g", 0, at(second), second as i64)]);
        let total = sum("n", CUMULATIVE, vec![point("c", 1, at(second), second as i64)]);
        rig.submit(request_of(Vec::new(), vec![level, total])).await.expect("taken");
    }
    rig.settle().await;
    let expected: Vec<_> = (1..=5).map(|second| (milliseconds(at(second)), second as f64)).collect();
    for stream in ["g", "c"] {
        let samples = rig.sink.samples();
        let own = samples.iter().filter(|sample| sample.label("stream") == stream);
        assert_eq!(own.map(|sample| (sample.time, sample.value)).collect::<Vec<_>>(), expected, "{stream}");
    }
}

/// A total that takes the place of others has the exemplars of all of them; those of its neighbours stay where they are.
#[tokio::test]
async fn exemplars_of_replaced_totals_stay() {
    let rig = Setup::default().start().await;
    for second in 1..=3_u64 {
        let time = BEGIN - 10 * SECOND + second * SECOND;
        let exemplar = |value: f64| Exemplar {
            time_unix_nano: time,
            value: Some(exemplar::Value::AsDouble(value)),
            ..Exemplar::default()
        };
        let of = |stream: &str, shown: f64| NumberDataPoint {
            exemplars: vec![exemplar(shown)],
            ..point(stream, time - SECOND, time, 1)
        };
        let metrics = request(vec![of("a", second as f64), of("b", 10.0 * second as f64)]);
        rig.submit(metrics).await.expect("taken");
    }
    rig.settle().await;
    let samples = rig.sink.samples();
    let shown: Vec<(&str, f64, Vec<f64>)> = samples
        .iter()
        .map(|sample| {
            (sample.label("stream"), sample.value, sample.exemplars.iter().map(|(_, value, _)| *value).collect())
        })
        .collect();
    assert_eq!(shown, [("a", 3.0, vec![1.0, 2.0, 3.0]), ("b", 3.0, vec![10.0, 20.0, 30.0])]);
}
