//! Who comes in and who has to go.

use std::time::Duration;

use crate::harness::Setup;
use crate::support::otlp::{BEGIN, DELTA, SECOND, gauge, point, request, request_of, sum, text};

fn points(streams: std::ops::Range<u64>, time: u64) -> bytes::Bytes {
    request(streams.map(|n| point(&format!("s{n}"), time - SECOND, time, 1)).collect())
}

const MINUTE: Duration = Duration::from_secs(60);

/// The Collector's own vector: with `max_stale` 5 min, 20 streams at minute 0 and ten of them again at minute 4 leave 10 at
/// minute 6 and none at minute 11.
#[tokio::test]
async fn idle_streams_are_forgotten() {
    let rig = Setup { processor: "{max_stale: 5m}".into(), ..Setup::default() }.start().await;
    rig.submit(points(0..20, BEGIN)).await.expect("taken");
    let mut left = Vec::new();
    for minute in 1..=11_u64 {
        rig.pass(MINUTE).await;
        if minute == 4 {
            rig.submit(points(0..10, BEGIN + 240 * SECOND)).await.expect("taken");
        }
        left.push(rig.streams());
    }
    assert_eq!(left[..4], [20; 4]);
    assert_eq!(left[5], 10, "{left:?}");
    assert_eq!(left[10], 0, "{left:?}");
}

/// Idle time is time that has passed. A wall clock that somebody sets a year forward, or back, ends nothing, and what was
/// idle before it was set goes when its time has come.
#[tokio::test]
async fn setting_the_wall_clock_ends_nothing() {
    const YEAR: i64 = 365 * 24 * 3600 * 1_000_000_000;
    for step in [YEAR, -YEAR] {
        let rig = Setup { processor: "{max_stale: 5m}".into(), ..Setup::default() }.start().await;
        // Those that a stage holds state of, and others.
        rig.submit(points(0..20, BEGIN)).await.expect("taken");
        let passing = request_of(Vec::new(), vec![gauge("g", vec![point("a", 0, BEGIN, 1)])]);
        rig.submit(passing).await.expect("taken");
        rig.sink.expect_refusals();
        rig.hand.step_wall(step);
        for _ in 1..=4 {
            rig.pass(MINUTE).await;
            assert_eq!(rig.streams(), 21, "set by {step}");
        }
        for _ in 5..=7 {
            rig.pass(MINUTE).await;
        }
        assert_eq!(rig.streams(), 0, "set by {step}");
    }
}

