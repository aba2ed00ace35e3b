use super::receiver::{Counted, RETRY, Rig, refused};
use crate::Outcome;

/// Scenario: three items, of which the first fails twice. Guarantee: no other is tried before it is delivered, and one is in
/// flight at a time.
#[tokio::test]
async fn items_are_delivered_in_order() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["a", "bb", "ccc"]);
    for _ in 0..2 {
        rig.fail("a").await;
        assert!(rig.is_idle().await);
        rig.hand.advance(RETRY.longest);
    }
    let asked = rig.attempt().await;
    assert_eq!(asked.item, "a");
    assert!(rig.is_idle().await, "one is in flight");
    assert_eq!(Counted::of(&rig.destination).waiting, 3);
    asked.answer.send(Outcome::Delivered).expect("the runner waits");
    rig.answer("bb", Outcome::Delivered).await;
    rig.answer("ccc", Outcome::Delivered).await;
    let counted = Counted { delivered: 6, requests: 3, retries: 2, ..Counted::default() };
    assert_eq!(rig.close().await, counted);
}

/// Scenario: a delivered, a refused and a given-up item, and one that comes when nobody delivers any more. Guarantee: each
/// gives its bytes back at its own end, and not before.
#[tokio::test]
async fn bytes_are_given_back() {
    let mut rig = Rig::start(crate::Retry { initial: None, ..RETRY });
    rig.push(&["aaaa", "b", "cc"]);
    for (item, outcome, left) in
        [("aaaa", Outcome::Delivered, 3), ("b", refused(), 2), ("cc", super::receiver::failed(), 0)]
    {
        assert!(!rig.is_idle().await);
        assert_eq!(rig.budget.used(), left + item.len());
        rig.answer(item, outcome).await;
        rig.is_idle().await;
        assert_eq!(rig.budget.used(), left);
    }
    rig.runner.abort();
    assert!(rig.is_idle().await);
    rig.push(&["ddd"]);
    assert_eq!(rig.budget.used(), 0);
    let counted = Counted { delivered: 4, requests: 1, refused: 1, given_up: 5, ..Counted::default() };
    assert_eq!(Counted::of(&rig.destination), counted);
}
