use std::time::Duration;

use super::receiver::{Counted, RETRY, Rig, failed, push, refused};
use crate::Outcome;

/// Answers until nothing more is asked, moving the clock: what holds `bad` gets `say`. Returns what was delivered, in order.
async fn settle(rig: &mut Rig, bad: char, say: fn() -> Outcome<super::receiver::No>) -> String {
    let mut arrived = String::new();
    for _ in 0..2_000 {
        while let Some(asked) = rig.try_attempt().await {
            let outcome = if asked.item.contains(bad) { say() } else { Outcome::Delivered };
            if !asked.item.contains(bad) {
                arrived += asked.item;
            }
            asked.answer.send(outcome).expect("the runner waits");
        }
        rig.hand.advance(Duration::from_secs(1));
    }
    arrived
}

/// Scenario: one series is refused in every item. Guarantee: from the third item on it is sent apart: items are not refused
/// for it, and of eleven attempts at most one is for it; every other point is delivered once.
#[tokio::test]
async fn repeated_offenders_are_sent_apart() {
    let mut rig = Rig::start(RETRY);
    let names: Vec<&str> = vec!["aXb"; 102];
    rig.push(&names);
    let (mut delivered, mut requests, mut refusals) = (0, 0, 0);
    let mut after_two = 0;
    while let Some(asked) = rig.try_attempt().await {
        requests += 1;
        let outcome = if asked.item.contains('X') {
            refusals += 1;
            refused()
        } else {
            delivered += asked.item.len();
            Outcome::Delivered
        };
        if delivered == 4 && after_two == 0 {
            after_two = requests;
        }
        asked.answer.send(outcome).expect("the runner waits");
    }
    assert_eq!(delivered, 204);
    // What is left of an item is two parts, around what was taken from it.
    assert!(requests - after_two <= 200 + 200 / 10 + 1, "{requests} requests, {after_two} for the first two items");
    assert!(refusals <= 2 * 3 + 21, "{refusals}");
    let arrived = settle(&mut rig, 'X', refused).await;
    assert_eq!(arrived, "");
    let counted = rig.close().await;
    assert_eq!((counted.delivered, counted.refused, counted.given_up), (204, 102, 0));
}

/// Scenario: a series that was refused twice is taken again. Guarantee: nothing of it overtakes, and from then on it is sent
/// with the others.
#[tokio::test]
async fn healed_series_come_back() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["X", "X"]);
    for _ in 0..2 {
        rig.answer("X", refused()).await;
    }
    rig.push(&["aX", "X", "b"]);
    rig.answer("a", Outcome::Delivered).await;
    rig.answer("b", Outcome::Delivered).await;
    rig.answer("XX", Outcome::Delivered).await;
    rig.push(&["aX"]);
    rig.answer("aX", Outcome::Delivered).await;
    assert_eq!(rig.close().await, Counted { delivered: 6, requests: 4, refused: 2, ..Counted::default() });
}

/// Scenario: attempts with one series always fail, behind it come others, in a lane of its own. Guarantee: the others are
/// delivered, the series is tried alone, and lost only when it failed again and again while others were delivered.
#[tokio::test]
async fn what_always_fails_holds_nobody_up() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["abxcd", "efx", "x", "g"]);
    let arrived = settle(&mut rig, 'x', failed).await;
    let mut letters: Vec<char> = arrived.chars().collect();
    letters.sort_unstable();
    assert_eq!(letters, ('a'..='g').collect::<Vec<_>>());
    // Nothing else is delivered: it may be the receiver that is ill.
    assert_eq!(Counted::of(&rig.destination).refused, 0);
    for _ in 0..9 {
        rig.push(&["h"]);
        settle(&mut rig, 'x', failed).await;
    }
    assert_eq!(rig.close().await.refused, 3);
}

/// Scenario: a single item always fails, and its lane has no other. Guarantee: it is not lost, and delivered when that has
/// passed; a lane beside it is not held up.
#[tokio::test]
async fn what_fails_alone_is_kept() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["x"]);
    settle(&mut rig, 'x', failed).await;
    let (other, runner) = rig.destination.lane();
    tokio::spawn(runner.run());
    push(&other, &rig.budget, &["a"]);
    assert_eq!(settle(&mut rig, 'x', failed).await, "a");
    assert_eq!(settle(&mut rig, '?', failed).await, "x");
    drop(other);
    assert_eq!(rig.close().await.delivered, 2);
}
