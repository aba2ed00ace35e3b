//! From the queue to the back-end: retries, order, room.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Histogram, HistogramDataPoint, Metric};
use pipeline::intake::refusal::Refusal;

use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, CUMULATIVE, SECOND, point, request, request_of, text};
use crate::support::sink::{Arrival, Sample, Say};

type Labels = BTreeMap<String, String>;

async fn send(rig: &Rig, second: u64) {
    let time = BEGIN + second * SECOND;
    rig.submit(request(vec![point("a", time - SECOND, time, 1)])).await.expect("taken");
    rig.flush().await;
}

fn sent(rig: &Rig) -> &delivery::DeliveryCounts {
    &rig.written().sent
}

/// Moves the clock bit by bit until so many requests have come.
async fn advance_until(rig: &Rig, requests: usize) -> Duration {
    const STEP: Duration = Duration::from_millis(10);
    let mut moved = Duration::ZERO;
    loop {
        tokio::select! {
            biased;
            () = rig.sink.wait_for_requests(requests) => return moved,
            // Lets the lane see the clock before it moves again.
            () = tokio::time::sleep(Duration::from_millis(2)) => {
                rig.hand.advance(STEP);
                moved += STEP;
            }
        }
    }
}

/// A back-end that is down for a while gets everything once, in order.
#[tokio::test]
async fn failed_writes_are_tried_again() {
    let rig = Setup::default().start().await;
    rig.sink.script([Say::Status(503), Say::Status(500), Say::Status(429)]);
    send(&rig, 0).await;
    send(&rig, 1).await;
    advance_until(&rig, 5).await;
    rig.sink.wait_for_samples(2).await;
    let values: Vec<f64> = rig.sink.samples().iter().map(|sample| sample.value).collect();
    assert_eq!(values, [1.0, 2.0]);
    assert_eq!(sent(&rig).retries.load(Ordering::Relaxed), 3);
}

/// The second request waits until the first has gone: a lane has one in flight.
#[tokio::test]
async fn a_lane_keeps_its_order() {
    let exporter = "    retry_on_failure: {initial_interval: 20s}".to_owned();
    let rig = Setup { exporter, ..Setup::default() }.start().await;
    rig.sink.script([Say::Status(503)]);
    send(&rig, 0).await;
    rig.sink.wait_for_requests(1).await;
    send(&rig, 1).await;
    send(&rig, 2).await;
    assert_eq!(sent(&rig).waiting.load(Ordering::Relaxed), 3);
    advance_until(&rig, 4).await;
    rig.sink.wait_for_samples(3).await;
    assert!(rig.sink.samples().is_sorted_by(|a, b| a.time < b.time));
}

/// `Retry-After` is honoured: nothing comes earlier.
#[tokio::test]
async fn receivers_say_when() {
    let rig = Setup::default().start().await;
    rig.sink.script([Say::RetryAfter(429, "7")]);
    send(&rig, 0).await;
    rig.sink.wait_for_requests(1).await;
    let moved = advance_until(&rig, 2).await;
    assert!(moved >= Duration::from_secs(7) - Duration::from_millis(10), "after {moved:?}");
    rig.sink.wait_for_samples(1).await;
}

/// An attempt without an answer ends after the configured time, and is followed by another.
#[tokio::test]
async fn silence_is_a_failure() {
    let exporter = "    timeout: 3s".to_owned();
    let rig = Setup { exporter, ..Setup::default() }.start().await;
    rig.sink.script([Say::Nothing]);
    send(&rig, 0).await;
    rig.sink.wait_for_requests(1).await;
    let moved = advance_until(&rig, 2).await;
    assert!(moved >= Duration::from_millis(2_990), "after {moved:?}");
    rig.sink.wait_for_samples(1).await;
}

/// A receiver that asks for longer than the request may wait gets one more attempt when that time ends.
#[tokio::test]
async fn receivers_that_ask_for_too_much_are_asked_once_more() {
    let exporter = "    retry_on_failure: {max_interval: 5s, max_elapsed_time: 10s}".to_owned();
    let rig = Setup { exporter, ..Setup::default() }.start().await;
    rig.sink.script([Say::RetryAfter(429, "300")]);
    send(&rig, 0).await;
    rig.sink.wait_for_requests(1).await;
    let moved = advance_until(&rig, 2).await;
    assert!(moved <= Duration::from_secs(11), "after {moved:?}");
    rig.sink.wait_for_samples(1).await;
}

