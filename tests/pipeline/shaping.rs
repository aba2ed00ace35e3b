//! What the guest `attribute_filter` makes one meets in one stream, wherever it stands in the configuration and whatever shard
//! its streams would have been in.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Histogram, HistogramDataPoint, Metric, NumberDataPoint};

use crate::faults::example;
use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, CUMULATIVE, DELTA, SECOND, gauge, point, request, request_of, sum, text};

const BEFORE: &str = "[attribute_filter, deltatocumulative, batch]";
const BEHIND: &str = "[deltatocumulative, attribute_filter, batch]";
const WITHOUT_STREAM: &str = "{rules: [{delete: stream}]}";

fn merging(processors: &'static str) -> Setup {
    Setup { processors, filter: WITHOUT_STREAM, shards: 4, ..Setup::default() }
}

/// The newest value of each series, by its labels but `job`.
pub async fn newest(rig: &Rig) -> BTreeMap<String, f64> {
    rig.settle().await;
    let mut newest = BTreeMap::new();
    for sample in rig.sink.samples() {
        let labels: Vec<String> = sample
            .labels
            .iter()
            .filter(|(name, _)| *name != "job")
            .map(|(name, value)| if name == "__name__" { value.clone() } else { format!("{name}={value}") })
            .collect();
        newest.insert(labels.join(" "), sample.value);
    }
    newest
}

pub fn one(labels: &str, value: f64) -> BTreeMap<String, f64> {
    BTreeMap::from([(labels.to_owned(), value)])
}

/// Deltas of forty streams, which hash to all shards, are added in one output stream: one cell, one writer, rising times.
#[tokio::test]
async fn deltas_are_added_in_one_stream() {
    for (processors, accumulates) in [(BEFORE, 1), (BEHIND, 0)] {
        let rig = merging(processors).start().await;
        for round in 1..=2 {
            let points =
                (0..40).map(|stream| point(&format!("s{stream}"), BEGIN, BEGIN + round * SECOND, stream)).collect();
            let accepted = rig.submit(request(points)).await.expect("taken");
            assert_eq!(accepted.dropped.total(), 0);
        }
        assert_eq!(newest(&rig).await, one("requests_total", 2.0 * f64::from((0..40).sum::<i32>())), "{processors}");
        let samples = rig.sink.samples();
        let times: Vec<i64> = samples.iter().map(|sample| sample.time).collect();
        assert!(times.is_sorted_by(|one, next| one < next), "one sample a time: {times:?}");
        assert_eq!((rig.held(accumulates), rig.streams()), (1, 40), "{processors}");
    }
}

/// Totals that arrive are kept by input stream, and the latest of each are added.
#[tokio::test]
async fn totals_of_inputs_are_added() {
    for processors in [BEFORE, BEHIND] {
        let rig = merging(processors).start().await;
        let send = async |stream: &str, second: u64, value| {
            let point = point(stream, BEGIN, BEGIN + second * SECOND, value);
            rig.submit(request_of(Vec::new(), vec![sum("n", CUMULATIVE, vec![point])])).await.expect("taken");
        };
        for (stream, second, value) in [("a", 1, 10), ("b", 2, 100), ("c", 2, 1_000), ("a", 3, 15), ("b", 4, 130)] {
            send(stream, second, value).await;
        }
        assert_eq!(newest(&rig).await, one("n_total", 1_145.0), "{processors}");
    }
}

/// The same where a guest revises the totals: what it keeps of one sender is not another's. This one doubles them.
#[tokio::test]
async fn totals_that_a_guest_revises_are_added() {
    let processor = format!("{{module: '{}'}}", example("shapeless").display());
    for processors in [BEFORE, BEHIND] {
        let rig = Setup { processor: processor.clone(), ..merging(processors) }.start().await;
        for (stream, second, value) in [("a", 1, 10), ("b", 2, 100), ("c", 2, 1_000), ("a", 3, 15)] {
            let point = point(stream, BEGIN, BEGIN + second * SECOND, value);
            rig.submit(request_of(Vec::new(), vec![sum("n", CUMULATIVE, vec![point])])).await.expect("taken");
        }
        assert_eq!(newest(&rig).await, one("n_total", 2.0 * (15.0 + 100.0 + 1_000.0)), "{processors}");
    }
}

