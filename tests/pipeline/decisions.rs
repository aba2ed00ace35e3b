//! New streams are decided about once, and nobody waits for that who need not.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use otlp::key::Keyer;
use pipeline::decide::DECISION_TIME;
use pipeline::intake::refusal::Refusal;
use tokio::task::JoinSet;

use crate::harness::{Rig, Setup};
use crate::native::{Native, intake, spawn, submit};
use crate::support::otlp::{BEGIN, DELTA, SECOND, point, request, request_of, sum, text};

/// A request with a point of each stream of a range.
fn streams(range: std::ops::Range<usize>, round: u64) -> Bytes {
    let time = BEGIN + round * SECOND;
    request(range.map(|stream| point(&format!("s{stream}"), time - SECOND, time, 1)).collect())
}

/// Many threads bring the same new streams at the same time, in requests that overlap.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn each_stream_is_decided_about_once() {
    const THREADS: usize = 8;
    const STREAMS: usize = 3_000;
    for shards in [1, 4] {
        let rig = Arc::new(Setup { shards, ..Setup::faulty("reads: [1, 2, 3]") }.start().await);
        let mut senders = JoinSet::new();
        for thread in 0..THREADS {
            let rig = Arc::clone(&rig);
            senders.spawn(async move {
                for part in 0..10 {
                    let begin = (part + thread) % 10 * (STREAMS / 10);
                    let points = streams(begin..begin + STREAMS / 10, 1 + thread as u64);
                    rig.submit(points).await.expect("taken");
                }
            });
        }
        while let Some(sent) = senders.join_next().await {
            sent.expect("no panic");
        }
        assert_eq!(rig.decided(), STREAMS as u64, "{shards} shards");
        rig.pass(Duration::from_secs(1)).await;
        assert_eq!(rig.streams(), STREAMS);
    }
}

/// While a stage takes its time to decide, streams that are known and other pipelines go on. A request whose streams take too
/// long is to be sent again; what was decided until then stays decided.
#[tokio::test]
async fn a_slow_stage_delays_nobody_else() {
    const STREAMS: usize = 10_000;
    let keyer = Keyer::random();
    for shards in [1, 2] {
        let (slow, quick) = (Native::start(shards, &keyer), Native::start(shards, &keyer));
        let (into_slow, into_quick) = (intake(&keyer, [&slow]), intake(&keyer, [&quick]));
        quick.turnstile.allow(1_000);
        slow.turnstile.allow(1);
        submit(&into_slow, streams(STREAMS..STREAMS + 1, 1)).await.expect("taken");
        let before = slow.turnstile.asked();
        let sender = spawn(&into_slow, streams(0..STREAMS, 1));
        slow.is_asked(before).await;
        slow.turnstile.allow(2);
        submit(&into_quick, streams(0..STREAMS, 1)).await.expect("taken");
        submit(&into_slow, streams(STREAMS..STREAMS + 1, 2)).await.expect("it is known");
        assert!(!sender.is_finished());
        slow.hand.advance(DECISION_TIME);
        let refused = sender.await.expect("no panic").expect_err("it takes too long");
        assert!(matches!(refused, Refusal::Undecided) && refused.may_retry(), "{refused}");
        assert_eq!(slow.written(), 2);
        slow.turnstile.allow(1_000);
        submit(&into_slow, streams(0..STREAMS, 1)).await.expect("now there is time");
        assert_eq!((slow.decided(), slow.written()), (STREAMS as u64 + 1, STREAMS as u64 + 2));
        assert_eq!(slow.turnstile.asked(), STREAMS as u64 + 1, "nothing is asked twice");
    }
}

/// A receiver feeds two pipelines: where one of them cannot take a request the other gets nothing of it either.
#[tokio::test]
async fn what_one_pipeline_refuses_no_other_has_counted() {
    let keyer = Keyer::random();
    for shards in [1, 2] {
        let (first, second) = (Native::start(shards, &keyer), Native::start(shards, &keyer));
        let both = intake(&keyer, [&first, &second]);
        first.turnstile.allow(1_000);
        // Its queue is full; both have decided by then.
        second.turnstile.allow(1);
        let budget = second.queue.reserve(second.queue.limit()).expect("it is empty");
        let few = if shards == 1 { 0..10 } else { 0..1 };
        let refused = submit(&both, streams(few.clone(), 1)).await.expect_err("there is no room");
        assert!(matches!(refused, Refusal::Full(_)), "{refused}");
        drop(budget);
        let asked = second.turnstile.asked();
        // Its stage does not decide.
        let sender = spawn(&both, streams(20..30, 1));
        second.is_asked(asked).await;
        second.hand.advance(DECISION_TIME);
        let refused = sender.await.expect("no panic").expect_err("it takes too long");
        assert!(matches!(refused, Refusal::Undecided), "{refused}");
        assert_eq!((first.written(), second.written()), (0, 0));
        second.turnstile.allow(1_000);
        // One of its descriptions is malformed.
        let mut broken = streams(30..50, 1).to_vec();
        let place = broken.windows(3).position(|window| window == b"s49").expect("it is there");
        broken[place] = 0xFF;
        let refused = submit(&both, broken.into()).await.expect_err("malformed");
        assert!(matches!(refused, Refusal::Malformed { .. }), "{refused}");
        assert_eq!((first.written(), second.written()), (0, 0));
        let before = (first.turnstile.asked(), second.turnstile.asked());
        let accepted = submit(&both, streams(few, 1)).await.expect("taken");
        let points = accepted.points;
        assert_eq!((first.written(), second.written()), (points, points));
        let asked = (first.turnstile.asked(), second.turnstile.asked());
        assert_eq!(asked, before, "what was decided before a refusal stays");
        for pipeline in [&first, &second] {
            assert_eq!(pipeline.queue.used(), 0);
            pipeline.is_empty().await;
        }
    }
}

