//! What a back-end tells apart is labels: streams that have the same write one series.

use std::time::Duration;

use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, CUMULATIVE, DELTA, SECOND, point, request_of, sum, text};

fn from_host(host: &str, time: u64, value: i64) -> bytes::Bytes {
    let resource = vec![text("service.name", "claude-code"), text("host.arch", host)];
    request_of(resource, vec![sum("n", DELTA, vec![point("a", time - SECOND, time, value)])])
}

/// The same counter, with totals that the host itself has made since `BEGIN`.
fn total_of(host: &str, time: u64, value: i64) -> bytes::Bytes {
    let resource = vec![text("service.name", "claude-code"), text("host.arch", host)];
    request_of(resource, vec![sum("n", CUMULATIVE, vec![point("a", BEGIN, time, value)])])
}

fn values(rig: &Rig) -> Vec<f64> {
    rig.sink.samples().iter().map(|sample| sample.value).collect()
}

/// Two hosts that differ in a resource attribute which is no label: their counters are added, in any number of shards.
#[tokio::test]
async fn streams_with_equal_labels_are_added() {
    for shards in [1, 4] {
        let rig = Setup { shards, ..Setup::default() }.start().await;
        for (host, second, value) in
            [("arm64", 1, 1), ("amd64", 2, 10), ("arm64", 3, 2), ("riscv", 4, 100), ("amd64", 5, 20)]
        {
            rig.submit(from_host(host, BEGIN + second * SECOND, value)).await.expect("taken");
            rig.settle().await;
        }
        let values: Vec<f64> = rig.sink.samples().iter().map(|sample| sample.value).collect();
        assert_eq!(values, [1.0, 11.0, 13.0, 113.0, 133.0]);
    }
}

/// Where the attribute is a label they are series of their own.
#[tokio::test]
async fn resource_labels_tell_them_apart() {
    let exporter = "    resource_to_telemetry_conversion: {enabled: true}".to_owned();
    let rig = Setup { exporter, ..Setup::default() }.start().await;
    rig.submit(from_host("arm64", BEGIN, 1)).await.expect("taken");
    rig.submit(from_host("amd64", BEGIN, 10)).await.expect("taken");
    rig.flush().await;
    rig.sink.wait_for_samples(2).await;
    let values: Vec<(String, f64)> =
        rig.sink.samples().iter().map(|sample| (sample.label("host_arch").to_owned(), sample.value)).collect();
    assert_eq!(values, [("arm64".to_owned(), 1.0), ("amd64".to_owned(), 10.0)]);
}

/// Times of a shared series rise strictly, and every increment is written at once: what is not newer than the newest
/// sample is written with the time of arrival, or a millisecond after that sample where it is ahead of the clock.
#[tokio::test]
async fn times_of_a_shared_series_rise() {
    let rig = Setup::default().start().await;
    for (host, second) in [("arm64", 2), ("amd64", 2), ("amd64", 1), ("arm64", 3)] {
        rig.submit(from_host(host, BEGIN + second * SECOND, 1)).await.expect("taken");
        rig.settle().await;
    }
    let begin = (BEGIN / 1_000_000) as i64;
    let times: Vec<i64> = rig.sink.samples().iter().map(|sample| sample.time - begin).collect();
    assert_eq!(times, [2_000, 2_001, 2_002, 3_000]);
    assert_eq!(values(&rig), [1.0, 2.0, 3.0, 4.0]);
}

/// The last word of a host whose clock is behind, and silence: the back-end has all of it.
#[tokio::test]
async fn the_last_increment_is_not_lost() {
    let rig = Setup::default().start().await;
    rig.submit(from_host("arm64", BEGIN, 10)).await.expect("taken");
    rig.settle().await;
    rig.submit(from_host("amd64", BEGIN - SECOND / 2, 7)).await.expect("taken");
    rig.settle().await;
    let last = rig.sink.samples().pop().expect("two samples");
    assert_eq!((last.value, last.time), (17.0, ((BEGIN + SECOND) / 1_000_000) as i64));
}

