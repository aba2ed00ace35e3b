//! Whatever comes: what is written is what Prometheus takes, and `increase()` over all of it is what was sent.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fastrand::Rng;
use opentelemetry_proto::tonic::metrics::v1::NumberDataPoint;

use super::written;
use crate::harness::{Rig, Setup};
use crate::support::otlp::{SECOND, point, request};

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
    for seed in 0..25 {
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
            rig.submit(request(points)).await.expect("taken");
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
        let found: BTreeMap<String, f64> =
            written(&rig).iter().map(|(stream, samples)| (stream.clone(), increase(samples))).collect();
        let ended = BTreeMap::from_iter(truth.iter().filter(|(stream, _)| found.contains_key(*stream)));
        assert_eq!(found.iter().collect::<BTreeMap<_, _>>(), ended, "seed {seed}");
    }
}
