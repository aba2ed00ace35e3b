//! Destinations that come and go.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

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
    // Who comes back begins anew.
    rig.world.set("b", Mode::Takes);
    rig.changes.send(members(&["a", "b"])).await.expect("the keeper runs");
    rig.until(|_| rig.forwarder.destinations().len() == 2).await;
    rig.submit(&[41]).expect("room");
    rig.until(|world| world.points("b") == [41].into()).await;
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