/// A counter that arrives cumulative from two hosts, with a point that comes late: it is no restart.
#[tokio::test]
async fn a_late_total_is_no_restart() {
    let rig = Setup::default().start().await;
    for (host, second, total) in
        [("arm64", 10, 1_000), ("amd64", 11, 500), ("arm64", 5, 900), ("arm64", 20, 1_001), ("amd64", 21, 502)]
    {
        rig.submit(total_of(host, BEGIN + second * SECOND, total)).await.expect("taken");
    }
    rig.flush().await;
    rig.sink.wait_for_samples(4).await;
    assert_eq!(values(&rig), [1_000.0, 1_500.0, 1_501.0, 1_503.0]);
}

/// One of them is silent until it is forgotten, and comes back with its total: only what it has counted meanwhile is new.
#[tokio::test]
async fn a_total_that_comes_back_is_not_added_twice() {
    let rig = Setup::default().start().await;
    rig.submit(total_of("arm64", BEGIN + SECOND, 1_000)).await.expect("taken");
    rig.submit(total_of("amd64", BEGIN + 2 * SECOND, 500)).await.expect("taken");
    for minute in 1..=10_i64 {
        rig.settle().await;
        rig.pass(Duration::from_secs(59)).await;
        let time = BEGIN + minute.unsigned_abs() * 60 * SECOND;
        rig.submit(total_of("arm64", time, 1_000 + minute)).await.expect("taken");
    }
    assert_eq!(rig.streams(), 1);
    rig.submit(total_of("amd64", BEGIN + 700 * SECOND, 505)).await.expect("taken");
    rig.flush().await;
    rig.sink.wait_for_samples(13).await;
    assert_eq!(values(&rig).last(), Some(&1_515.0));
}

/// When one of the streams ends, what it has added stays in the series.
#[tokio::test]
async fn a_shared_series_never_falls() {
    let rig = Setup { processor: "{max_stale: 1m}".into(), ..Setup::default() }.start().await;
    rig.submit(from_host("arm64", BEGIN, 5)).await.expect("taken");
    let mut now = BEGIN;
    for _ in 0..10 {
        now += 30 * SECOND;
        rig.settle().await;
        rig.pass(Duration::from_secs(29)).await;
        rig.submit(from_host("amd64", now, 1)).await.expect("taken");
    }
    assert_eq!(rig.streams(), 1);
    rig.submit(from_host("arm64", now + 1, 1)).await.expect("taken");
    rig.submit(from_host("amd64", now + SECOND, 1)).await.expect("taken");
    rig.settle().await;
    let values: Vec<f64> = rig.sink.samples().iter().map(|sample| sample.value).collect();
    assert!(values.is_sorted(), "{values:?}");
    assert_eq!(values.last(), Some(&17.0));
}

/// `target_info`: one series a resource, told once a minute while it lives, at the beginning of the minute.
#[tokio::test]
async fn resources_are_told_about() {
    let rig = Setup::default().start().await;
    for second in 0..130_u64 {
        rig.submit(from_host("arm64", BEGIN + second * SECOND, 1)).await.expect("taken");
        rig.settle().await;
    }
    rig.flush().await;
    rig.sink.wait_for_samples(130).await;
    let told: Vec<_> = rig
        .sink
        .all_samples()
        .into_iter()
        .filter(|sample| sample.label("__name__") == "target_info")
        .map(|sample| (sample.label("job").to_owned(), sample.label("host_arch").to_owned(), sample.value, sample.time))
        .collect();
    let at =
        |second: i64| ("claude-code".to_owned(), "arm64".to_owned(), 1.0, (BEGIN / 1_000_000) as i64 + second * 1000);
    // It begins twenty seconds into a minute.
    assert_eq!(told, [at(-20), at(40), at(100)]);
}

/// Many resources that are due at once fill several requests, none larger than others may be.
#[tokio::test]
async fn many_resources_fill_several_requests() {
    let rig = Setup::default().start().await;
    for host in 0..2_500 {
        rig.submit(from_host(&format!("h{host}"), BEGIN + host * SECOND / 1_000, 1)).await.expect("taken");
    }
    // They are due at the first tick, and the last of them have waited long enough at the second.
    rig.settle().await;
    rig.settle().await;
    let sizes = rig.sink.sizes();
    assert!(sizes.iter().all(|&size| size <= 1_000), "{sizes:?}");
    let told = rig.sink.all_samples().into_iter().filter(|sample| sample.label("__name__") == "target_info").count();
    assert_eq!(told, 2_500);
}

