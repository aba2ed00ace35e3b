//! Totals that do not change, and series that end.

use std::sync::atomic::Ordering;
use std::time::Duration;

use exporters::remote_write::truthful::ownership::{Ownership, Writers};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Histogram, HistogramDataPoint, Metric};

use super::{milliseconds, run, written};
use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, CUMULATIVE, DELTA, SECOND, gauge, point, request, request_of, sum, text};
use crate::support::sink::Say;

const STALE: u64 = 0x7ff0_0000_0000_0002;
const ALONE: &str = "{zeros: 2, single_writer: true}";

fn setup(counters: &'static str) -> Setup {
    let exporter = "    target_info: {enabled: false}".into();
    Setup { counters, exporter, processor: "{max_stale: 5m}".into(), ..Setup::default() }
}

/// Lets so many seconds pass, one by one, as a host does.
async fn pass(rig: &Rig, seconds: u64) {
    for _ in 0..seconds {
        rig.pass(Duration::from_secs(1)).await;
    }
}

/// Repeats, markers, and those of both that were left out.
fn counts(rig: &Rig) -> [u64; 4] {
    let counts = &rig.written().written;
    [&counts.repeats, &counts.stale_markers, &counts.skipped_repeats, &counts.skipped_stale_markers]
        .map(|count| count.load(Ordering::Relaxed))
}

/// A total that does not change is written again each minute while its stream lives, and ends with a marker. Between two
/// samples is no more than two steps.
#[tokio::test]
async fn a_flat_total_is_repeated_until_it_ends() {
    let rig = setup(ALONE).start().await;
    pass(&rig, 10).await;
    let now = BEGIN + 10 * SECOND;
    rig.submit(request(vec![point("a", now - SECOND, now, 5)])).await.expect("taken");
    pass(&rig, 600).await;
    rig.settle().await;
    let written = &written(&rig)["a"];
    let (first, rest) = written.split_at(3);
    assert_eq!(first, run(2, milliseconds(now), 5.0));
    let (end, repeats) = rest.split_last().expect("an end");
    assert_eq!(end.1.to_bits(), STALE);
    assert!(repeats.iter().all(|(_, value)| *value == 5.0), "{repeats:?}");
    let times: Vec<i64> = written[2..].iter().map(|(time, _)| *time).collect();
    let gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps[0] >= 54_000 && gaps[0] < 120_000, "{gaps:?}");
    assert!(gaps[1..gaps.len() - 1].iter().all(|gap| (59_000..=61_000).contains(gap)), "{gaps:?}");
    // It is forgotten between five and six minutes after its point.
    assert!((300_000..=361_000).contains(&(end.0 - milliseconds(now))), "{}", end.0 - milliseconds(now));
    assert_eq!(counts(&rig), [repeats.len() as u64, 1, 0, 0]);
}

/// Who else writes is not known: nothing is repeated, nothing ends. Each can be switched on, and off.
#[tokio::test]
async fn each_has_its_switch() {
    for (counters, repeats, markers) in [
        ("{}", false, false),
        ("{single_writer: true}", true, true),
        ("{single_writer: true, repeats: false}", false, true),
        ("{single_writer: true, stale_markers: false}", true, false),
        ("{repeats: true}", true, false),
        ("{stale_markers: true}", false, true),
        ("{zeros: 0, single_writer: true}", true, true),
    ] {
        let rig = setup(counters).start().await;
        rig.submit(request(vec![point("a", BEGIN, BEGIN, 5)])).await.expect("taken");
        pass(&rig, 400).await;
        rig.settle().await;
        let [repeated, ended, ..] = counts(&rig);
        assert_eq!((repeated > 0, ended > 0), (repeats, markers), "{counters}");
    }
}

