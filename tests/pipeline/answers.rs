//! What the answers of a back-end lead to.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use exporters::remote_write::verdict::Reason;

use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, DELTA, SECOND, gauge, point, request, request_of, sum, text};
use crate::support::sink::Say;

/// A point of each of so many streams.
fn of_streams(streams: usize, second: u64) -> Bytes {
    let time = BEGIN + second * SECOND;
    request((0..streams).map(|n| point(&format!("s{n}"), time - SECOND, time, 1)).collect())
}

async fn submit(rig: &Rig, streams: usize, second: u64) {
    rig.submit(of_streams(streams, second)).await.expect("taken");
    rig.flush().await;
}

/// Lets a tenth of a second pass in which lanes and shards do what they can.
async fn pause(rig: &Rig) {
    tokio::time::sleep(Duration::from_millis(1)).await;
    rig.pass(Duration::from_millis(100)).await;
}

/// Moves the clock until nothing waits any more. Returns how far.
async fn drain(rig: &Rig) -> Duration {
    const STEP: Duration = Duration::from_millis(50);
    let sent = &rig.written().sent;
    let mut moved = Duration::ZERO;
    while sent.waiting.load(Ordering::Relaxed) + sent.apart.load(Ordering::Relaxed) > 0
        || rig.written().budget.used() > 0
    {
        // Lets the lanes see the clock before it moves again.
        tokio::time::sleep(Duration::from_millis(1)).await;
        rig.hand.advance(STEP);
        moved += STEP;
    }
    moved
}

fn rejected(rig: &Rig, reason: Reason) -> u64 {
    rig.written().written.rejected[reason as usize].load(Ordering::Relaxed)
}

fn refused(rig: &Rig) -> u64 {
    rig.written().sent.refused.load(Ordering::Relaxed)
}

/// The streams of which samples have arrived.
fn arrived(rig: &Rig) -> BTreeSet<String> {
    rig.sink.samples().iter().map(|sample| sample.label("stream").to_owned()).collect()
}

/// Scenario: of requests of 2,000 and 8,192 samples a few are refused, wherever they are, by a back-end that then stores
/// nothing of the request. Guarantee: only they are missing, they are counted by the reason that was given, and they are found
/// with about 2k log2(n/k) requests.
#[tokio::test]
async fn bad_samples_cost_themselves() {
    let mut random = fastrand::Rng::with_seed(11);
    for (samples, bad) in [(2_000, 1), (2_000, 3), (2_000, 5), (2_000, 50), (8_192, 5)] {
        let rig = Setup { batch: samples + 1, ..Setup::default() }.start().await;
        let mut poisoned = BTreeSet::new();
        while poisoned.len() < bad {
            poisoned.insert(format!("s{}", random.usize(..samples)));
        }
        for stream in &poisoned {
            rig.sink.poison(stream, Say::Text(400, "out of order sample"));
        }
        submit(&rig, samples, 0).await;
        drain(&rig).await;
        let expected: BTreeSet<String> = (0..samples).map(|n| format!("s{n}")).collect();
        assert_eq!(&arrived(&rig) | &poisoned, expected);
        assert_eq!(arrived(&rig).len() + poisoned.len(), samples);
        assert_eq!((refused(&rig), rejected(&rig, Reason::OutOfOrder)), (bad as u64, bad as u64));
        let bound = 2.0 * bad as f64 * ((samples as f64 / bad as f64).log2() + 1.0) + 4.0;
        let requests = rig.sink.arrivals().len();
        assert!(requests as f64 <= bound, "{requests} requests for {bad} of {samples}, more than {bound}");
    }
}