/// A guest that does not say that its state adds up has a cell for each stream, also of deltas; the totals are added.
#[tokio::test]
async fn state_that_does_not_add_up_is_kept_apart() {
    for (additive, cells) in [(true, 1), (false, 40)] {
        let rig = Setup { shards: 4, ..Setup::faulty(&format!("additive: {additive}")) };
        let rig = Setup { processors: BEFORE, filter: WITHOUT_STREAM, ..rig }.start().await;
        for round in 1..=2 {
            let points =
                (0..40).map(|stream| point(&format!("s{stream}"), BEGIN, BEGIN + round * SECOND, stream)).collect();
            rig.submit(request(points)).await.expect("taken");
        }
        assert_eq!(newest(&rig).await, one("requests_total", 2.0 * f64::from((0..40).sum::<i32>())));
        assert_eq!((rig.held(1), rig.streams()), (cells, 40));
    }
}

/// A pipeline whose first guest multiplies deltas by their attribute `weight`, adds them up and takes the attribute off.
fn weighing(settings: &str) -> Setup {
    let filter = format!("{{module: '{}', {settings}}}", example("weigh").display());
    Setup { processors: BEFORE, filter: filter.leak(), ..Setup::default() }
}

fn weighed(weight: &str, second: u64, value: i64) -> NumberDataPoint {
    let mut point = point("x", BEGIN, BEGIN + second * SECOND, value);
    point.attributes.push(text("weight", weight));
    point
}

/// Rows share a cell only if their cells began alike.
#[tokio::test]
async fn cells_that_begin_differently_are_kept_apart() {
    let rig = weighing("totals: true").start().await;
    for second in 1..=2 {
        // "02" and "2" are two streams of one weight.
        let points = [("2", 1), ("02", 10), ("3", 100)];
        let points = points.map(|(weight, value)| weighed(weight, second, value)).to_vec();
        assert_eq!(rig.submit(request(points)).await.expect("taken").dropped.total(), 0);
    }
    assert_eq!(newest(&rig).await, one("requests_total stream=x", 2.0 * (2.0 * 11.0 + 3.0 * 100.0)));
    assert_eq!((rig.held(0), rig.streams()), (2, 3));
}

/// Streams that come out alike, but are processed by different guests, have an output stream each, whichever comes first;
/// what is added of them is added once.
#[tokio::test]
async fn streams_that_others_process_are_kept_apart() {
    // The second is sent in the form that the first comes out in.
    let (first, second) = (weighed("2", 1, 10), point("x", BEGIN, BEGIN + SECOND, 7));
    for order in [[&first, &second], [&second, &first]] {
        let rig = Setup { processor: "{max_stale: 5m}".into(), ..weighing("totals: true") }.start().await;
        for round in 0..3 {
            for point in order {
                let mut point = point.clone();
                point.time_unix_nano += round * SECOND;
                assert_eq!(rig.submit(request(vec![point])).await.expect("taken").dropped.total(), 0);
            }
        }
        assert_eq!((rig.held(0), rig.held(1), rig.unknown()), (1, 1, 2));
        assert_eq!(newest(&rig).await, one("requests_total stream=x", 3.0 * (2.0 * 10.0 + 7.0)));
        for _ in 0..7 {
            rig.pass(Duration::from_secs(60)).await;
        }
        assert_eq!((rig.held(0), rig.held(1), rig.streams()), (0, 0, 0));
    }
}

/// Streams that have gone leave nothing behind: those that shared an output, those that could not, and those that were
/// refused.
#[tokio::test]
async fn what_has_gone_leaves_nothing_behind() {
    let rig = Setup { processor: "{max_stale: 2m, max_streams: 200}".into(), ..weighing("totals: true") }.start().await;
    let mut memory = Vec::new();
    for round in 0..12_u64 {
        let time = round * 900 + 1;
        let points = (0..250).flat_map(|n| {
            let weights = [Some("2"), Some("02"), Some("3"), None];
            weights.map(|weight| {
                let mut point = point(&format!("{round} {n}"), BEGIN, BEGIN + time * SECOND, 1);
                point.attributes.extend(weight.map(|weight| text("weight", weight)));
                point
            })
        });
        let accepted = rig.submit(request(points.collect())).await.expect("taken");
        assert_eq!((accepted.dropped.total(), rig.held(0), rig.held(1)), (50, 500, 200));
        rig.settle().await;
        for _ in 0..15 {
            rig.pass(Duration::from_secs(60)).await;
        }
        assert_eq!((rig.streams(), rig.held(0), rig.held(1)), (0, 0, 0));
        memory.push(rig.pipeline.view.shards[0].memory.load(Ordering::Relaxed));
    }
    // A thousand streams take more than 300 kB; the notes of refused ones grow to their bound.
    assert!(memory[11] < memory[2] + 200_000, "{memory:?}");
}