/// Levels, totals that arrive cumulative and what has ended are not repeated, and end without a marker.
#[tokio::test]
async fn all_else_stays_as_it_is() {
    let mut found = Vec::new();
    for counters in ["{}", "{single_writer: true}"] {
        let rig = setup(counters).start().await;
        pass(&rig, 10).await;
        let now = BEGIN + 10 * SECOND;
        let level = gauge("level", vec![point("g", 0, now, 3)]);
        let total = sum("n", CUMULATIVE, vec![point("c", 1, now, 10)]);
        let bucket = HistogramDataPoint { time_unix_nano: now, count: 3, ..HistogramDataPoint::default() };
        let data = Histogram { data_points: vec![bucket], aggregation_temporality: CUMULATIVE };
        let buckets = Metric { name: "h".into(), data: Some(Data::Histogram(data)), ..Metric::default() };
        rig.submit(request_of(vec![text("service.name", "test")], vec![level, total, buckets])).await.expect("taken");
        pass(&rig, 700).await;
        rig.settle().await;
        assert_eq!(counts(&rig), [0; 4]);
        found.push(written(&rig));
    }
    assert_eq!(found[0], found[1]);
}

/// All series of a histogram are repeated together and end together.
#[tokio::test]
async fn histograms_are_repeated_whole() {
    let rig = setup(ALONE).start().await;
    pass(&rig, 10).await;
    let now = BEGIN + 10 * SECOND;
    let point = HistogramDataPoint {
        time_unix_nano: now,
        count: 7,
        sum: Some(2.5),
        bucket_counts: vec![3, 4],
        explicit_bounds: vec![1.0],
        ..HistogramDataPoint::default()
    };
    let data = Histogram { data_points: vec![point], aggregation_temporality: DELTA };
    let metric = Metric { name: "d".into(), data: Some(Data::Histogram(data)), ..Metric::default() };
    rig.submit(request_of(vec![text("service.name", "test")], vec![metric])).await.expect("taken");
    pass(&rig, 600).await;
    rig.settle().await;
    let samples = rig.sink.samples();
    let of = |name: &str, bound: &str| -> Vec<(i64, u64)> {
        let own = samples.iter().filter(|sample| sample.label("__name__") == name && sample.label("le") == bound);
        own.map(|sample| (sample.time, sample.value.to_bits())).collect()
    };
    let count = of("d_count", "");
    // Two zeros, the total, four or five repeats, the end.
    assert!((8..=9).contains(&count.len()), "{count:?}");
    assert_eq!(count.last().map(|(_, bits)| *bits), Some(STALE));
    for (name, bound, value) in [("d_bucket", "1", 3.0), ("d_bucket", "+Inf", 7.0), ("d_sum", "", 2.5)] {
        let flat =
            |(time, bits): &(i64, u64)| (*time, if *bits == 7_f64.to_bits() { f64::to_bits(value) } else { *bits });
        assert_eq!(of(name, bound), count.iter().map(flat).collect::<Vec<_>>(), "{name} {bound}");
    }
}

/// Six hundred series are repeated over the whole step, not all at once.
#[tokio::test]
async fn repeats_are_spread() {
    let rig = setup(ALONE).start().await;
    let points = (0..600).map(|n| point(&format!("s{n}"), BEGIN, BEGIN, 5)).collect();
    rig.submit(request(points)).await.expect("taken");
    pass(&rig, 60).await;
    let mut most = 0;
    for _ in 0..60 {
        let before = counts(&rig)[0];
        pass(&rig, 1).await;
        most = most.max(counts(&rig)[0] - before);
    }
    let all = counts(&rig)[0];
    assert!((595..=700).contains(&all) && most <= 11, "{all} in all, {most} in a second");
    rig.settle().await;
}

/// A stream ends and comes back, before its marker has left, or later: its total begins again behind the marker.
#[tokio::test]
async fn what_comes_back_begins_behind_its_marker() {
    for wait in [0, 5] {
        let rig = Setup { processor: "{max_stale: 30s}".into(), ..setup(ALONE) }.start().await;
        pass(&rig, 10).await;
        let now = BEGIN + 10 * SECOND;
        rig.submit(request(vec![point("a", now - SECOND, now, 5)])).await.expect("taken");
        rig.settle().await;
        let mut second = 11;
        while counts(&rig)[1] == 0 {
            pass(&rig, 1).await;
            second += 1;
        }
        let end = milliseconds(BEGIN + second * SECOND);
        pass(&rig, wait).await;
        rig.submit(request(vec![point("a", now, BEGIN + second * SECOND, 2)])).await.expect("taken");
        rig.settle().await;
        let mut expected = run(2, milliseconds(now), 5.0);
        expected.push((end, f64::from_bits(STALE)));
        expected.extend(run(2, end + 3, 2.0));
        let bits = |all: &[(i64, f64)]| all.iter().map(|(time, value)| (*time, value.to_bits())).collect::<Vec<_>>();
        assert_eq!(bits(&written(&rig)["a"]), bits(&expected), "after {wait} s");
    }
}

