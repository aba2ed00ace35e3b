//! What is taken, delivered and refused.

use std::sync::atomic::Ordering;

use pipeline::failed::{Failed, Full, TooLarge};

use super::rig::{Mode, Rig, request};

const WIDE: usize = 1 << 20;

/// Scenario: requests with points for two receivers. Guarantee: each gets its own, in order, put together to one request when it
/// is old, and all room is given back.
#[tokio::test]
async fn requests_are_put_together() {
    let rig = Rig::start(&["a", "b"], WIDE, WIDE);
    for first in [0, 10, 20] {
        rig.submit(&[first, first + 1, first + 2]).expect("room");
    }
    assert!(rig.held() > 0);
    rig.until(|world| world.taken("a").len() + world.taken("b").len() == 2).await;
    assert_eq!(rig.world.taken("a"), [[0, 2, 10, 12, 20, 22]]);
    assert_eq!(rig.world.taken("b"), [[1, 11, 21]]);
    rig.until(|_| rig.held() == 0).await;
}

/// Scenario: a batch is full before it is old. Guarantee: it leaves, and none is larger than the bound.
#[tokio::test]
async fn full_batches_leave() {
    let size = request(&[2]).len();
    let rig = Rig::start(&["a"], WIDE, 2 * size);
    for time in [1, 2, 3, 4, 5] {
        rig.submit(&[time]).expect("room");
    }
    let world = rig.stop().await;
    assert_eq!(world.taken("a"), [vec![1, 2], vec![3, 4], vec![5]]);
}

/// Scenario: a request that is larger than a batch may be. Guarantee: it is cut, in order.
#[tokio::test]
async fn large_requests_are_cut() {
    let times: Vec<u64> = (0..1_000).collect();
    let whole = request(&times).len();
    let rig = Rig::start(&["a"], WIDE, whole / 3);
    rig.submit(&times).expect("room");
    let taken = rig.stop().await.taken("a");
    assert!(taken.len() > 3 && taken.len() < 8, "{}", taken.len());
    assert_eq!(taken.concat(), times);
}

/// Scenario: the room of one of two receivers is used up. Guarantee: a request that needs it is refused, in a way that can be
/// retried, and takes no room of the other; what does not need it is taken.
#[tokio::test]
async fn all_or_nothing() {
    let size = request(&[1]).len();
    let rig = Rig::start(&["a", "b"], 2 * size, WIDE);
    rig.world.set("b", Mode::Down);
    rig.submit(&[1]).expect("room");
    rig.submit(&[3]).expect("room");
    let before = rig.held();
    let refused = rig.submit(&[4, 5]).expect_err("no room for 5");
    assert!(matches!(refused, Failed::Full(Full::Queue { .. })) && refused.may_retry(), "{refused:?}");
    assert_eq!(rig.held(), before);
    rig.submit(&[6]).expect("room in the other");
    rig.until(|world| world.taken("a") == [[6]] && world.attempts("b") > 2).await;
    assert!(rig.world.taken("b").is_empty());
    rig.world.set("b", Mode::Takes);
    rig.until(|world| world.taken("b") == [[1, 3]]).await;
    rig.submit(&[4, 5]).expect("room again");
    let large = rig.submit(&(0..100).collect::<Vec<_>>()).expect_err("never any room");
    assert!(matches!(large, Failed::TooLarge(TooLarge::ForQueue { .. })) && !large.may_retry(), "{large:?}");
    let world = rig.stop().await;
    assert_eq!(world.points("a"), [4, 6].into());
    assert_eq!(world.points("b"), [1, 3, 5].into());
}

/// Scenario: a receiver refuses for good whatever holds one of fifty requests that travel together. Guarantee: only that one is
/// lost, and counted; attempts grow with the logarithm.
#[tokio::test]
async fn one_refused_request_costs_no_other() {
    let rig = Rig::start(&["a"], WIDE, WIDE);
    rig.world.set("a", Mode::Refuses(17));
    for time in 0..50 {
        rig.submit(&[time, 1_000 + time]).expect("room");
    }
    let counts = rig.forwarder.destinations()[0].counts.clone();
    let world = rig.stop().await;
    let expected = (0..50).filter(|time| *time != 17).flat_map(|time| [time, 1_000 + time]).collect();
    assert_eq!(world.points("a"), expected);
    assert_eq!(counts.refused.load(Ordering::Relaxed), 2);
    assert_eq!(counts.delivered.load(Ordering::Relaxed), 98);
    // One and two for each halving of 50.
    assert!(world.attempts("a") <= 1 + 2 * 6, "{}", world.attempts("a"));
}
