//! Zeros in front of totals that begin here: where they stand, in which requests they travel, what room they take.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use opentelemetry_proto::tonic::metrics::v1::NumberDataPoint;

use super::{milliseconds, run, written};
use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, CUMULATIVE, DELTA, SECOND, gauge, point, request, request_of, sum, text};
use crate::support::sink::{Arrival, Say};

const MINUTE: u64 = 60 * SECOND;
const MILLISECOND: u64 = 1_000_000;
const ZEROS: i64 = 100;

fn setup() -> Setup {
    Setup { counters: "{}", ..Setup::default() }
}

/// A process that has been running for ten seconds, and the time.
async fn running(setup: Setup) -> (Rig, u64) {
    let rig = setup.start().await;
    rig.pass(Duration::from_secs(10)).await;
    (rig, BEGIN + 10 * SECOND)
}

/// A hundred zeros stand in front of the first total of a stream, and of no other. They are counted, and are samples like any
/// other.
#[tokio::test]
async fn zeros_stand_in_front_of_a_new_total() {
    let (rig, now) = running(setup()).await;
    rig.submit(request(vec![point("a", now - SECOND, now, 5)])).await.expect("taken");
    rig.settle().await;
    let later = now + MINUTE;
    rig.pass(Duration::from_secs(59)).await;
    rig.submit(request(vec![point("a", now, later, 2), point("b", now, later, 1)])).await.expect("taken");
    rig.settle().await;
    let mut expected = run(ZEROS, milliseconds(now), 5.0);
    expected.push((milliseconds(later), 7.0));
    assert_eq!(written(&rig)["a"], expected);
    assert_eq!(written(&rig)["b"], run(ZEROS, milliseconds(later), 1.0));
    let counts = &rig.written().written;
    assert_eq!(counts.zeros.load(Ordering::Relaxed), 200);
    let own = rig.sink.all_samples().len() as u64;
    assert_eq!(counts.samples.load(Ordering::Relaxed), own);
}

/// Points that are older than the process, or as old: run and total are later than its start.
#[tokio::test]
async fn zeros_are_later_than_the_start() {
    let rig = setup().start().await;
    for (stream, time) in [("old", BEGIN - 5 * MINUTE), ("older", BEGIN - 180 * MINUTE), ("same", BEGIN)] {
        rig.submit(request(vec![point(stream, time - SECOND, time, 5)])).await.expect("taken");
    }
    rig.settle().await;
    for stream in ["old", "older", "same"] {
        assert_eq!(written(&rig)[stream], run(ZEROS, milliseconds(BEGIN) + ZEROS + 1, 5.0), "{stream}");
    }
}

/// A process stops, and its successor gets points of the same streams, some of them older than it is: the totals begin again
/// behind zeros, and nothing is out of order.
#[tokio::test]
async fn a_successor_begins_behind_its_own_start() {
    let (rig, now) = running(setup()).await;
    rig.submit(request(vec![point("a", now - SECOND, now, 5), point("b", now - SECOND, now, 6)])).await.expect("taken");
    let rig = setup().start_before(rig.stop().await).await.expect("it starts");
    let points = vec![point("a", now - 2 * SECOND, now - SECOND, 1), point("b", now, now, 2)];
    rig.submit(request(points)).await.expect("taken");
    rig.settle().await;
    for (stream, before, after) in [("a", 5.0, 1.0), ("b", 6.0, 2.0)] {
        let mut expected = run(ZEROS, milliseconds(now), before);
        expected.extend(run(ZEROS, milliseconds(now) + ZEROS + 1, after));
        assert_eq!(written(&rig)[stream], expected, "{stream}");
    }
}

/// A stream is forgotten and comes back with a point that is older than its last sample, which was ahead of the clock: run and
/// total are later than that sample.
#[tokio::test]
async fn a_stream_that_comes_back_begins_behind_what_was_sent() {
    let (rig, now) = running(Setup { processor: "{max_stale: 30s}".into(), ..setup() }).await;
    let ahead = now + 4 * MINUTE;
    rig.submit(request(vec![point("a", now, ahead, 5)])).await.expect("taken");
    rig.settle().await;
    rig.pass(Duration::from_secs(100)).await;
    assert_eq!(rig.held(0), 0, "it is forgotten");
    let then = now + 101 * SECOND;
    rig.submit(request(vec![point("a", then - SECOND, then, 7)])).await.expect("taken");
    rig.settle().await;
    let mut expected = run(ZEROS, milliseconds(ahead), 5.0);
    expected.extend(run(ZEROS, milliseconds(ahead) + ZEROS + 1, 7.0));
    assert_eq!(written(&rig)["a"], expected);
}