/// It can be switched off.
#[tokio::test]
async fn resources_need_not_be_told_about() {
    let exporter = "    target_info: {enabled: false}".to_owned();
    let rig = Setup { exporter, ..Setup::default() }.start().await;
    rig.submit(from_host("arm64", BEGIN, 1)).await.expect("taken");
    rig.flush().await;
    rig.sink.wait_for_samples(1).await;
    assert_eq!(rig.sink.all_samples().len(), 1);
}

/// A total that is three hours late is written with the time of arrival, for no back-end would take its own; times go on
/// rising. What is only passed by was so at its time, and is not written.
#[tokio::test]
async fn late_totals_are_written_now() {
    let rig = Setup::default().start().await;
    let late = BEGIN - 3 * 3_600 * SECOND;
    rig.submit(from_host("arm64", late, 1)).await.expect("taken");
    rig.settle().await;
    rig.submit(from_host("arm64", late + SECOND, 2)).await.expect("taken");
    let passed = request_of(vec![text("service.name", "x")], vec![sum("m", CUMULATIVE, vec![point("b", 1, late, 7)])]);
    rig.submit(passed).await.expect("taken");
    rig.settle().await;
    let begin = (BEGIN / 1_000_000) as i64;
    let samples: Vec<(f64, i64)> = rig.sink.samples().iter().map(|sample| (sample.value, sample.time)).collect();
    assert_eq!(samples, [(1.0, begin), (3.0, begin + 1_000)]);
}

/// Streams that Amazon would not take as series: more than 150 labels, labels of more than 7 KB, a replica of no cluster. Guarantee:
/// each is dropped with its reason and costs its neighbours nothing, unless the limit is switched off; other back-ends get them.
#[tokio::test]
async fn limits_of_a_series() {
    let with = |attributes: Vec<_>| {
        let mut wide = point("wide", BEGIN - SECOND, BEGIN, 1);
        wide.attributes.extend(attributes);
        wide
    };
    let many = |count| with((0..count).map(|n| text(&format!("k{n}"), "v")).collect());
    // Names and values: stream, wide, __name__, n_total, job, test, l; there is no scope.
    let own = "streamwide__name__n_totaljobtestl".len();
    let long = |bytes: usize| with(vec![text("l", &"x".repeat(bytes - own))]);
    let replica = |more: Option<_>| with([text("__replica__", "a")].into_iter().chain(more).collect());
    for (point, key, reason) in [
        (many(147), "max_labels: 0", None),
        (many(148), "max_labels: 0", Some("too_many_labels")),
        (many(148), "max_labels: 151", Some("too_many_labels")),
        (long(7_168), "max_label_bytes: 0", None),
        (long(7_169), "max_label_bytes: 0", Some("labels_too_long")),
        (replica(Some(text("cluster", "b"))), "drop_lone_replica: false", None),
        (replica(None), "drop_lone_replica: false", Some("replica_without_cluster")),
    ] {
        let points = || {
            vec![self::point("a", BEGIN - SECOND, BEGIN, 1), point.clone(), self::point("b", BEGIN - SECOND, BEGIN, 1)]
        };
        let resource = || vec![text("service.name", "test")];
        for (exporter, reason) in [
            ("    receiver: cortex".to_owned(), reason),
            (format!("    receiver: cortex\n    limits: {{{key}}}"), None),
            ("    receiver: prometheus".to_owned(), None),
        ] {
            let rig = Setup { exporter, ..Setup::default() }.start().await;
            let accepted = rig.submit(request_of(resource(), vec![sum("n", DELTA, points())])).await.expect("taken");
            assert_eq!(accepted.dropped.total(), u64::from(reason.is_some()), "{key}");
            assert_eq!(reason.map_or(1, |reason| rig.dropped(reason)), 1, "{key}");
            rig.settle().await;
            assert_eq!(rig.sink.samples().len(), if reason.is_some() { 2 } else { 3 });
        }
    }
}