/// Where several guests hold a stream, one that asks for no idle time does not shorten what another asks for.
#[tokio::test]
async fn who_asks_for_no_idle_time_shortens_none() {
    let rig = Setup { processor: "{max_stale: 10m}".into(), ..weighing("totals: false") }.start().await;
    rig.submit(request(vec![weighed("2", 1, 10)])).await.expect("taken");
    for _ in 0..9 {
        rig.pass(Duration::from_secs(60)).await;
    }
    assert_eq!((rig.held(0), rig.held(1), rig.streams()), (1, 1, 1));
    for _ in 9..12 {
        rig.pass(Duration::from_secs(60)).await;
    }
    assert_eq!((rig.held(0), rig.held(1), rig.streams()), (0, 0, 0));
}

/// Of gauges the newest wins, whatever order they come in.
#[tokio::test]
async fn the_newest_gauge_wins() {
    let rig = merging(BEFORE).start().await;
    for (stream, second, value) in [("a", 1, 10), ("b", 3, 30), ("c", 2, 20)] {
        let point = point(stream, 0, BEGIN + second * SECOND, value);
        rig.submit(request_of(Vec::new(), vec![gauge("g", vec![point])])).await.expect("taken");
    }
    assert_eq!(newest(&rig).await, one("g", 30.0));
}

/// Histograms meet as sums do.
#[tokio::test]
async fn histograms_are_added() {
    let rig = merging(BEHIND).start().await;
    let of = |stream: &str, second: u64, counts: [u64; 2]| HistogramDataPoint {
        attributes: vec![text("stream", stream)],
        start_time_unix_nano: BEGIN,
        time_unix_nano: BEGIN + second * SECOND,
        count: counts.iter().sum(),
        bucket_counts: counts.to_vec(),
        explicit_bounds: vec![1.0],
        ..HistogramDataPoint::default()
    };
    let data_points = vec![of("a", 1, [1, 2]), of("b", 1, [10, 20]), of("c", 2, [100, 200])];
    let data = Some(Data::Histogram(Histogram { data_points, aggregation_temporality: DELTA }));
    rig.submit(request_of(Vec::new(), vec![Metric { name: "d".into(), data, ..Metric::default() }]))
        .await
        .expect("taken");
    let is = [("d_bucket le=1", 111.0), ("d_bucket le=+Inf", 333.0), ("d_count", 333.0)];
    assert_eq!(newest(&rig).await, is.map(|(labels, value)| (labels.to_owned(), value)).into());
    assert_eq!(rig.held(0), 1);
}

/// A stream that is sent in the form that others come out in is one of them, before or after them.
#[tokio::test]
async fn the_form_itself_may_be_sent() {
    let shaped = |second: u64, value| {
        let mut point = point("", BEGIN, BEGIN + second * SECOND, value);
        point.attributes.clear();
        request(vec![point])
    };
    let other = |second: u64, value| request(vec![point("a", BEGIN, BEGIN + second * SECOND, value)]);
    for first in [true, false] {
        let rig = merging(BEFORE).start().await;
        let requests = if first {
            [shaped(1, 1), other(2, 10), shaped(3, 100)]
        } else {
            [other(1, 1), shaped(2, 10), other(3, 100)]
        };
        for request in requests {
            rig.submit(request).await.expect("taken");
        }
        assert_eq!(newest(&rig).await, one("requests_total", 111.0));
        assert_eq!((rig.held(1), rig.streams()), (1, 2));
    }
}

/// An input stream that falls silent leaves the output to the others; with the last one the output goes, and the next
/// begins anew.
#[tokio::test]
async fn inputs_come_and_go() {
    let rig = Setup { processor: "{max_stale: 10m}".into(), ..merging(BEFORE) }.start().await;
    let minute = Duration::from_secs(60);
    let later = BEGIN + 30 * 60 * SECOND;
    rig.submit(request(vec![point("a", BEGIN, BEGIN + 1, 1), point("b", BEGIN, BEGIN + 1, 10)])).await.expect("taken");
    for _ in 0..8 {
        rig.pass(minute).await;
    }
    rig.submit(request(vec![point("b", BEGIN, BEGIN + 2, 100)])).await.expect("taken");
    for _ in 0..5 {
        rig.pass(minute).await;
    }
    assert_eq!((rig.streams(), rig.held(1)), (1, 1), "a has gone");
    rig.submit(request(vec![point("a", BEGIN, BEGIN + 3, 1_000)])).await.expect("taken");
    assert_eq!(newest(&rig).await, one("requests_total", 1_111.0), "a is back in its output stream");
    for _ in 0..14 {
        rig.pass(minute).await;
    }
    assert_eq!((rig.streams(), rig.held(1)), (0, 0));
    rig.submit(request(vec![point("a", BEGIN, later, 5)])).await.expect("taken");
    assert_eq!(newest(&rig).await, one("requests_total", 5.0), "a new beginning");
}

