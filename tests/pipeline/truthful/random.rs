//! Whatever comes: what is written is what Prometheus takes, and `increase()` over all of it is what was sent.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fastrand::Rng;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Histogram, HistogramDataPoint, Metric, NumberDataPoint};

use super::Written;
use crate::harness::{Rig, Setup};
use crate::support::otlp::{DELTA, SECOND, point, request_of, sum, text};

const NO_RECORDED_VALUE: u32 = 1;
const STREAMS: usize = 12;

fn setup(random: &mut Rng) -> Setup {
    let lanes = random.choice([1, 3]).expect("there are some");
    Setup {
        counters: random
            .choice([
                "{zeros: 1}",
                "{zeros: 7}",
                "{}",
                "{zeros: 7, single_writer: true, repeat_interval: 3s}",
                "{zeros: 7, single_writer: true, repeats: false}",
            ])
            .expect("there are some"),
        processor: "{max_stale: 20s}".into(),
        exporter: format!("    target_info: {{enabled: false}}\n    remote_write_queue: {{num_consumers: {lanes}}}"),
        shards: random.usize(1..=2),
        ..Setup::default()
    }
}

/// Waits until all is delivered; the clock stands still meanwhile.
async fn delivered(rig: &Rig) {
    while rig.written().sent.waiting.load(Ordering::Relaxed) > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// What PromQL calls the increase, without its extrapolation: what a counter has risen, where a fall is a reset. The first
/// sample counts for nothing; a staleness marker is no sample.
fn increase(samples: &[(i64, f64)]) -> f64 {
    let values: Vec<f64> = samples.iter().map(|(_, value)| *value).filter(|value| !value.is_nan()).collect();
    values.windows(2).map(|pair| if pair[1] < pair[0] { pair[1] } else { pair[1] - pair[0] }).sum()
}

/// Streams come, end, go idle and come back, with times behind and ahead, and the process is replaced now and then. Nothing of
/// it is refused, and the increase of each series is what was sent.
#[tokio::test]
async fn whatever_comes_the_increase_is_true() {
    for seed in 0..12 {
        let mut random = Rng::with_seed(seed);
        let mut rig = setup(&mut random).start().await;
        let mut truth: BTreeMap<String, f64> = BTreeMap::new();
        for _ in 0..60 {
            let now = rig.clock.now().0;
            let points: Vec<NumberDataPoint> = (0..random.usize(1..8))
                .map(|_| {
                    let stream = format!("s{}", random.usize(..STREAMS));
                    let behind = random.choice([0, 0, 0, 1, 30, 300]).expect("there are some");
                    let time = now - behind * SECOND + random.u64(..SECOND);
                    if random.u8(..10) == 0 {
                        return NumberDataPoint { flags: NO_RECORDED_VALUE, ..point(&stream, time, time, 0) };
                    }
                    let value = random.i64(1..1_000);
                    *truth.entry(stream.clone()).or_default() += value as f64;
                    point(&stream, time - SECOND, time, value)
                })
                .collect();
            let histograms: Vec<HistogramDataPoint> = (0..random.usize(..4))
                .map(|_| {
                    let stream = format!("h{}", random.usize(..STREAMS / 2));
                    let behind = random.choice([0, 0, 1, 300]).expect("there are some");
                    // No two are the same, or one would be taken for the other come again.
                    let time = now - behind * SECOND + random.u64(..SECOND);
                    if random.u8(..10) == 0 {
                        return HistogramDataPoint { flags: NO_RECORDED_VALUE, ..histogram(&stream, time, 0) };
                    }
                    let count = random.u64(1..1_000);
                    *truth.entry(stream.clone()).or_default() += count as f64;
                    histogram(&stream, time, count)
                })
                .collect();
            let data = Histogram { data_points: histograms, aggregation_temporality: DELTA };
            let buckets = Metric { name: "d".into(), data: Some(Data::Histogram(data)), ..Metric::default() };
            // What no label is made of: histograms of two resources meet in one series.
            let host = text("host.arch", random.choice(["arm64", "amd64"]).expect("there are some"));
            let resource = vec![text("service.name", "test"), host];
            rig.submit(request_of(resource, vec![sum("requests", DELTA, points), buckets])).await.expect("taken");
            match random.u8(..12) {
                0..6 => {}
                6..10 => rig.pass(Duration::from_millis(random.u64(..4_000))).await,
                10 => rig.pass(Duration::from_secs(random.u64(20..200))).await,
                _ => {
                    rig.pass(Duration::from_secs(1)).await;
                    let world = rig.stop().await;
                    world.hand.advance(Duration::from_secs(1));
                    rig = setup(&mut random).start_before(world).await.expect("it starts");
                }
            }
            delivered(&rig).await;
        }
        rig.settle().await;
        let mut found: BTreeMap<String, f64> = BTreeMap::new();
        for (series, samples) in by_series(&rig) {
            let (stream, _) = series.split_once(' ').expect("a stream and a name");
            let known = found.insert(stream.to_owned(), increase(&samples));
            assert!(
                known.is_none_or(|known| known == found[stream]),
                "seed {seed}: a bucket and the count of {stream}"
            );
        }
        assert_eq!(found, truth, "seed {seed}");
    }
}

/// Time and value of all samples, by stream and by what tells the series of a stream apart. All values of a histogram are in its
/// first bucket.
fn by_series(rig: &Rig) -> Written {
    let mut written = Written::new();
    for sample in rig.sink.samples().iter().filter(|sample| sample.label("__name__") != "d_sum") {
        let [stream, name, bound] = ["stream", "__name__", "le"].map(|label| sample.label(label));
        written.entry(format!("{stream} {name}{bound}")).or_default().push((sample.time, sample.value));
    }
    written
}

fn histogram(stream: &str, time: u64, count: u64) -> HistogramDataPoint {
    HistogramDataPoint {
        attributes: vec![text("stream", stream)],
        start_time_unix_nano: time - SECOND,
        time_unix_nano: time,
        count,
        sum: Some(count as f64),
        bucket_counts: vec![count, 0],
        explicit_bounds: vec![1.0],
        ..HistogramDataPoint::default()
    }
}