/// Scenario: one series is refused in every request, of which one comes each second. Guarantee: every other sample arrives, once
/// the series is known no request is refused for it, and it is tried apart once a second.
#[tokio::test]
async fn a_poisonous_series_is_sent_apart() {
    const ROUNDS: u64 = 60;
    let rig = Setup::default().start().await;
    rig.sink.poison("s7", Say::Text(400, "out of bounds"));
    for second in 0..3 {
        submit(&rig, 100, second).await;
    }
    drain(&rig).await;
    let before = rig.sink.arrivals().len();
    for second in 3..ROUNDS {
        submit(&rig, 100, second).await;
        rig.sink.wait_for_samples(99 * (second as usize + 1)).await;
    }
    let arrivals = rig.sink.arrivals();
    let own = arrivals[before..].iter().filter(|request| !request.taken).count();
    let others = arrivals.len() - before - own;
    // A request is cut in two around it.
    assert!(own <= others / 2 + 2, "{own} for it, {others} others");
    drain(&rig).await;
    assert_eq!(rig.sink.samples().len(), 99 * ROUNDS as usize);
    assert_eq!(refused(&rig), ROUNDS);
    // It heals: its next total arrives.
    rig.sink.heal();
    submit(&rig, 100, ROUNDS).await;
    drain(&rig).await;
    let own: Vec<f64> =
        rig.sink.samples().iter().filter(|sample| sample.label("stream") == "s7").map(|sample| sample.value).collect();
    assert_eq!(own, [(ROUNDS + 1) as f64]);
}

/// Scenario: a back-end stores what is good in a request and answers 400. Guarantee: nothing is sent again, and what was
/// refused is counted by reason, as far as that is known.
#[tokio::test]
async fn cortex_stores_the_good_part() {
    let rig = Setup { exporter: "    receiver: cortex".into(), ..Setup::default() }.start().await;
    rig.sink.take_parts();
    rig.sink.poison("s3", Say::Text(400, "user=u: err: out of order sample"));
    submit(&rig, 100, 0).await;
    drain(&rig).await;
    assert_eq!(arrived(&rig).len(), 99);
    let partial = rig.written().written.partial[Reason::OutOfOrder as usize].load(Ordering::Relaxed);
    assert!(partial >= 100, "{partial}");
    assert_eq!((refused(&rig), rig.written().sent.divided.load(Ordering::Relaxed)), (0, 0));
}

/// Scenario: a back-end stores what is good in a request, answers 400, and does not say what was bad. Guarantee: the newest totals
/// of the series in the request are written once more, at a new time, and only once; what has a newer total is not repeated, nor
/// is anything where labels are to blame.
#[tokio::test]
async fn totals_are_written_once_more() {
    for (text, repeats) in [("sample-out-of-order", 1), ("label_value_too_long", 0)] {
        let exporter = "    receiver: cortex\n    target_info: {enabled: false}".to_owned();
        let rig = Setup { exporter, ..Setup::default() }.start().await;
        rig.sink.take_parts();
        rig.sink.poison("s3", Say::Text(400, text));
        submit(&rig, 10, 0).await;
        drain(&rig).await;
        for _ in 0..5 {
            rig.flush().await;
            drain(&rig).await;
        }
        let sizes = rig.sink.sizes();
        assert_eq!(sizes, [vec![10], vec![10; repeats]].concat(), "{text}");
        rig.sink.heal();
        submit(&rig, 10, 20).await;
        drain(&rig).await;
        let samples = rig.sink.samples();
        for stream in 0..10 {
            let own: Vec<_> = samples.iter().filter(|sample| sample.label("stream") == format!("s{stream}")).collect();
            assert!(own.is_sorted_by(|a, b| a.time < b.time), "{own:?}");
            assert_eq!(own.len(), if stream == 3 { 1 } else { 2 + repeats });
            assert_eq!(own.last().map(|sample| sample.value), Some(2.0));
        }
    }
}

/// Scenario: a back-end has a limit of series. Guarantee: what it knows is stored, the others are counted only when they were
/// refused alone, and arrive with their next point once there is room; both kinds of back-end.
#[tokio::test]
async fn series_limits_pass() {
    for receiver in ["cortex", "prometheus"] {
        let rig = Setup { exporter: format!("    receiver: {receiver}"), ..Setup::default() }.start().await;
        if receiver == "cortex" {
            rig.sink.take_parts();
        }
        submit(&rig, 40, 0).await;
        drain(&rig).await;
        let known = rig.sink.all_samples().iter().map(|sample| &sample.labels).collect::<BTreeSet<_>>().len();
        rig.sink.limit_series(Some(known));
        submit(&rig, 43, 1).await;
        drain(&rig).await;
        assert_eq!(arrived(&rig).len(), 40);
        assert_eq!(rig.sink.samples().len(), 80, "the known series went on");
        assert_eq!(rejected(&rig, Reason::SeriesLimit), 3, "{receiver}");
        rig.sink.limit_series(None);
        submit(&rig, 43, 2).await;
        drain(&rig).await;
        assert_eq!((arrived(&rig).len(), rig.sink.samples().len()), (43, 80 + 43));
        assert_eq!(refused(&rig), 3);
    }
}