/// A stream that comes back begins anew, and its place was free meanwhile.
#[tokio::test]
async fn streams_come_back() {
    let rig = Setup { processor: "{max_stale: 1m}".into(), ..Setup::default() }.start().await;
    for round in 0..4_u64 {
        let time = BEGIN + round * 601 * SECOND;
        rig.submit(points(0..5, time)).await.expect("taken");
        rig.settle().await;
        rig.submit(points(0..5, time + SECOND)).await.expect("taken");
        rig.settle().await;
        for _ in 0..10 {
            rig.pass(MINUTE).await;
        }
        assert_eq!(rig.streams(), 0);
    }
    rig.sink.wait_for_samples(40).await;
    let samples = rig.sink.samples();
    let values: Vec<f64> =
        samples.iter().filter(|sample| sample.label("stream") == "s3").map(|sample| sample.value).collect();
    assert_eq!(values, [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
}

/// What is kept against repeats outlives the stream: a retry that comes when the stream has gone is recognised, whether the
/// stream came back before it or not; and the stream begins anew.
#[tokio::test]
async fn retries_are_recognised_when_their_stream_has_gone() {
    let rig = Setup { processor: "{max_stale: 1m}".into(), ..Setup::default() }.start().await;
    rig.submit(points(0..5, BEGIN)).await.expect("taken");
    rig.settle().await;
    for _ in 0..3 {
        rig.pass(MINUTE).await;
    }
    assert_eq!((rig.streams(), rig.held(0)), (0, 0));
    rig.submit(points(0..5, BEGIN)).await.expect("taken again");
    assert_eq!((rig.resent(), rig.held(0)), (5, 5));
    let later = BEGIN + 180 * SECOND;
    rig.submit(points(0..5, later)).await.expect("taken");
    rig.settle().await;
    for _ in 0..3 {
        rig.pass(MINUTE).await;
    }
    assert_eq!(rig.streams(), 0);
    for time in [later, BEGIN] {
        rig.submit(points(0..5, time)).await.expect("taken again");
    }
    assert_eq!(rig.resent(), 15);
    rig.settle().await;
    let samples = rig.sink.samples();
    let values: Vec<f64> =
        samples.iter().filter(|sample| sample.label("stream") == "s3").map(|sample| sample.value).collect();
    assert_eq!(values, [1.0, 1.0]);
}

/// The same where streams have been made one: each of them is known by itself, also when all have gone.
#[tokio::test]
async fn retries_of_merged_streams_are_recognised() {
    let rig = Setup {
        processor: "{max_stale: 1m}".into(),
        processors: "[attribute_filter, deltatocumulative, batch]",
        filter: "{rules: [{delete: stream}]}",
        ..Setup::default()
    };
    let rig = rig.start().await;
    for _ in 0..3 {
        rig.submit(points(0..5, BEGIN)).await.expect("taken");
        rig.settle().await;
        for _ in 0..3 {
            rig.pass(MINUTE).await;
        }
        assert_eq!((rig.streams(), rig.held(0) + rig.held(1)), (0, 0));
    }
    assert_eq!(rig.resent(), 10);
    assert_eq!(rig.sink.samples().iter().map(|sample| sample.value).collect::<Vec<_>>(), [5.0]);
}

/// Until its points cannot come again, which is five minutes after its last, a stream that has gone takes its place among
/// those of the host; then it is forgotten.
#[tokio::test]
async fn streams_that_may_come_back_count() {
    let rig = Setup { processor: "{max_stale: 1m}".into(), host_streams: 5, ..Setup::default() }.start().await;
    rig.submit(points(0..5, BEGIN)).await.expect("taken");
    for _ in 0..3 {
        rig.pass(MINUTE).await;
    }
    assert_eq!((rig.streams(), rig.held(0)), (0, 0));
    // One that comes back has its place.
    let accepted = rig.submit(points(4..6, BEGIN + 180 * SECOND)).await.expect("taken");
    assert_eq!((accepted.dropped.total(), rig.dropped("host_streams_limit")), (1, 1));
    for _ in 3..7 {
        rig.pass(MINUTE).await;
    }
    let accepted = rig.submit(points(10..15, BEGIN + 420 * SECOND)).await.expect("taken");
    assert_eq!(accepted.dropped.total(), 1, "four have been forgotten");
    for _ in 0..7 {
        rig.pass(MINUTE).await;
    }
    let accepted = rig.submit(points(20..25, BEGIN + 840 * SECOND)).await.expect("taken");
    assert_eq!(accepted.dropped.total(), 0, "all have been forgotten");
}

/// A guest that asks for no idle time gets the host's own, five minutes: its streams leave, and what was kept of them.
#[tokio::test]
async fn who_asks_for_no_idle_time_gets_the_hosts() {
    let rig = Setup::faulty("name: patient").start().await;
    rig.submit(points(0..20, BEGIN)).await.expect("taken");
    for minute in 1..=4 {
        rig.pass(MINUTE).await;
        assert_eq!((rig.streams(), rig.held(0)), (20, 20), "minute {minute}");
    }
    for _ in 5..=7 {
        rig.pass(MINUTE).await;
    }
    assert_eq!((rig.streams(), rig.held(0)), (0, 0));
}

/// `testdata/limit` of the Collector: ten streams are taken; then an eleventh is dropped while the ten go on.
#[tokio::test]
async fn streams_beyond_the_limit_are_dropped() {
    let rig = Setup { processor: "{max_streams: 10, max_stale: 5m}".into(), ..Setup::default() }.start().await;
    rig.submit(points(0..10, BEGIN)).await.expect("taken");
    let accepted = rig.submit(points(0..11, BEGIN + SECOND)).await.expect("taken");
    assert_eq!(accepted.message, "dropped: 1 by deltatocumulative (limit)");
    // Remembered by hash alone; the answer is the same.
    let accepted = rig.submit(points(0..11, BEGIN + 2 * SECOND)).await.expect("taken");
    assert_eq!(accepted.dropped.total(), 1);
    assert_eq!(rig.dropped("limit"), 2);
    rig.flush().await;
    rig.sink.wait_for_samples(10).await;
    assert_eq!(rig.sink.samples().iter().filter(|sample| sample.value == 3.0).count(), 10);
    assert_eq!(rig.streams(), 10);
    // When others have gone there is room for it.
    for _ in 0..7 {
        rig.pass(MINUTE).await;
    }
    let accepted = rig.submit(points(10..11, BEGIN + 420 * SECOND)).await.expect("taken");
    assert_eq!(accepted.dropped.total(), 0);
}

/// The limit counts streams of all shards: when those of one have gone, there is room for a stream of another.
#[tokio::test]
async fn room_in_one_shard_is_room_in_all() {
    let processor = "{max_streams: 4, max_stale: 5m}".to_owned();
    let rig = Setup { processor, shards: 4, ..Setup::default() }.start().await;
    rig.submit(points(0..4, BEGIN)).await.expect("taken");
    let others = || points(4..20, BEGIN + 420 * SECOND);
    assert_eq!(rig.submit(others()).await.expect("taken").dropped.total(), 16);
    for _ in 0..7 {
        rig.pass(MINUTE).await;
    }
    assert_eq!(rig.submit(others()).await.expect("taken").dropped.total(), 12);
}

/// A stream with strings beyond all measure is dropped, and remembered by key alone; its neighbours are not.
#[tokio::test]
async fn descriptions_are_bounded() {
    let rig = Setup::default().start().await;
    for second in 0..2 {
        let mut long = point("a", 1, BEGIN + second, 1);
        long.attributes.push(text("long", &"x".repeat(70_000)));
        let accepted = rig.submit(request(vec![long, point("b", 1, BEGIN + second, 1)])).await.expect("taken");
        assert_eq!(accepted.message, "dropped: 1 by host (description_too_long)");
    }
    rig.pass(Duration::from_secs(1)).await;
    assert_eq!(rig.streams(), 1);
}

/// The host's own bound holds in every pipeline.
#[tokio::test]
async fn the_host_has_a_limit_of_its_own() {
    let rig = Setup { host_streams: 3, ..Setup::default() }.start().await;
    let accepted = rig.submit(points(0..5, BEGIN)).await.expect("taken");
    assert_eq!(accepted.message, "dropped: 2 by host (host_streams_limit)");
}

/// A flood of streams that are refused takes no memory for each.
#[tokio::test]
async fn refused_streams_leave_nothing_behind() {
    let rig = Setup { processor: "{max_streams: 1}".into(), ..Setup::default() }.start().await;
    rig.submit(points(0..1, BEGIN)).await.expect("taken");
    for round in 0..5_u64 {
        rig.submit(points(1 + round * 1000..1001 + round * 1000, BEGIN + 1)).await.expect("taken");
    }
    rig.pass(Duration::from_secs(1)).await;
    assert_eq!(rig.dropped("limit"), 5_000);
    assert_eq!(rig.streams(), 1);
}

/// Refused streams are remembered, also where there are more than 65,536 of them: their further points do not take the slow
/// path.
#[tokio::test]
async fn a_flood_of_refused_streams_is_remembered() {
    const FLOOD: u64 = 70_000;
    let rig = Setup { processor: "{max_streams: 1}".into(), ..Setup::default() }.start().await;
    for second in 0..3 {
        for part in 0..7 {
            let part = part * 10_000..(part + 1) * 10_000;
            rig.submit(points(part, BEGIN + second * SECOND)).await.expect("taken");
        }
        if second == 0 {
            assert_eq!(rig.unknown(), FLOOD);
        }
    }
    assert_eq!(rig.dropped("limit"), 3 * (FLOOD - 1));
    let again = rig.unknown() - FLOOD;
    assert!(again < FLOOD / 50, "{again} of {} points", 2 * FLOOD);
}

/// An attribute that no label can be named after: the point is dropped, the rest of the request is not.
#[tokio::test]
async fn unnameable_streams_are_dropped() {
    let rig = Setup::default().start().await;
    let mut bad = point("a", 1, BEGIN, 1);
    bad.attributes.push(text("é", "1"));
    let accepted = rig.submit(request(vec![bad, point("b", 1, BEGIN, 1)])).await.expect("taken");
    assert_eq!(accepted.message, "dropped: 1 by host (no_valid_name)");
    let nameless = request_of(Vec::new(), vec![gauge("é", vec![point("a", 1, BEGIN, 1)])]);
    assert_eq!(rig.submit(nameless).await.expect("taken").dropped.total(), 1);
}

/// A description that is malformed spoils its request, and only that; nothing of it is taken.
#[tokio::test]
async fn malformed_descriptions_spoil_their_request() {
    use otlp::wire::Fault;
    use pipeline::intake::refusal::Refusal;
    for shards in [1, 4] {
        let rig = Setup { shards, ..Setup::default() }.start().await;
        let mut broken = request(vec![point("good", 1, BEGIN, 1), point("bad!", 1, BEGIN, 1)]).to_vec();
        let place = broken.windows(4).position(|bytes| bytes == b"bad!").expect("it is there");
        broken[place + 3] = 0xFF;
        let refused = rig.submit(broken.into()).await.expect_err("malformed");
        assert!(
            matches!(refused, Refusal::Malformed { fault: Fault::Utf8, offset } if offset == place),
            "{refused}, not at {place}"
        );
        rig.submit(request(vec![point("good", 1, BEGIN, 7)])).await.expect("taken");
        rig.flush().await;
        rig.sink.wait_for_samples(1).await;
        assert_eq!(rig.sink.samples()[0].value, 7.0);
    }
}

/// A message in pieces is legal; it is put together and processed.
#[tokio::test]
async fn messages_in_pieces_are_put_together() {
    use prost::encoding::{WireType, encode_key, encode_varint};
    let rig = Setup::default().start().await;
    let whole = request_of(vec![text("service.name", "x")], vec![sum("n", DELTA, vec![point("a", 1, BEGIN, 5)])]);
    // The inside of the only ResourceMetrics, whose length takes one byte, and a second Resource behind it.
    assert!(whole[1] < 0x80);
    let mut inside = whole.slice(2..).to_vec();
    let attribute = prost::Message::encode_to_vec(&text("team", "y"));
    let mut resource = Vec::new();
    encode_key(1, WireType::LengthDelimited, &mut resource);
    encode_varint(attribute.len() as u64, &mut resource);
    resource.extend_from_slice(&attribute);
    encode_key(1, WireType::LengthDelimited, &mut inside);
    encode_varint(resource.len() as u64, &mut inside);
    inside.extend_from_slice(&resource);
    let mut split = Vec::new();
    encode_key(1, WireType::LengthDelimited, &mut split);
    encode_varint(inside.len() as u64, &mut split);
    split.extend_from_slice(&inside);
    rig.submit(split.into()).await.expect("legal");
    rig.flush().await;
    rig.sink.wait_for_samples(1).await;
    let target = rig.sink.all_samples().into_iter().find(|sample| sample.label("__name__") == "target_info");
    assert_eq!(target.expect("the resource has attributes").label("team"), "y");
}