/// A back-end that does not answer: repeats take no more than a quarter of the queue, what is left out is counted, and points
/// are taken.
#[tokio::test]
async fn repeats_leave_room_for_points() {
    const ROOM: usize = 200_000;
    let exporter = "    timeout: 0s\n    retry_on_failure: {max_elapsed_time: 0s}".into();
    let rig = Setup { queue_bytes: Some(ROOM), exporter, processor: "{max_stale: 2h}".into(), ..setup(ALONE) };
    let rig = rig.start().await;
    for round in 0..10 {
        let points = (0..50).map(|n| point(&format!("r{round}n{n}"), BEGIN, BEGIN, 5)).collect();
        rig.submit(request(points)).await.expect("taken");
        rig.settle().await;
    }
    rig.sink.script([Say::Nothing]);
    let mut second = 10;
    while counts(&rig)[2] == 0 {
        pass(&rig, 10).await;
        second += 10;
        assert!(second < 3 * 3_600, "no repeat is left out: {:?}", counts(&rig));
    }
    let before = counts(&rig);
    pass(&rig, 300).await;
    let held = rig.written().budget.used();
    assert!(held <= ROOM / 4 + ROOM / 20, "{held} bytes");
    let after = counts(&rig);
    // Of 2,500: compression makes room for a few.
    assert!(after[2] > before[2] + 2_000, "{before:?}, {after:?}");
    let now = BEGIN + (second + 300) * SECOND;
    rig.submit(request(vec![point("new", now - SECOND, now, 5)])).await.expect("taken");
}

/// Somebody who knows tells the writers that they are the only ones from a time on, and later that this is not known any more:
/// totals begin behind that time, and are repeated meanwhile.
#[tokio::test]
async fn ownership_may_be_told() {
    let rig = setup("{zeros: 2}").start().await;
    let shards = rig.pipeline.shards();
    let tell = async |ownership: Ownership| shards.ask(|| ownership, |_| {}).await;
    pass(&rig, 10).await;
    let since = clock::UnixMillis(milliseconds(BEGIN + 15 * SECOND));
    tell(Ownership { since, writers: Writers::Single }).await;
    let now = BEGIN + 10 * SECOND;
    rig.submit(request(vec![point("a", now - SECOND, now, 5)])).await.expect("taken");
    pass(&rig, 200).await;
    let repeats = counts(&rig)[0];
    assert!((2..=3).contains(&repeats), "{repeats}");
    tell(Ownership { since, writers: Writers::Unknown }).await;
    pass(&rig, 300).await;
    rig.settle().await;
    assert_eq!(counts(&rig), [repeats, 0, 0, 0]);
    assert_eq!(written(&rig)["a"][..3], run(2, since.0 + 3, 5.0));
}

/// SIGTERM: what waits is sent, first totals behind their zeros first. Nothing is repeated, and nothing ends: a successor may
/// write the same series already.
#[tokio::test]
async fn a_host_that_stops_writes_what_waits() {
    let rig = setup(ALONE).start().await;
    pass(&rig, 10).await;
    let now = BEGIN + 10 * SECOND;
    rig.submit(request(vec![point("old", now - SECOND, now, 5), point("flat", now - SECOND, now, 6)]))
        .await
        .expect("taken");
    rig.settle().await;
    // A step is nearly over.
    rig.hand.advance(Duration::from_secs(49));
    let later = now + 50 * SECOND;
    rig.submit(request(vec![point("old", now, later, 1), point("new", now, later, 2)])).await.expect("taken");
    let world = rig.stop().await;
    let written = super::of_series(&world.sink.samples());
    let mut old = run(2, milliseconds(now), 5.0);
    old.push((milliseconds(later), 6.0));
    assert_eq!(written["old"], old);
    assert_eq!(written["flat"], run(2, milliseconds(now), 6.0));
    assert_eq!(written["new"], run(2, milliseconds(later), 2.0));
    let last: Vec<String> =
        world.sink.arrivals().iter().map(|arrival| arrival.samples[0].label("stream").to_owned()).collect();
    assert_eq!(last[last.len() - 2..], ["new", "old"]);
}
