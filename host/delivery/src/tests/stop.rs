use super::receiver::{Counted, No, RETRY, Rig, failed};
use crate::Outcome;

/// Scenario: the host stops while an item waits for its next attempt. Guarantee: its wait is cut short, and each item gets
/// one more attempt.
#[tokio::test]
async fn each_item_gets_one_more_attempt() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["a", "bb", "ccc"]);
    rig.fail("a").await;
    rig.stopping.send_replace(true);
    rig.answer("a", failed()).await;
    rig.answer("bb", failed()).await;
    rig.answer("ccc", Outcome::Delivered).await;
    let counted = Counted { delivered: 3, requests: 1, retries: 1, given_up: 3, ..Counted::default() };
    assert_eq!(rig.close().await, counted);
}

/// Scenario: the host stops while an attempt is under way. Guarantee: this one is not the last.
#[tokio::test]
async fn attempts_under_way_are_followed_by_one_more() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["a"]);
    let asked = rig.attempt().await;
    rig.stopping.send_replace(true);
    asked.answer.send(failed()).expect("the runner waits");
    rig.answer("a", Outcome::Delivered).await;
    assert_eq!(rig.close().await, Counted { delivered: 1, requests: 1, retries: 1, ..Counted::default() });
}

/// Scenario: an item is refused while the host stops. Guarantee: its parts get one attempt each.
#[tokio::test]
async fn parts_get_one_attempt() {
    let mut rig = Rig::start(RETRY);
    rig.stopping.send_replace(true);
    rig.push(&["ab"]);
    rig.answer("ab", Outcome::Refused(No)).await;
    rig.answer("a", failed()).await;
    rig.answer("b", Outcome::Delivered).await;
    assert_eq!(rig.close().await, Counted { delivered: 1, requests: 1, given_up: 1, ..Counted::default() });
}