/// Streams of requests, in the order in which they came, and whether there are zeros.
fn contents(arrivals: &[Arrival]) -> Vec<(BTreeSet<String>, bool)> {
    let of = |arrival: &Arrival| {
        let streams = arrival.samples.iter().map(|sample| sample.label("stream").to_owned()).collect();
        (streams, arrival.samples.iter().any(|sample| sample.value == 0.0))
    };
    let all = arrivals.iter().map(of);
    all.filter(|(streams, _): &(BTreeSet<String>, _)| !streams.contains("")).collect()
}

/// Old and new streams of one lane: the first totals of the new ones leave in a request of their own, in front of the other.
/// Until then a newer total takes the place of the first, and its zeros move.
#[tokio::test]
async fn births_leave_first_and_are_replaced() {
    let exporter = "    target_info: {enabled: false}".into();
    let (rig, now) = running(Setup { exporter, ..setup() }).await;
    rig.submit(request(vec![point("old", now - SECOND, now, 1)])).await.expect("taken");
    rig.settle().await;
    rig.pass(Duration::from_secs(29)).await;
    let now = now + 30 * SECOND;
    for tenth in 1..=3_u64 {
        let (start, time) = (now + (tenth - 1) * SECOND / 10, now + tenth * SECOND / 10);
        let points = vec![point("old", start, time, 10), point("new", start, time, 100)];
        rig.submit(request(points)).await.expect("taken");
    }
    rig.settle().await;
    let last = milliseconds(now) + 300;
    assert_eq!(written(&rig)["new"], run(ZEROS, last, 300.0));
    assert_eq!(written(&rig)["old"].last(), Some(&(last, 31.0)));
    let of = |stream: &str, zeros| (BTreeSet::from([stream.to_owned()]), zeros);
    assert_eq!(contents(&rig.sink.arrivals()), [of("old", true), of("new", true), of("old", false)]);
}

/// A stream ends and goes on before anything was sent: the marker stays between both runs, and zeros in front of each.
#[tokio::test]
async fn what_goes_on_after_its_end_begins_again() {
    const NO_RECORDED_VALUE: u32 = 1;
    const STALE: u64 = 0x7ff0_0000_0000_0002;
    let (rig, now) = running(setup()).await;
    let begin = now - 5 * SECOND;
    for (second, value, flags) in [(1, 5, 0), (2, 0, NO_RECORDED_VALUE), (3, 2, 0), (4, 1, 0)] {
        let time = begin + second * SECOND;
        let one = NumberDataPoint { flags, ..point("a", time - SECOND, time, value) };
        rig.submit(request(vec![one])).await.expect("taken");
    }
    rig.settle().await;
    let at = |second: u64| milliseconds(begin + second * SECOND);
    let mut expected = run(ZEROS, at(1), 5.0);
    expected.push((at(2), f64::from_bits(STALE)));
    expected.extend(run(ZEROS, at(4), 3.0));
    let bits = |all: &[(i64, f64)]| all.iter().map(|(time, value)| (*time, value.to_bits())).collect::<Vec<_>>();
    assert_eq!(bits(&written(&rig)["a"]), bits(&expected));
}

/// Gauges, cumulative counters and sums that may fall keep exactly the samples that they have without zeros.
#[tokio::test]
async fn all_else_stays_as_it_is() {
    let mut found = Vec::new();
    for counters in ["{}", "{zeros: 0}"] {
        let (rig, now) = running(Setup { counters, ..Setup::default() }).await;
        for second in 0..3 {
            let time = now - (3 - second) * SECOND;
            let mut falls = sum("falls", DELTA, vec![point("f", time - SECOND, time, -1)]);
            if let Some(opentelemetry_proto::tonic::metrics::v1::metric::Data::Sum(sum)) = &mut falls.data {
                sum.is_monotonic = false;
            }
            let level = gauge("level", vec![point("g", 0, time, second as i64)]);
            let total = sum("n", CUMULATIVE, vec![point("c", 1, time, 10 + second as i64)]);
            rig.submit(request_of(vec![text("service.name", "test")], vec![level, total, falls])).await.expect("taken");
        }
        rig.settle().await;
        found.push(written(&rig));
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0]["c"].len(), 3);
}

