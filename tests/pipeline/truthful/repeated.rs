//! Zeros that come again: Prometheus takes them once, and refuses the whole request with them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{milliseconds, run, written};
use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, SECOND, point, request};
use crate::support::sink::Say;

const ZEROS: i64 = 10;
const STREAMS: usize = 20;

/// A process that has been running for ten seconds, without `target_info`.
async fn running() -> Rig {
    let exporter = "    target_info: {enabled: false}".to_owned();
    let rig = Setup { counters: "{zeros: 10}", exporter, ..Setup::default() }.start().await;
    rig.pass(Duration::from_secs(10)).await;
    rig
}

fn name(stream: usize) -> String {
    format!("s{stream}")
}

/// New totals of all streams, at the eleventh second; returns their time in ms.
async fn submit(rig: &Rig) -> i64 {
    let time = BEGIN + 11 * SECOND;
    let points = (0..STREAMS).map(|stream| point(&name(stream), time - SECOND, time, 1 + stream as i64)).collect();
    rig.submit(request(points)).await.expect("taken");
    rig.flush().await;
    milliseconds(time)
}

/// Moves the clock until nothing waits any more.
async fn drain(rig: &Rig) {
    let sent = &rig.written().sent;
    while sent.waiting.load(Ordering::Relaxed) + sent.apart.load(Ordering::Relaxed) > 0 {
        // Lets the lanes see the clock before it moves again.
        tokio::time::sleep(Duration::from_millis(1)).await;
        rig.hand.advance(Duration::from_millis(50));
    }
}

/// The back-end has stored first totals and their zeros, and the connection ends before it says so. What comes again is out of
/// order; one of them, alone, shows that all is there, and the rest goes without zeros. Nothing is lost, and nothing counts as
/// refused.
#[tokio::test]
async fn zeros_that_were_stored_are_not_missed() {
    let rig = running().await;
    rig.sink.script([Say::Cut]);
    let time = submit(&rig).await;
    drain(&rig).await;
    for stream in 0..STREAMS {
        assert_eq!(written(&rig)[&name(stream)], run(ZEROS, time, 1.0 + stream as f64), "{stream}");
    }
    assert_eq!(rig.written().sent.refused.load(Ordering::Relaxed), 0);
    let refused = rig.sink.take_refusals();
    assert!(refused.iter().all(|why| why.starts_with("out of order sample")) && !refused.is_empty(), "{refused:?}");
    // Once stored, once refused, the one that is tried, and the rest.
    assert!(rig.sink.arrivals().len() <= 5, "{:?}", rig.sink.sizes());
}

/// The back-end fails, and then refuses the same request for one bad series in it. The one that is tried is taken: nothing was
/// stored, and all others arrive behind their zeros.
#[tokio::test]
async fn zeros_that_were_not_stored_are_kept() {
    let rig = running().await;
    rig.sink.script([Say::Nothing]);
    rig.sink.poison("s7", Say::Text(400, "out of bounds"));
    let time = submit(&rig).await;
    drain(&rig).await;
    let written = written(&rig);
    for stream in (0..STREAMS).filter(|stream| *stream != 7) {
        assert_eq!(written[&name(stream)], run(ZEROS, time, 1.0 + stream as f64), "{stream}");
    }
    assert!(!written.contains_key("s7"));
    assert_eq!(rig.written().sent.refused.load(Ordering::Relaxed), 1 + ZEROS as u64);
}
