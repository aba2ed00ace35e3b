//! Destinations that come and go.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::rig::{Mode, Rig, members};

/// Scenario: a receiver that is down leaves the list, with requests in flight, queued and in an open batch. Guarantee: the others
/// get all of them, once, and its room is free.
#[tokio::test]
async fn what_waits_goes_to_the_others() {
    const WIDE: usize = 1 << 20;
    let rig = Rig::start(&["a", "b"], WIDE, 100);
    rig.world.set("b", Mode::Down);
    for time in 0..40 {
        rig.submit(&[time]).expect("room");
    }
    rig.until(|world| world.attempts("b") > 1).await;
    let leaving = rig.forwarder.destinations()[1].clone();
    assert!(leaving.counts.waiting.load(Ordering::Relaxed) > 2);
    rig.changes.send(members(&["a"])).await.expect("the keeper runs");
    let all: BTreeSet<u64> = (0..40).collect();
    rig.until(|world| world.points("a") == all).await;
    assert_eq!(rig.world.taken("a").concat().len(), 40);
    assert_eq!(leaving.more.rerouted.load(Ordering::Relaxed), 20);
    rig.until(|_| rig.held() == 0).await;
    // Who has left is told about still, with its counters; it has nothing any more.
    let told = rig.forwarder.counters();
    let (points, bytes) = (told[1].more.rerouted.load(Ordering::Relaxed), told[1].budget.used());
    assert_eq!((told.len(), &*told[1].endpoint, points, bytes), (2, "b", 20, 0));
    // Who comes back begins anew, and goes on counting.
    rig.world.set("b", Mode::Takes);
    rig.changes.send(members(&["a", "b"])).await.expect("the keeper runs");
    rig.until(|_| rig.forwarder.destinations().len() == 2).await;
    rig.submit(&[41]).expect("room");
    rig.until(|world| world.points("b") == [41].into()).await;
    rig.until(|_| rig.forwarder.counters()[1].counts.delivered.load(Ordering::Relaxed) == 21).await;
    assert_eq!(rig.forwarder.counters().len(), 2);
}

/// Scenario: more receivers leave than are told about, and time passes. Guarantee: the last 64 are told about, for ten minutes.
#[tokio::test]
async fn who_has_left_is_forgotten_in_the_end() {
    let rig = Rig::start(&["stays"], 1 << 20, 1 << 20);
    let told = || rig.forwarder.counters().into_iter().map(|counters| counters.endpoint).collect::<Vec<_>>();
    for number in 0..70 {
        rig.changes.send(members(&["stays", &format!("r{number}")])).await.expect("the keeper runs");
        rig.until(|_| told()[1..].contains(&format!("r{number}").into())).await;
    }
    rig.changes.send(members(&["stays"])).await.expect("the keeper runs");
    rig.until(|_| rig.forwarder.destinations().len() == 1).await;
    let expected: Vec<Box<str>> = (6..70).map(|number| format!("r{number}").into()).collect();
    assert_eq!(told()[1..], expected);
    rig.hand.advance(Duration::from_secs(600));
    assert_eq!(told(), ["stays".into()]);
}

/// Scenario: the list changes, and a receiver is in both. Guarantee: what waits for it stays where it is.
#[tokio::test]
async fn who_stays_is_not_disturbed() {
    let rig = Rig::start(&["a", "b"], 1 << 20, 1 << 20);
    rig.world.set("a", Mode::Down);
    rig.submit(&[0, 2]).expect("room");
    rig.until(|world| world.attempts("a") > 0).await;
    let before = rig.forwarder.destinations()[0].clone();
    rig.changes.send(members(&["a", "c"])).await.expect("the keeper runs");
    rig.until(|_| &*rig.forwarder.destinations()[1].endpoint == "c").await;
    assert!(std::sync::Arc::ptr_eq(&before, &rig.forwarder.destinations()[0]));
    rig.world.set("a", Mode::Takes);
    rig.until(|world| world.taken("a") == [[0, 2]]).await;
    assert_eq!(before.more.rerouted.load(Ordering::Relaxed), 0);
}
