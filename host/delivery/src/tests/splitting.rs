use super::receiver::{Counted, No, RETRY, Rig, SPLIT_ATTEMPTS};
use crate::Outcome;

/// Scenario: of an item one point is bad. Guarantee: the others are delivered in their order, before what was queued behind
/// the item, and only the one is counted as refused; what the parts hold is charged while they wait.
#[tokio::test]
async fn parts_take_the_place_of_the_whole() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["abcd", "e"]);
    rig.answer("abcd", Outcome::Refused(No)).await;
    rig.answer("ab", Outcome::Refused(No)).await;
    assert!(!rig.is_idle().await);
    assert_eq!(rig.budget.used(), 4 + 1 + 4 + 2);
    rig.answer("a", Outcome::Delivered).await;
    rig.answer("b", Outcome::Refused(No)).await;
    rig.answer("cd", Outcome::Delivered).await;
    assert!(!rig.is_idle().await);
    assert_eq!(rig.budget.used(), 1);
    assert_eq!(Counted::of(&rig.destination).waiting, 1);
    rig.answer("e", Outcome::Delivered).await;
    assert_eq!(rig.close().await, Counted { delivered: 4, requests: 3, refused: 1, ..Counted::default() });
}

/// Scenario: a part fails. Guarantee: it is tried again before the part behind it.
#[tokio::test]
async fn parts_are_tried_again() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["ab"]);
    rig.answer("ab", Outcome::Refused(No)).await;
    rig.fail("a").await;
    assert!(rig.is_idle().await);
    rig.hand.advance(RETRY.longest);
    rig.answer("a", Outcome::Delivered).await;
    rig.answer("b", Outcome::Delivered).await;
    assert_eq!(rig.close().await, Counted { delivered: 2, requests: 2, retries: 1, ..Counted::default() });
}

/// Scenario: an item has more parts than it may be replaced by. Guarantee: it is not split at all.
#[tokio::test]
async fn too_many_parts() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["*bcdef", "*bcdefg"]);
    rig.answer("*bcdef", Outcome::Refused(No)).await;
    for part in ["*", "b", "c", "d", "e", "f"] {
        rig.answer(part, Outcome::Delivered).await;
    }
    rig.answer("*bcdefg", Outcome::Refused(No)).await;
    assert_eq!(rig.close().await, Counted { delivered: 6, requests: 6, refused: 7, ..Counted::default() });
}

/// Scenario: a receiver refuses everything. Guarantee: it is asked a bounded number of times for an item, and all points
/// are counted.
#[tokio::test]
async fn splitting_ends() {
    let mut rig = Rig::start(RETRY);
    let item = "abcdefghijklmnopqrstuvwxyz";
    rig.push(&[item]);
    for _ in 0..=SPLIT_ATTEMPTS {
        let asked = rig.attempt().await;
        asked.answer.send(Outcome::Refused(No)).expect("the runner waits");
    }
    assert_eq!(rig.close().await, Counted { refused: item.len() as u64, ..Counted::default() });
}
