use std::time::Duration;

use super::receiver::{Counted, No, RETRY, Rig, failed, refused};
use crate::{Outcome, Reach};

/// Scenario: of an item one point is bad. Guarantee: the others are delivered in their order, before what was queued behind
/// the item, and only the one is counted as refused; what the pieces take is charged meanwhile.
#[tokio::test]
async fn parts_take_the_place_of_the_whole() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["abcd", "e"]);
    rig.answer("abcd", refused()).await;
    rig.answer("ab", refused()).await;
    assert!(!rig.is_idle().await);
    assert_eq!(rig.budget.used(), 4 + 1 + 4);
    rig.answer("a", Outcome::Delivered).await;
    // It must be this one, and is only blamed when it was refused alone.
    rig.answer("b", refused()).await;
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
    rig.answer("ab", refused()).await;
    rig.fail("a").await;
    assert!(rig.is_idle().await);
    rig.hand.advance(RETRY.longest);
    rig.answer("a", Outcome::Delivered).await;
    rig.answer("b", Outcome::Delivered).await;
    assert_eq!(rig.close().await, Counted { delivered: 2, requests: 2, retries: 1, ..Counted::default() });
}

/// Scenario: a receiver refuses everything of a large item. Guarantee: every point is tried alone before it is refused, and no
/// more than a hundred requests a second are made once the first few hundred have been.
#[tokio::test]
async fn searches_are_spaced() {
    let mut rig = Rig::start(RETRY);
    let item: &str = Box::leak("x".repeat(400).into());
    rig.push(&[item]);
    let mut attempts = 0;
    while let Some(asked) = rig.try_attempt().await {
        attempts += 1;
        asked.answer.send(refused()).expect("the runner waits");
    }
    assert!((256..=258).contains(&attempts), "{attempts} at once");
    for _ in 0..100 {
        rig.hand.advance(Duration::from_millis(10));
        while let Some(asked) = rig.try_attempt().await {
            attempts += 1;
            asked.answer.send(refused()).expect("the runner waits");
        }
    }
    assert!((355..=359).contains(&attempts), "{attempts} after a second");
    while rig.hand_on(Duration::from_millis(10), refused).await {}
    assert_eq!(rig.close().await, Counted { refused: 400, ..Counted::default() });
}

/// Scenario: an item that is too large. Guarantee: it goes out in parts that are small enough, and nothing of it is lost but
/// what is too large alone.
#[tokio::test]
async fn large_items_are_cut() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["abcdef", "g"]);
    rig.answer("abcdef", Outcome::TooLarge(No)).await;
    for part in ["abc", "def"] {
        rig.answer(part, Outcome::Delivered).await;
    }
    rig.answer("g", Outcome::TooLarge(No)).await;
    assert_eq!(rig.close().await, Counted { delivered: 6, requests: 2, refused: 1, ..Counted::default() });
}

/// Scenario: a receiver is busy. Guarantee: the same is sent once more, then half as much each time; when it takes something,
/// twice as much. It is not asked before the time that it says.
#[tokio::test]
async fn busy_receivers_get_less() {
    let busy = |seconds| Outcome::Busy { error: No, retry_after: Some(Duration::from_secs(seconds)) };
    let mut rig = Rig::start(RETRY);
    rig.push(&["abcdefgh"]);
    rig.answer("abcdefgh", busy(20)).await;
    assert!(rig.is_idle().await);
    rig.hand.advance(Duration::from_secs(19));
    assert!(rig.is_idle().await, "it has asked for 20 s");
    for (part, seconds) in [("abcdefgh", 20), ("abcd", 60)] {
        rig.hand.advance(Duration::from_secs(20));
        rig.answer(part, busy(seconds)).await;
        rig.is_idle().await;
    }
    rig.hand.advance(Duration::from_secs(60));
    rig.answer("ab", Outcome::Delivered).await;
    rig.answer("cdef", Outcome::Delivered).await;
    rig.answer("gh", Outcome::Delivered).await;
    assert_eq!(rig.close().await, Counted { delivered: 8, requests: 3, retries: 3, ..Counted::default() });
}

/// Scenario: an item is not wanted, nor any part of it. Guarantee: it is not taken apart.
#[tokio::test]
async fn rejected_items_are_not_divided() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["abc", "d"]);
    rig.answer("abc", Outcome::Rejected(No)).await;
    rig.answer("d", Outcome::Partly(No)).await;
    assert_eq!(rig.close().await, Counted { requests: 1, refused: 3, ..Counted::default() });
}

/// Scenario: an item with what cannot be repeated is refused after an attempt without an answer. Guarantee: its witness is tried
/// alone; if that is refused, the receiver has had all of it, and what cannot be repeated is left out.
#[tokio::test]
async fn witnesses_show_what_has_arrived() {
    for has_arrived in [true, false] {
        let mut rig = Rig::start(RETRY);
        rig.push(&["1*2x"]);
        rig.fail("1*2x").await;
        rig.hand.advance(RETRY.longest);
        rig.answer("1*2x", refused()).await;
        if has_arrived {
            rig.answer("*", refused()).await;
            rig.answer("-*-x", Outcome::Delivered).await;
            assert_eq!(rig.close().await, Counted { delivered: 4, requests: 1, retries: 1, ..Counted::default() });
        } else {
            rig.answer("*", Outcome::Delivered).await;
            rig.answer("1", Outcome::Delivered).await;
            rig.answer("2x", refused()).await;
            rig.answer("2", Outcome::Delivered).await;
            rig.answer("x", refused()).await;
            let counted = Counted { delivered: 3, requests: 3, retries: 1, refused: 1, ..Counted::default() };
            assert_eq!(rig.close().await, counted);
        }
    }
}

/// Scenario: the network is down for long. Guarantee: the item is not taken apart, as it cannot be to blame.
#[tokio::test]
async fn unreachable_receivers_blame_nobody() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["abcd"]);
    for _ in 0..20 {
        rig.answer("abcd", Outcome::Failed { error: No, retry_after: None, reach: Reach::Nowhere }).await;
        rig.is_idle().await;
        rig.hand.advance(RETRY.longest);
    }
    rig.answer("abcd", Outcome::Delivered).await;
    assert_eq!(rig.close().await, Counted { delivered: 4, requests: 1, retries: 20, ..Counted::default() });
}

/// Scenario: a receiver fails for a long time, whatever it gets. Guarantee: after a while it is asked for little; when it comes
/// back, everything arrives once, and nothing is refused.
#[tokio::test]
async fn outages_lose_nothing() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["abcdefgh", "ijk", "l", "m"]);
    let mut sizes = Vec::new();
    for _ in 0..40 {
        let asked = rig.attempt().await;
        sizes.push(asked.item.len());
        asked.answer.send(failed()).expect("the runner waits");
        rig.is_idle().await;
        rig.hand.advance(RETRY.longest);
    }
    assert_eq!(sizes[..8], [8; 8]);
    assert!(sizes[8..12].is_sorted_by(|a, b| a >= b) && sizes[11] == 1, "{sizes:?}");
    let mut arrived = String::new();
    while let Some(asked) = rig.try_attempt().await {
        arrived += asked.item;
        asked.answer.send(Outcome::Delivered).expect("the runner waits");
        rig.is_idle().await;
        rig.hand.advance(Duration::from_secs(60));
    }
    let mut letters: Vec<char> = arrived.chars().collect();
    letters.sort_unstable();
    assert_eq!(letters, ('a'..='m').collect::<Vec<_>>());
    let counted = rig.close().await;
    assert_eq!((counted.delivered, counted.refused, counted.given_up, counted.waiting), (13, 0, 0, 0));
}
