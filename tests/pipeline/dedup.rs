//! A request that was sent twice changes nothing.

use std::sync::atomic::Ordering;

use crate::harness::Setup;
use crate::support::otlp::{BEGIN, SECOND, point, request};

/// At once, and behind newer requests.
#[tokio::test]
async fn requests_sent_twice_change_nothing() {
    let rig = Setup::default().start().await;
    let requests: Vec<_> = (0..4)
        .map(|minute| {
            let time = BEGIN - (4 - minute) * 60 * SECOND;
            request(vec![point("a", time - 60 * SECOND, time, 1), point("b", time - 60 * SECOND, time, 10)])
        })
        .collect();
    for bytes in &requests {
        rig.submit(bytes.clone()).await.expect("taken");
        assert_eq!(rig.submit(bytes.clone()).await.expect("taken again").dropped.total(), 0);
    }
    for bytes in &requests {
        rig.submit(bytes.clone()).await.expect("taken a third time");
    }
    assert_eq!(rig.resent(), 16);
    rig.settle().await;
    let samples = rig.sink.samples();
    let last = |stream| samples.iter().rfind(|sample| sample.label("stream") == stream).map(|sample| sample.value);
    assert_eq!((last("a"), last("b")), (Some(4.0), Some(40.0)));
}

/// Within one request, far apart and close together.
#[tokio::test]
async fn points_that_come_twice_in_one_request() {
    let rig = Setup::default().start().await;
    let one = || point("a", BEGIN - SECOND, BEGIN, 1);
    let mut points = vec![one(), one()];
    points.extend((0..3_000).map(|n| point(&format!("filler {n}"), 1, BEGIN, 1)));
    points.push(one());
    rig.submit(request(points)).await.expect("taken");
    assert_eq!(rig.resent(), 2);
    rig.flush().await;
    rig.sink.wait_for_samples(3_001).await;
    let samples = rig.sink.samples();
    let values: Vec<f64> =
        samples.iter().filter(|sample| sample.label("stream") == "a").map(|sample| sample.value).collect();
    assert_eq!(values, [1.0]);
}

/// The same value in another interval is another point; so is the same interval with another value.
#[tokio::test]
async fn alike_is_not_the_same() {
    let rig = Setup::default().start().await;
    let points = [
        point("a", BEGIN - 2 * SECOND, BEGIN - SECOND, 1),
        point("a", BEGIN - SECOND, BEGIN, 1),
        point("a", BEGIN - SECOND, BEGIN, 2),
        point("a", BEGIN - 2 * SECOND, BEGIN, 1),
    ];
    for one in points {
        rig.submit(request(vec![one])).await.expect("taken");
    }
    assert_eq!(rig.resent(), 0);
    rig.settle().await;
    assert_eq!(rig.sink.samples().last().map(|sample| sample.value), Some(5.0));
}

/// What is older than the window cannot be judged: it is added, and counted.
#[tokio::test]
async fn older_than_the_window_is_added_and_counted() {
    let rig = Setup::default().start().await;
    let old = request(vec![point("a", BEGIN - 700 * SECOND, BEGIN - 600 * SECOND, 1)]);
    rig.submit(old.clone()).await.expect("taken");
    rig.submit(request(vec![point("a", BEGIN - SECOND, BEGIN, 1)])).await.expect("taken");
    rig.submit(old).await.expect("taken");
    assert_eq!(rig.pipeline.view.shards[0].unjudged.load(Ordering::Relaxed), 0, "the window had room for it");
    for second in 1..=6 {
        let time = BEGIN + second * SECOND;
        rig.submit(request(vec![point("a", time - SECOND, time, 1)])).await.expect("taken");
    }
    rig.submit(request(vec![point("a", BEGIN - 700 * SECOND, BEGIN - 600 * SECOND, 1)])).await.expect("taken");
    assert_eq!(rig.pipeline.view.shards[0].unjudged.load(Ordering::Relaxed), 1);
}

/// Points that say nothing of their time are each new, within a request and from one to the next, in their own output and in
/// one that they share.
#[tokio::test]
async fn what_has_no_time_is_always_new() {
    for (processors, filter) in [
        ("[deltatocumulative, batch]", "{rules: [{delete: nothing}]}"),
        ("[attribute_filter, deltatocumulative, batch]", "{rules: [{delete: stream}]}"),
    ] {
        let rig = Setup { processors, filter, ..Setup::default() }.start().await;
        for _ in 0..3 {
            let points = (0..3).map(|_| point("a", 0, 0, 1)).collect();
            rig.submit(request(points)).await.expect("taken");
        }
        assert_eq!(rig.resent(), 0, "{processors}");
        rig.settle().await;
        let last = rig.sink.samples().last().map(|sample| sample.value);
        assert_eq!(last, Some(9.0), "{processors}");
    }
}