/// The bound on streams with state counts output streams.
#[tokio::test]
async fn limits_count_outputs() {
    let rig = Setup { processor: "{max_streams: 1}".into(), shards: 1, ..merging(BEFORE) }.start().await;
    let points = (0..5).map(|stream| point(&format!("s{stream}"), BEGIN, BEGIN + SECOND, 1)).collect();
    let accepted = rig.submit(request(points)).await.expect("taken");
    assert_eq!(accepted.dropped.total(), 0);
    let other = request_of(Vec::new(), vec![sum("other", DELTA, vec![point("a", BEGIN, BEGIN + SECOND, 1)])]);
    assert_eq!(rig.submit(other).await.expect("taken").dropped.total(), 1);
    assert_eq!(rig.dropped("limit"), 1);
}

/// A point of one of many streams that come out as the stream `output`.
fn becoming(output: &str, stream: &str, second: u64, value: i64) -> NumberDataPoint {
    let mut point = point(stream, BEGIN, BEGIN + second * SECOND, value);
    point.attributes.push(text("output", output));
    point
}

/// A stream that was refused by a limit is not asked about again with each of its points, though a filter changes it.
#[tokio::test]
async fn refused_streams_that_are_changed_are_remembered() {
    let rig = Setup { processor: "{max_streams: 1}".into(), shards: 1, ..merging(BEFORE) }.start().await;
    for second in 1..=3 {
        let points = (0..100).map(|n| becoming(&format!("r{n}"), "s", second, 1)).collect();
        assert_eq!(rig.submit(request(points)).await.expect("taken").dropped.total(), 99);
    }
    assert_eq!((rig.unknown(), rig.dropped("limit")), (100, 297));
}

/// It is asked about when its output has been made meanwhile, which has room for it whatever the limit says; those of other
/// outputs are not.
#[tokio::test]
async fn an_output_that_another_stream_makes_has_room() {
    let processor = "{max_streams: 1, max_stale: 5m}".into();
    let rig = Setup { processor, shards: 1, ..merging(BEFORE) }.start().await;
    let others = |second| (0..10).map(move |n| becoming(&format!("other {n}"), "s", second, 1));
    let refused = |second| request([becoming("r", "b", second, 10)].into_iter().chain(others(second)).collect());
    rig.submit(request(vec![becoming("first", "a", 1, 1)])).await.expect("taken");
    for second in 1..=2 {
        assert_eq!(rig.submit(refused(second)).await.expect("taken").dropped.total(), 11);
    }
    assert_eq!(rig.unknown(), 12);
    rig.settle().await;
    for _ in 0..7 {
        rig.pass(Duration::from_secs(60)).await;
    }
    assert_eq!(rig.held(1), 0);
    let now = 420;
    assert_eq!(rig.submit(request(vec![becoming("r", "a", now, 100)])).await.expect("taken").dropped.total(), 0);
    assert_eq!((rig.held(1), rig.unknown()), (1, 13));
    assert_eq!(rig.submit(refused(now)).await.expect("taken").dropped.total(), 10);
    // One output in 65,536 is taken for another.
    assert!((14..=15).contains(&rig.unknown()), "{} points", rig.unknown());
    assert_eq!(newest(&rig).await["requests_total output=r"], 110.0);
}

/// Rules on every part of a description, and on whole streams; the dropped ones are told to the sender.
#[tokio::test]
async fn rules_reach_everything() {
    let filter = "{rules: [{drop: true, metrics: 'internal.*'}, {drop: true, where: {stream: /^test-/}}, \
                  {hash: stream}, {rename: {from: host.name, to: host}, on: resource}, \
                  {set: {key: team, value: platform}}, {delete: '*', on: scope}]}";
    let exporter = "    resource_constant_labels: {included: ['*']}".into();
    let rig = Setup { processors: BEFORE, filter, exporter, ..Setup::default() }.start().await;
    let send = |name: &str, stream: &str| -> Bytes {
        let metric = sum(name, DELTA, vec![point(stream, BEGIN, BEGIN + SECOND, 1)]);
        request_of(vec![text("host.name", "h1")], vec![metric])
    };
    for (name, stream, dropped) in [("internal.cache", "abc", 1), ("n", "test-1", 1), ("n", "abc", 0)] {
        let accepted = rig.submit(send(name, stream)).await.expect("taken");
        assert_eq!(accepted.dropped.total(), dropped, "{name} {stream}");
    }
    assert_eq!(rig.dropped("filtered"), 2);
    // SHA-256 of "abc": FIPS 180-2, appendix B.1.
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(newest(&rig).await, one(&format!("n_total host=h1 stream={hash} team=platform"), 1.0));
}