/// After the limit a request is given up and counted; the next begins with a clock of its own.
#[tokio::test]
async fn retries_have_an_end() {
    let exporter = "    retry_on_failure: {initial_interval: 1s, max_interval: 2s, max_elapsed_time: 5s}".to_owned();
    let rig = Setup { exporter, ..Setup::default() }.start().await;
    rig.sink.script(std::iter::repeat_n(Say::Status(503), 100));
    send(&rig, 0).await;
    while sent(&rig).given_up.load(Ordering::Relaxed) == 0 {
        rig.hand.advance(Duration::from_millis(500));
        // Lets the lane see the clock before it moves again.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    rig.sink.forget_script();
    send(&rig, 1).await;
    rig.sink.wait_for_samples(1).await;
    assert_eq!(rig.sink.samples()[0].value, 2.0);
}

/// A full queue refuses before anything has changed; when it has drained, the same request is taken, and counted once.
#[tokio::test]
async fn a_full_queue_refuses_and_changes_nothing() {
    let rig = Setup { queue_bytes: Some(4_000), ..Setup::default() }.start().await;
    rig.sink.script([Say::Nothing]);
    send(&rig, 0).await;
    rig.sink.wait_for_requests(1).await;
    let mut second = 1;
    let refused = loop {
        match rig.submit(five(second)).await {
            Ok(_) => second += 1,
            Err(refusal) => break refusal,
        }
        assert!(second < 100, "it never fills");
    };
    assert!(matches!(&refused, Refusal::Full(why) if why.to_string().contains("prometheusremotewrite")), "{refused:?}");
    assert!(refused.may_retry());
    let held = rig.written().budget.used();
    assert!(held <= 4_000, "{held} bytes");
    // The attempt that got no answer ends, the queue drains, and the sender comes again.
    advance_until(&rig, 2).await;
    rig.sink.wait_for_samples(1).await;
    while rig.submit(five(second)).await.is_err() {
        rig.pass(Duration::from_secs(1)).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    rig.flush().await;
    let expected = 1 + 5 * second as usize;
    rig.sink.wait_for_samples(expected).await;
    let samples = rig.sink.samples();
    assert_eq!(samples.len(), expected);
    assert!(samples.iter().all(|sample| sample.value == 1.0), "each is counted once: {samples:?}");
}

/// Points of five streams that only this second has.
fn five(second: u64) -> bytes::Bytes {
    let time = BEGIN + second * SECOND;
    request((0..5).map(|n| point(&format!("s{second}.{n}"), time - SECOND, time, 1)).collect())
}

/// What no empty queue could hold is refused for good, with the reason: a retry would fare no better.
#[tokio::test]
async fn what_never_fits_is_refused_for_good() {
    let rig = Setup { queue_bytes: Some(4_000), ..Setup::default() }.start().await;
    let points = (0..100).map(|n| point(&format!("s{n}"), BEGIN - SECOND, BEGIN, 1)).collect();
    let refused = rig.submit(request(points)).await.expect_err("too large");
    assert!(!refused.may_retry());
    assert!(refused.to_string().contains("send smaller requests"), "{refused}");
    // Nothing of it is held.
    assert_eq!(rig.written().budget.used(), 0);
    assert_eq!(rig.pipeline.leg.in_flight().used(), 0);
}

/// Requests that wait are bounded in number as well.
#[tokio::test]
async fn a_queue_of_requests_is_bounded() {
    let exporter = "    remote_write_queue: {queue_size: 2}".to_owned();
    let rig = Setup { exporter, ..Setup::default() }.start().await;
    rig.sink.script([Say::Nothing]);
    send(&rig, 0).await;
    send(&rig, 1).await;
    let refused = rig.submit(request(vec![point("a", 1, BEGIN + 5 * SECOND, 1)])).await;
    assert!(matches!(refused, Err(Refusal::Full(_))), "{refused:?}");
}

/// A host that stops takes nothing more, and sends what waits, even if it failed before.
#[tokio::test]
async fn the_end_is_orderly() {
    let rig = Setup::default().start().await;
    rig.sink.script([Say::Status(503)]);
    send(&rig, 0).await;
    rig.sink.wait_for_requests(1).await;
    let intake = std::sync::Arc::clone(&rig.pipeline.intake);
    let (hand, stopped) = (rig.hand.clone(), rig.pipeline.stop(Duration::from_secs(5)));
    let moving = async {
        loop {
            // It may have begun to wait before it was told.
            hand.advance(Duration::from_millis(100));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::select! {
        stopped = stopped => assert!(stopped),
        () = moving => {}
    }
    assert!(matches!(intake.admit(), Err(Refusal::Stopping)));
    assert_eq!(rig.sink.samples().len(), 1);
}

/// Which of its requests' lanes each series is in: series that were seen in one request are in one lane.
fn lanes_of_series(arrivals: &[Arrival]) -> BTreeMap<Labels, usize> {
    let mut lanes: BTreeMap<Labels, usize> = BTreeMap::new();
    for (number, Arrival { samples, .. }) in arrivals.iter().enumerate() {
        let known: Vec<usize> = samples.iter().filter_map(|sample| lanes.get(&sample.labels).copied()).collect();
        lanes.values_mut().filter(|lane| known.contains(lane)).for_each(|lane| *lane = number);
        lanes.extend(samples.iter().map(|sample| (sample.labels.clone(), number)));
    }
    lanes
}

/// Enough streams for each of six lanes to have some.
const STREAMS: usize = 100;

/// Counters, one histogram of a sender and one that two senders share, each with its next point.
async fn submit_all(rig: &Rig, round: u64) {
    let time = BEGIN + round * SECOND;
    let points = (0..STREAMS).map(|n| point(&format!("s{n}"), time - SECOND, time, 1)).collect();
    rig.submit(request(points)).await.expect("taken");
    for (name, host) in [("own", "amd64"), ("shared", "amd64"), ("shared", "arm64")] {
        let point = HistogramDataPoint {
            start_time_unix_nano: BEGIN - SECOND,
            time_unix_nano: time,
            count: round,
            bucket_counts: vec![round, 0, 0],
            explicit_bounds: vec![1.0, 2.0],
            ..HistogramDataPoint::default()
        };
        let data = Histogram { data_points: vec![point], aggregation_temporality: CUMULATIVE };
        let metric = Metric { name: name.into(), data: Some(Data::Histogram(data)), ..Metric::default() };
        let resource = vec![text("service.name", "test"), text("host.arch", host)];
        rig.submit(request_of(resource, vec![metric])).await.expect("taken");
    }
}

/// Moves the clock until nothing waits any more.
async fn drain(rig: &Rig) {
    // What is in open requests counts as well: they are kept open while their lane has enough to do.
    while sent(rig).waiting.load(Ordering::Relaxed) > 0 || rig.written().budget.used() > 0 {
        rig.hand.advance(Duration::from_millis(100));
        // Lets the lanes see the clock before it moves again.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Scenario: four lanes, over one shard and over several, and a back-end that fails or does not answer for some requests.
/// Guarantee: a series is in one lane, all series of a histogram are in the same, and what arrives of a series has rising
/// times and the right total.
#[tokio::test]
async fn a_series_keeps_its_lane() {
    const ROUNDS: u64 = 12;
    for (shards, lanes) in [(1, 4), (2, 4), (3, 6)] {
        let exporter = "    remote_write_queue: {num_consumers: 4}
    target_info: {enabled: false}";
        let rig = Setup { exporter: exporter.into(), shards, ..Setup::default() }.start().await;
        let says = [503, 204, 500, 204, 204, 204, 429].map(Say::Status).into_iter().chain([Say::Nothing]);
        rig.sink.script(says.cycle().take(80));
        for round in 1..=ROUNDS {
            submit_all(&rig, round).await;
            rig.flush().await;
        }
        drain(&rig).await;
        let found = lanes_of_series(&rig.sink.arrivals());
        assert_eq!(found.values().collect::<BTreeSet<_>>().len(), lanes, "lanes of {shards} shards");
        for family in ["own", "shared"] {
            let of_family = |labels: &&Labels| labels["__name__"].starts_with(family);
            let lanes: BTreeSet<usize> = found.keys().filter(of_family).map(|labels| found[labels]).collect();
            assert_eq!(lanes.len(), 1, "lanes of {family}");
        }
        let samples = rig.sink.samples();
        let series: BTreeSet<&Labels> = samples.iter().map(|sample| &sample.labels).collect();
        // Of a histogram three buckets and a count.
        assert_eq!(series.len(), STREAMS + 2 * 4);
        for labels in series {
            let own: Vec<&Sample> = samples.iter().filter(|sample| sample.labels == *labels).collect();
            assert!(own.is_sorted_by(|a, b| a.time < b.time), "{labels:?}");
            let total = if labels["__name__"].starts_with("shared") { 2 * ROUNDS } else { ROUNDS };
            assert_eq!(own.last().map(|sample| sample.value), Some(total as f64), "{labels:?}");
        }
        let counts = sent(&rig);
        assert_eq!(counts.given_up.load(Ordering::Relaxed) + counts.refused.load(Ordering::Relaxed), 0);
        assert_eq!(counts.delivered.load(Ordering::Relaxed), rig.sink.all_samples().len() as u64);
        assert!(counts.retries.load(Ordering::Relaxed) > 0);
    }
}

/// Scenario: a back-end fails for the requests of one of four lanes. Guarantee: those of the others go on meanwhile, and
/// the lane's own come in order when it recovers.
#[tokio::test]
async fn a_lane_that_waits_holds_no_other_up() {
    let exporter = "    remote_write_queue: {num_consumers: 4}
    timeout: 0s
    retry_on_failure: {max_elapsed_time: 0s}";
    let rig = Setup { exporter: exporter.into(), ..Setup::default() }.start().await;
    rig.sink.poison("s0", Say::Status(503));
    submit_all(&rig, 1).await;
    rig.flush().await;
    rig.sink.wait_for_requests(4).await;
    let arrivals = rig.sink.arrivals();
    let held = arrivals.iter().find(|request| !request.taken).expect("one is not taken");
    let is_held = |sample: &Sample| held.samples.iter().any(|other| other.labels == sample.labels);
    let others = rig.sink.samples().len();
    assert!(others > STREAMS / 2, "{others}");
    for round in 2..=4 {
        submit_all(&rig, round).await;
        rig.flush().await;
        rig.sink.wait_for_samples(others * round as usize).await;
    }
    assert!(!rig.sink.samples().iter().any(is_held));
    while sent(&rig).waiting.load(Ordering::Relaxed) > 4 {
        // Lets the other lanes see the last answers.
        tokio::task::yield_now().await;
    }
    rig.sink.heal();
    drain(&rig).await;
    let late: Vec<Sample> = rig.sink.samples().into_iter().filter(|sample| sample.label("stream") == "s0").collect();
    assert_eq!(late.iter().map(|sample| sample.value).collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0]);
}

/// Scenario: each of four lanes has a request in flight. Guarantee: what may wait is bounded over all of them.
#[tokio::test]
async fn lanes_share_the_queue() {
    let exporter =
        "    remote_write_queue: {num_consumers: 4, queue_size: 4}\n    target_info: {enabled: false}".to_owned();
    let rig = Setup { exporter, ..Setup::default() }.start().await;
    rig.sink.script(std::iter::repeat_n(Say::Nothing, 4));
    submit_all(&rig, 1).await;
    rig.flush().await;
    rig.sink.wait_for_requests(4).await;
    assert_eq!(sent(&rig).waiting.load(Ordering::Relaxed), 4);
    // Together they are as many as may wait.
    let refused = rig.submit(request(vec![point("s0", BEGIN + SECOND, BEGIN + 2 * SECOND, 1)])).await;
    assert!(matches!(refused, Err(Refusal::Full(_))), "{refused:?}");
}
