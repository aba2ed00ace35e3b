use std::time::Duration;

use super::receiver::{Counted, RETRY, Rig, failed, refused};
use crate::Outcome;

const SECOND: Duration = Duration::from_secs(1);

/// Scenario: the host stops while an item waits for a long time. Guarantee: its wait is cut short, and from then on attempts
/// are a second apart at most, until the receiver takes it.
#[tokio::test]
async fn waits_are_short_at_the_end() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["a", "bb"]);
    for _ in 0..3 {
        rig.fail("a").await;
        rig.hand.advance(RETRY.longest);
    }
    rig.fail("a").await;
    rig.stopping.send_replace(true);
    for _ in 0..3 {
        rig.fail("a").await;
        assert!(rig.is_idle().await);
        rig.hand.advance(SECOND);
    }
    rig.answer("a", Outcome::Delivered).await;
    rig.answer("bb", Outcome::Delivered).await;
    let counted = Counted { delivered: 3, requests: 2, retries: 7, ..Counted::default() };
    assert_eq!(rig.close().await, counted);
}

/// Scenario: the time of a host that stops is over while an item is tried, one is set apart and one waits. Guarantee: all of
/// their points are counted, once, and what they held is given back.
#[tokio::test]
async fn what_remains_is_counted() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["X", "X", "Xabc", "de"]);
    for _ in 0..2 {
        rig.answer("X", refused()).await;
    }
    rig.fail("abc").await;
    rig.runner.abort();
    rig.is_idle().await;
    let counted = Counted { refused: 2, given_up: 6, retries: 1, ..Counted::default() };
    assert_eq!(Counted::of(&rig.destination), counted);
    assert_eq!(rig.budget.used(), 0);
}

/// Scenario: the host stops while an attempt is under way. Guarantee: this one is not the last.
#[tokio::test]
async fn attempts_under_way_are_followed_by_one_more() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["a"]);
    let asked = rig.attempt().await;
    rig.stopping.send_replace(true);
    asked.answer.send(failed()).expect("the runner waits");
    rig.is_idle().await;
    rig.hand.advance(SECOND);
    rig.answer("a", Outcome::Delivered).await;
    assert_eq!(rig.close().await, Counted { delivered: 1, requests: 1, retries: 1, ..Counted::default() });
}