/// Sources are told apart even where their points are equal; what comes again of one is recognised.
#[tokio::test]
async fn equal_points_of_two_inputs_both_count() {
    let rig = merging(BEFORE).start().await;
    let points = || vec![point("a", BEGIN, BEGIN + SECOND, 7), point("b", BEGIN, BEGIN + SECOND, 7)];
    rig.submit(request(points())).await.expect("taken");
    rig.submit(request(points())).await.expect("taken");
    assert_eq!(newest(&rig).await, one("requests_total", 14.0));
    assert_eq!(rig.resent(), 2);
}

/// Points of many inputs come faster than times can rise: one sample a batch, and none runs ahead of the clock.
#[tokio::test]
async fn times_of_a_busy_stream_do_not_run_away() {
    let rig = Setup { shards: 1, ..merging(BEFORE) }.start().await;
    for round in 0..10 {
        let points = (0..1_500).map(|stream| point(&format!("s{stream}"), BEGIN, BEGIN + round, 1)).collect();
        rig.submit(request(points)).await.expect("taken");
    }
    assert_eq!(newest(&rig).await, one("requests_total", 15_000.0));
    let samples = rig.sink.samples();
    let ahead = samples.iter().map(|sample| sample.time - (BEGIN / 1_000_000) as i64).max();
    // Of 15 seconds that as many points would take at a millisecond each.
    assert!(ahead.is_some_and(|ahead| ahead <= 3_600), "{ahead:?}");
    assert!(samples.len() <= 20, "{} samples", samples.len());
}

/// That one of several inputs has nothing more to say ends nothing.
#[tokio::test]
async fn one_input_that_ends_ends_nothing() {
    let rig = merging(BEFORE).start().await;
    let ended = |stream: &str| {
        let mut point = point(stream, BEGIN, BEGIN + 2 * SECOND, 0);
        (point.flags, point.value) = (1, None);
        point
    };
    rig.submit(request(vec![point("a", BEGIN, BEGIN + SECOND, 100), point("b", BEGIN, BEGIN + SECOND, 10)]))
        .await
        .expect("taken");
    rig.submit(request(vec![ended("a")])).await.expect("taken");
    rig.submit(request(vec![point("b", BEGIN, BEGIN + 3 * SECOND, 5)])).await.expect("taken");
    assert_eq!(newest(&rig).await, one("requests_total", 115.0));
}

/// What comes out as it went in leaves nothing behind.
#[tokio::test]
async fn two_renamings_there_and_back() {
    let filter = "{rules: [{rename: {from: stream, to: other}}, {rename: {from: other, to: stream}}, \
                  {set: {key: stream, value: x}, where: {stream: z}}]}";
    let rig = Setup { processors: BEFORE, filter, shards: 4, ..Setup::default() }.start().await;
    for second in 1..=2 {
        rig.submit(request(vec![point("a", BEGIN, BEGIN + second * SECOND, 1)])).await.expect("taken");
    }
    assert_eq!(newest(&rig).await, one("requests_total stream=a", 2.0));
}

/// A description that is too long, or becomes it, costs its own stream only; on one shard as on several.
#[tokio::test]
async fn too_long_descriptions_are_dropped_alone() {
    for shards in [1, 4] {
        let filter = "{rules: [{set: {key: team, value: platform}}]}";
        let rig = Setup { processors: BEFORE, filter, shards, ..Setup::default() }.start().await;
        let long = |length: usize| point(&"x".repeat(length), BEGIN, BEGIN + SECOND, 1);
        let points = vec![long(100_000), long(65_490), point("a", BEGIN, BEGIN + SECOND, 1)];
        let accepted = rig.submit(request(points)).await.expect("taken");
        assert_eq!((accepted.dropped.total(), rig.dropped("description_too_long")), (2, 2), "{shards} shards");
        assert_eq!(newest(&rig).await, one("requests_total stream=a team=platform", 1.0));
    }
}