/// With zeros off a total begins with its first sample, at its own time.
#[tokio::test]
async fn zeros_can_be_switched_off() {
    let (rig, now) = running(Setup { counters: "{zeros: 0}", ..Setup::default() }).await;
    let time = now - MINUTE;
    rig.submit(request(vec![point("a", time - SECOND, time, 5)])).await.expect("taken");
    rig.settle().await;
    assert_eq!(written(&rig)["a"], [(milliseconds(time), 5.0)]);
}

/// The clock was an hour ahead when the process started, and is set right: there is no time for zeros behind that start, and
/// totals do not wait for it.
#[tokio::test]
async fn no_total_waits_for_its_zeros() {
    let rig = setup().start().await;
    rig.hand.step_wall(-3_600 * SECOND.cast_signed());
    let now = BEGIN - 3_600 * SECOND;
    rig.submit(request(vec![point("a", now - SECOND, now, 5)])).await.expect("taken");
    rig.settle().await;
    assert_eq!(written(&rig)["a"], [(milliseconds(now), 5.0)]);
    assert_eq!(rig.written().written.skipped_zeros.load(Ordering::Relaxed), 100);
}

/// Streams over several shards and lanes: each begins behind its zeros, whatever is retried.
#[tokio::test]
async fn zeros_in_many_lanes() {
    let exporter = "    remote_write_queue: {num_consumers: 6}\n    retry_on_failure: {initial_interval: 1ms}".into();
    let (rig, now) = running(Setup { exporter, shards: 2, ..setup() }).await;
    rig.sink.script([503, 500, 503, 429].map(Say::Status));
    let streams: Vec<String> = (0..100).map(|n| format!("s{n}")).collect();
    for second in 1..=3 {
        let time = now + second * SECOND;
        let points = streams.iter().map(|stream| point(stream, time - SECOND, time, 1)).collect();
        rig.submit(request(points)).await.expect("taken");
        rig.flush().await;
    }
    // Waits between attempts are by the clock of the test.
    while rig.written().sent.waiting.load(Ordering::Relaxed) > 0 {
        rig.hand.advance(Duration::from_millis(10));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for stream in &streams {
        let mut expected = run(ZEROS, milliseconds(now + SECOND), 1.0);
        expected.extend([2, 3].map(|second| (milliseconds(now + second * SECOND), second as f64)));
        assert_eq!(written(&rig)[stream], expected, "{stream}");
    }
}

/// A back-end that does not answer, and new streams until the queue is full: zeros are reserved with their points, and the
/// queue never holds more than it may.
#[tokio::test]
async fn room_is_reserved_for_zeros() {
    const ROOM: usize = 400_000;
    let exporter = "    timeout: 0s\n    retry_on_failure: {max_elapsed_time: 0s}".into();
    let (rig, now) = running(Setup { queue_bytes: Some(ROOM), exporter, ..setup() }).await;
    rig.sink.script(std::iter::repeat_n(Say::Nothing, 1_000));
    let (mut taken, mut refused, mut most) = (0, 0, 0);
    for round in 0..200_u64 {
        // At times of their own, or Snappy writes the zeros of all of them once.
        let time = |n: u64| now + (round * 7_919 + n * 611_953) % 100_000 * MILLISECOND;
        let points = (0..20).map(|n| point(&format!("r{round}n{n}"), now, time(n), 1)).collect();
        match rig.submit(request(points)).await {
            Ok(_) => taken += 1,
            Err(refusal) => {
                assert!(refusal.may_retry());
                refused += 1;
            }
        }
        rig.flush().await;
        most = most.max(rig.written().budget.used());
        assert!(most <= ROOM, "{most} bytes after {taken} requests");
    }
    assert!(refused > 0 && taken > 10, "{taken} taken, {refused} refused");
    // Zeros are what fills it: without them twenty first totals take less than 2 KiB, compressed.
    assert!(most > taken * 4_096, "{most} bytes for {taken} requests");
}