/// Who sends to two pipelines streams that both know waits for nobody who decides.
#[tokio::test]
async fn known_streams_of_two_pipelines_wait_for_nobody() {
    let keyer = Keyer::random();
    for shards in [1, 2] {
        let (first, second) = (Native::start(shards, &keyer), Native::start(shards, &keyer));
        let both = intake(&keyer, [&first, &second]);
        for pipeline in [&first, &second] {
            pipeline.turnstile.allow(shards as u64);
        }
        submit(&both, streams(0..100, 1)).await.expect("taken");
        submit(&both, streams(0..100, 2)).await.expect("no stage is asked, as none would answer");
        assert_eq!((first.written(), second.written()), (200, 200));
    }
}

/// Who waits for a decision keeps no room in a queue from others.
#[tokio::test]
async fn who_waits_for_a_decision_holds_no_room() {
    let keyer = Keyer::random();
    for shards in [1, 2] {
        let pipeline = Native::start(shards, &keyer);
        let into_it = intake(&keyer, [&pipeline]);
        let sender = spawn(&into_it, streams(0..100, 1));
        pipeline.is_asked(0).await;
        assert_eq!(pipeline.queue.used(), 0, "{shards} shards");
        pipeline.turnstile.allow(1_000);
        sender.await.expect("no panic").expect("taken");
        assert_eq!((pipeline.written(), pipeline.queue.used()), (100, 0));
    }
}

/// Whoever hangs up while a stage decides has its streams decided about once all the same.
#[tokio::test]
async fn who_hangs_up_is_not_decided_about_twice() {
    let keyer = Keyer::random();
    for shards in [1, 2] {
        let pipeline = Native::start(shards, &keyer);
        let into_it = intake(&keyer, [&pipeline]);
        let sender = spawn(&into_it, streams(0..100, 1));
        pipeline.is_asked(0).await;
        sender.abort();
        assert!(sender.await.is_err_and(|ended| ended.is_cancelled()));
        pipeline.turnstile.allow(1_000);
        submit(&into_it, streams(0..100, 1)).await.expect("taken");
        assert_eq!((pipeline.decided(), pipeline.written()), (100, 100), "{shards} shards");
        pipeline.is_empty().await;
    }
}

/// A stream that was forgotten and comes back is decided about again; one that comes in other bytes is not.
#[tokio::test]
async fn streams_that_come_back_are_decided_about_again() {
    for shards in [1, 3] {
        let rig = Setup { shards, processor: "{max_stale: 10s}".into(), ..Setup::default() }.start().await;
        rig.submit(streams(0..9, 1)).await.expect("taken");
        let time = BEGIN + 2 * SECOND;
        let mut other_form = point("s3", time - SECOND, time, 1);
        other_form.attributes.insert(0, text("a", "b"));
        let mut reversed = other_form.clone();
        reversed.attributes.reverse();
        for form in [other_form, reversed] {
            rig.submit(request(vec![form])).await.expect("taken");
        }
        assert_eq!(rig.decided(), 10, "{shards} shards");
        for _ in 0..3 {
            rig.pass(Duration::from_secs(60)).await;
        }
        assert_eq!(rig.streams(), 0);
        rig.submit(streams(0..9, 200)).await.expect("taken");
        assert_eq!(rig.decided(), 19, "{shards} shards");
    }
}

/// What a guest drops is dropped with its reason, also when it comes again, and decided about once.
#[tokio::test]
async fn dropped_streams_are_decided_about_once() {
    for shards in [1, 4] {
        let rig = Setup { shards, processors: "[batch]", ..Setup::default() }.start().await;
        for round in 1..=3 {
            let accepted = rig.submit(streams(0..100, round)).await.expect("taken");
            assert_eq!(accepted.dropped.total(), 100, "deltas that nobody adds up");
        }
        assert_eq!(rig.decided(), 100, "{shards} shards");
        assert_eq!(rig.dropped("delta_at_exporter"), 300);
    }
}

/// A malformed description among many new streams refuses its request whole, wherever its shard would have been.
#[tokio::test]
async fn malformed_descriptions_change_nothing_anywhere() {
    for shards in [1, 4] {
        let rig = Setup { shards, ..Setup::default() }.start().await;
        let good: Vec<_> = (0..50).map(|stream| point(&format!("s{stream}"), BEGIN, BEGIN + SECOND, 1)).collect();
        let bytes = request_of(vec![text("service.name", "test")], vec![sum("requests", DELTA, good)]);
        let mut broken = bytes.to_vec();
        let place = broken.windows(3).position(|window| window == b"s49").expect("it is there");
        broken[place] = 0xFF;
        let refused = rig.submit(broken.into()).await.expect_err("malformed");
        assert!(matches!(refused, Refusal::Malformed { .. }), "{refused}");
        rig.pass(Duration::from_secs(1)).await;
        assert_eq!((rig.streams(), total(&rig).await), (0, 0), "{shards} shards");
    }
}

/// Samples at the sink.
async fn total(rig: &Rig) -> usize {
    rig.settle().await;
    rig.sink.samples().len()
}