/// A back-end that finds requests too large gets smaller ones, and is not asked again for what it has refused.
#[tokio::test]
async fn large_requests_are_cut() {
    let rig = Setup { exporter: "    target_info: {enabled: false}".into(), ..Setup::default() }.start().await;
    rig.sink.script([Say::Status(413), Say::Status(413)]);
    submit(&rig, 100, 0).await;
    rig.sink.wait_for_samples(100).await;
    assert_eq!(rig.sink.sizes(), [100, 50, 25, 25, 25, 25]);
    assert_eq!(refused(&rig), 0);
}

/// Scenario: a flood of 429. Guarantee: the back-end is asked ever more rarely and for less; everything arrives once.
#[tokio::test]
async fn a_flood_of_429() {
    let rig = Setup { exporter: "    target_info: {enabled: false}".into(), ..Setup::default() }.start().await;
    rig.sink.script(std::iter::repeat_n(Say::Status(429), 20));
    submit(&rig, 100, 0).await;
    let moved = drain(&rig).await;
    assert_eq!(rig.sink.samples().len(), 100);
    let sizes = rig.sink.sizes();
    assert_eq!(sizes[..9], [100, 100, 50, 25, 12, 6, 3, 1, 1]);
    assert!(sizes.len() <= 20 + 12, "{sizes:?}");
    // Twenty waits from 50 ms on, half as much again each time, up to 30 s, half of them at least.
    assert!(moved >= Duration::from_secs(60), "{moved:?}");
    assert_eq!((refused(&rig), rig.written().sent.given_up.load(Ordering::Relaxed)), (0, 0));
}

/// Scenario: a status that is the endpoint's fault. Guarantee: nothing is lost, it is asked again after long pauses, and what
/// waits arrives when that has been mended.
#[tokio::test]
async fn closed_endpoints_are_waited_for() {
    for status in [301, 302, 307, 308, 401, 403, 404] {
        let rig = Setup::default().start().await;
        rig.sink.script(std::iter::repeat_n(Say::Status(status), 3));
        submit(&rig, 1, 0).await;
        let moved = drain(&rig).await;
        assert!(moved >= Duration::from_secs(90), "{status}: {moved:?}");
        assert_eq!(rig.sink.samples().len(), 1);
        assert_eq!((refused(&rig), rig.written().sent.given_up.load(Ordering::Relaxed)), (0, 0), "{status}");
    }
}

/// What is not wanted, whatever is in it, is not tried again, and the lane goes on.
#[tokio::test]
async fn unwanted_requests_are_lost() {
    let rig = Setup { exporter: "    target_info: {enabled: false}".into(), ..Setup::default() }.start().await;
    rig.sink.script([Say::Status(405)]);
    submit(&rig, 1, 0).await;
    submit(&rig, 1, 1).await;
    rig.sink.wait_for_samples(1).await;
    assert_eq!(rig.sink.samples()[0].value, 2.0);
    assert_eq!((refused(&rig), rig.sink.arrivals().len()), (1, 2));
}

/// Scenario: a proxy answers 500, with words that a back-end has for old samples, then the back-end is there. Guarantee: it is
/// tried again, and nothing is lost.
#[tokio::test]
async fn words_in_a_500_are_no_verdict() {
    let rig = Setup::default().start().await;
    rig.sink.script([Say::Text(500, "index out of bounds"), Say::Text(500, "too old sample")]);
    submit(&rig, 10, 0).await;
    drain(&rig).await;
    assert_eq!((rig.sink.samples().len(), refused(&rig)), (10, 0));
}

