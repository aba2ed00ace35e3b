//! A back-end that is away for long.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use pipeline::intake::refusal::Refusal;

use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, CUMULATIVE, DELTA, SECOND, point, request_of, sum, text};
use crate::support::sink::Say;

/// Each stream has a point every so many seconds.
const PERIOD: usize = 6;

/// Bytes of labels that a stream of Claude Code has.
const LABELS: usize = 430;

/// One second's points: of a sixth of the streams.
fn points(streams: usize, second: usize) -> Bytes {
    let time = BEGIN + second as u64 * SECOND;
    let own = (0..streams).filter(|stream| stream % PERIOD == second % PERIOD);
    let point = |stream: usize| {
        let mut point = point(&format!("s{stream}"), time - PERIOD as u64 * SECOND, time, 1);
        point.attributes.push(text("session", &format!("{stream:0width$}", width = LABELS - 60)));
        point
    };
    request_of(vec![text("service.name", "test")], vec![sum("n", DELTA, own.map(point).collect())])
}

/// Lets a second pass in which the lanes do what they can.
async fn pass(rig: &Rig) {
    rig.flush().await;
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// An outage of so many seconds with so many streams, and a queue that is as large for them as that of the defaults for 120,000.
async fn survive(streams: usize, seconds: usize) {
    let queue_bytes = (256 << 20) / (120_000 / streams);
    let rig = Setup { queue_bytes: Some(queue_bytes), batch: 8_192, ..Setup::default() }.start().await;
    for second in 0..PERIOD {
        rig.submit(points(streams, second)).await.expect("taken");
        pass(&rig).await;
    }
    rig.sink.wait_for_samples(streams).await;
    rig.sink.script(std::iter::repeat_n(Say::Status(503), 1_000_000));
    for second in PERIOD..PERIOD + seconds {
        rig.submit(points(streams, second)).await.expect("taken");
        pass(&rig).await;
        let held = rig.written().budget.used();
        assert!(held <= queue_bytes, "{held} bytes after {second} s");
    }
    rig.sink.forget_script();
    let sent = &rig.written().sent;
    while sent.waiting.load(Ordering::Relaxed) + sent.apart.load(Ordering::Relaxed) > 0
        || rig.written().budget.used() > 0
    {
        pass(&rig).await;
    }
    let lost = [&sent.refused, &sent.given_up, &sent.unsent].map(|count| count.load(Ordering::Relaxed));
    assert_eq!(lost, [0; 3]);
    let mut last: BTreeMap<String, f64> = BTreeMap::new();
    for sample in rig.sink.samples() {
        let before = last.insert(sample.label("stream").to_owned(), sample.value);
        assert!(before.is_none_or(|before| before < sample.value), "{sample:?}");
    }
    assert_eq!(last.len(), streams);
    let total = |stream: usize| (0..PERIOD + seconds).filter(|second| stream % PERIOD == second % PERIOD).count();
    for stream in 0..streams {
        assert_eq!(last.get(&format!("s{stream}")), Some(&(total(stream) as f64)), "s{stream}");
    }
}

/// Scenario: a back-end is away for ten minutes, a twentieth of 120,000 streams and of 20,000 points a second, a twentieth of the
/// default queue. Guarantee: no request is refused, nothing is lost, and the totals that arrive in the end are exact.
#[tokio::test]
async fn ten_minutes_are_survived() {
    survive(6_000, 600).await;
}

/// The same in full size: `cargo test --release --test pipeline -- --ignored outage`.
#[tokio::test]
#[ignore = "twelve million points take minutes where nothing is optimised"]
async fn ten_minutes_are_survived_in_full_size() {
    survive(120_000, 600).await;
}

/// Scenario: what passes by, gauges and totals of others, while a back-end is away. Guarantee: when room runs short they are
/// refused, retryably, and what was taken arrives.
#[tokio::test]
async fn what_passes_by_is_refused_when_room_runs_short() {
    const ROOM: usize = 20_000;
    let rig = Setup { queue_bytes: Some(ROOM), ..Setup::default() }.start().await;
    rig.sink.script(std::iter::repeat_n(Say::Status(503), 1_000_000));
    let mut taken = BTreeSet::new();
    let refusal = loop {
        let second = taken.len() as u64;
        let time = BEGIN + second * SECOND;
        let sum = sum(
            "n",
            CUMULATIVE,
            (0..20).map(|n| point(&format!("s{n}"), BEGIN - SECOND, time, second as i64)).collect(),
        );
        match rig.submit(request_of(vec![text("service.name", "test")], vec![sum])).await {
            Ok(_) => taken.insert(second),
            Err(refusal) => break refusal,
        };
        assert!(second < 10_000, "it never fills");
        pass(&rig).await;
    };
    assert!(matches!(refusal, Refusal::Full(_)) && refusal.may_retry(), "{refusal:?}");
    assert!(rig.written().budget.used() <= ROOM);
    rig.sink.forget_script();
    while rig.sink.samples().len() < 20 * taken.len() {
        pass(&rig).await;
    }
}

/// Scenario: a back-end is away for an hour, and streams of which some have no new point meanwhile. Guarantee: the totals that
/// waited arrive with the oldest time that it takes, as it would refuse their own; later ones have later times, and all are
/// right. What passes by, such as gauges, is left out and counted.
#[tokio::test]
async fn totals_that_waited_get_another_time() {
    let exporter = "    target_info: {enabled: false}".to_owned();
    let processor = "{max_stale: 3h}".into();
    let rig = Setup { exporter, processor, ..Setup::default() }.start().await;
    let with = |stream: &str, second: u64| {
        let time = BEGIN + second * SECOND;
        let total = sum("n", DELTA, vec![point(stream, time - SECOND, time, 1)]);
        let passing = sum("m", CUMULATIVE, vec![point(stream, BEGIN - SECOND, time, 7)]);
        request_of(vec![text("service.name", "test")], vec![total, passing])
    };
    rig.sink.script(std::iter::repeat_n(Say::Status(503), 1_000_000));
    rig.submit(with("silent", 0)).await.expect("taken");
    for minute in 0..60 {
        rig.submit(with("busy", minute * 60)).await.expect("taken");
        for _ in 0..6 {
            rig.pass(Duration::from_secs(10)).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    rig.sink.forget_script();
    let sent = &rig.written().sent;
    while sent.waiting.load(Ordering::Relaxed) + sent.apart.load(Ordering::Relaxed) > 0
        || rig.written().budget.used() > 0
    {
        pass(&rig).await;
    }
    rig.submit(with("silent", 3_590)).await.expect("taken");
    rig.settle().await;
    let samples = rig.sink.samples();
    let of = |name: &str, stream: &str| -> Vec<(i64, f64)> {
        let own = samples.iter().filter(|sample| sample.label("__name__") == name && sample.label("stream") == stream);
        own.map(|sample| ((sample.time - (BEGIN / 1_000_000) as i64) / 1_000, sample.value)).collect()
    };
    let silent = of("n_total", "silent");
    assert_eq!(silent.iter().map(|(_, value)| *value).collect::<Vec<_>>(), [1.0, 2.0]);
    assert!(silent[0].0 >= 590 && silent[1].0 >= silent[0].0, "{silent:?}");
    let busy = of("n_total", "busy");
    assert_eq!(busy.last().map(|(_, value)| *value), Some(60.0));
    assert!(busy.is_sorted_by(|a, b| a.0 <= b.0 && a.1 < b.1), "{busy:?}");
    assert!(of("m_total", "silent").iter().all(|(time, _)| *time >= 600));
    assert!(rig.written().written.too_old.load(Ordering::Relaxed) > 0);
    assert!(rig.written().written.late.load(Ordering::Relaxed) > 0);
    assert_eq!(sent.refused.load(Ordering::Relaxed), 0);
}