/// Scenario: every attempt with one series fails, with a 500, in the only lane. Guarantee: all others arrive; the series is
/// lost in the end, counted, and holds nobody up.
#[tokio::test]
async fn what_always_fails_holds_nobody_up() {
    let rig = Setup::default().start().await;
    rig.sink.poison("s5", Say::Status(500));
    for second in 0..30 {
        submit(&rig, 20, second).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let totals = || rig.sink.samples().iter().filter(|sample| sample.value == 30.0).count();
    for _ in 0..5_000 {
        if totals() == 19 {
            break;
        }
        pause(&rig).await;
    }
    assert_eq!(totals(), 19);
    assert!(!arrived(&rig).contains("s5"));
    rig.sink.heal();
    drain(&rig).await;
    assert_eq!(rig.written().sent.given_up.load(Ordering::Relaxed), 0);
    let last = rig.sink.samples().iter().rfind(|sample| sample.label("stream") == "s5").map(|sample| sample.value);
    assert_eq!(last, Some(30.0), "its total is right");
}

/// Points of one stream, whose resource has an attribute beside its name.
fn with_resource(key: &str, second: u64) -> Bytes {
    let time = BEGIN + second * SECOND;
    let sum = sum("n", DELTA, vec![point("a", time - SECOND, time, 1)]);
    request_of(vec![text("service.name", "test"), text(key, "x")], vec![sum])
}

fn told(rig: &Rig) -> Vec<(i64, bool)> {
    let arrivals = rig.sink.arrivals();
    let own = arrivals
        .iter()
        .filter(|request| request.samples.iter().any(|sample| sample.label("__name__") == "target_info"));
    own.map(|request| {
        assert_eq!(request.samples.len(), 1, "in a request of its own");
        ((request.samples[0].time - (BEGIN / 1_000_000) as i64) / 1_000, request.taken)
    })
    .collect()
}

/// Scenario: `target_info` is refused. Guarantee: it is neither sent again nor divided before the next minute, is counted, and
/// the samples beside it arrive.
#[tokio::test]
async fn a_refused_target_info_is_not_repeated() {
    for status in [400, 413, 429, 503] {
        let rig = Setup::default().start().await;
        rig.sink.script([Say::Status(status)]);
        for second in [0, 1, 60] {
            rig.pass(Duration::from_secs(second - (second > 1) as u64)).await;
            rig.submit(with_resource("host.arch", second)).await.expect("taken");
            rig.settle().await;
        }
        assert_eq!(told(&rig), [(-20, false), (40, true)], "{status}");
        assert_eq!(rig.sink.samples().len(), 3);
        assert_eq!(rig.written().written.rejected_targets.load(Ordering::Relaxed), 1);
        assert_eq!(rig.written().sent.retries.load(Ordering::Relaxed), 0);
    }
}

/// Scenario: the back-end is not there for two minutes. Guarantee: of `target_info` only what is of the present is sent then.
#[tokio::test]
async fn an_old_target_info_is_not_sent() {
    let rig = Setup { exporter: "    timeout: 0s".into(), ..Setup::default() }.start().await;
    // Before the first tick: the samples are in front.
    rig.sink.script(std::iter::repeat_n(Say::Status(403), 5));
    for second in 0..140 {
        rig.submit(with_resource("host.arch", second)).await.expect("taken");
        rig.flush().await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drain(&rig).await;
    let told = told(&rig);
    assert!(told.iter().all(|(second, taken)| !taken || *second >= 100), "{told:?}");
    assert!(rig.written().sent.discarded.load(Ordering::Relaxed) > 0);
    assert_eq!(rig.sink.samples().last().map(|sample| sample.value), Some(140.0));
}

/// Scenario: a resource has an attribute of which no label name can be made, and its attributes become labels. Guarantee: that
/// label is missing, nothing else.
#[tokio::test]
async fn attributes_without_a_name_cost_themselves() {
    let exporter = "    resource_to_telemetry_conversion: {enabled: true}".to_owned();
    for key in ["___", "", "host.arch"] {
        let rig = Setup { exporter: exporter.clone(), ..Setup::default() }.start().await;
        rig.submit(with_resource(key, 0)).await.expect("taken");
        rig.settle().await;
        let samples = rig.sink.samples();
        assert_eq!(samples.len(), 1, "{key:?}");
        assert_eq!(samples[0].labels.contains_key("host_arch"), key == "host.arch");
    }
}

/// Scenario: a back-end says that it has a request, and then nothing more. Guarantee: that counts: the next request goes out at
/// once, and nothing is sent again.
#[tokio::test]
async fn a_success_counts_when_its_status_is_there() {
    let rig = Setup { exporter: "    target_info: {enabled: false}".into(), ..Setup::default() }.start().await;
    rig.sink.script([Say::Drip, Say::Drip]);
    for second in 0..3 {
        submit(&rig, 1, second).await;
        rig.sink.wait_for_samples(second as usize + 1).await;
        while rig.written().sent.waiting.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    assert_eq!((rig.sink.arrivals().len(), rig.written().sent.retries.load(Ordering::Relaxed)), (3, 0));
}

/// Scenario: an attempt takes too long. Guarantee: its connection is closed, and the next one has another.
#[tokio::test]
async fn attempts_that_take_too_long_close_their_connection() {
    let rig = Setup { exporter: "    target_info: {enabled: false}".into(), ..Setup::default() }.start().await;
    rig.sink.script([Say::Nothing, Say::Nothing]);
    submit(&rig, 1, 0).await;
    drain(&rig).await;
    assert_eq!(rig.sink.arrivals().len(), 3);
    let closed = async {
        while rig.sink.connections() > 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), closed).await.expect("two of three are closed");
}

/// Scenario: a back-end has taken a request, and the connection ends before it says so. Guarantee: the same is sent again, which
/// it takes for the same: nothing is refused.
#[tokio::test]
async fn connections_that_are_cut_do_no_harm() {
    let rig = Setup { exporter: "    target_info: {enabled: false}".into(), ..Setup::default() }.start().await;
    rig.sink.script([Say::Cut]);
    submit(&rig, 100, 0).await;
    drain(&rig).await;
    submit(&rig, 100, 1).await;
    drain(&rig).await;
    assert_eq!(rig.sink.samples().len(), 200);
    assert_eq!((rig.sink.sizes(), refused(&rig)), (vec![100; 3], 0));
}

/// Scenario: the clock of the host is an hour ahead, that of the back-end is right, and one sender has points without a time.
/// Guarantee: what has a time of its own arrives; what was given the wrong one is refused alone, with its reason.
#[tokio::test]
async fn a_clock_that_is_wrong_costs_what_it_times() {
    let rig = Setup { exporter: "    target_info: {enabled: false}".into(), ..Setup::default() }.start().await;
    rig.hand.step_wall(3_600 * SECOND as i64);
    // It judges by the right time: what the host times is an hour ahead.
    rig.sink.poison("now", Say::Text(400, "out of bounds: timestamp is too far in the future"));
    let time = BEGIN + 3_590 * SECOND;
    let mut points: Vec<_> = (0..50).map(|n| point(&format!("s{n}"), time - SECOND, time, 1)).collect();
    points.insert(20, point("now", 0, 0, 1));
    rig.submit(request(points)).await.expect("taken");
    rig.flush().await;
    drain(&rig).await;
    assert_eq!((arrived(&rig).len(), refused(&rig), rejected(&rig, Reason::TooFarAhead)), (50, 1, 1));
}

/// Scenario: a gauge whose time is 0, each 200 ms, among others. Guarantee: it has the time of its arrival, and no request is
/// refused for it.
#[tokio::test]
async fn a_gauge_without_a_time_poisons_nothing() {
    let rig = Setup { exporter: "    target_info: {enabled: false}".into(), ..Setup::default() }.start().await;
    for round in 0..50_u64 {
        let time = BEGIN + round * SECOND / 5;
        let others = (0..20).map(|n| point(&format!("s{n}"), time - SECOND / 5, time, 1)).collect();
        let level = gauge("level", vec![point("zero", 0, 0, round as i64)]);
        let resource = vec![text("service.name", "test")];
        rig.submit(request_of(resource, vec![sum("n", DELTA, others), level])).await.expect("taken");
        rig.pass(Duration::from_millis(200)).await;
    }
    drain(&rig).await;
    assert_eq!((refused(&rig), rig.written().sent.divided.load(Ordering::Relaxed)), (0, 0));
    assert!(rig.sink.arrivals().iter().all(|request| request.taken));
    assert!(rig.sink.samples().iter().filter(|sample| sample.label("stream") == "zero").count() > 10);
}
