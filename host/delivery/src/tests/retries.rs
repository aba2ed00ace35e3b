use std::time::Duration;

use super::receiver::{Counted, No, RETRY, Rig};
use crate::{Outcome, Reach, Retry};

const SECOND: Duration = Duration::from_secs(1);
const INSTANT: Duration = Duration::from_nanos(1);

/// Scenario: attempts fail again and again. Guarantee: the next one comes when its wait is over, not earlier, and each wait
/// is longer than the one before.
#[tokio::test]
async fn attempts_wait_for_their_time() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["a"]);
    for seconds in [1, 2, 4] {
        rig.fail("a").await;
        rig.hand.advance(seconds * SECOND - INSTANT);
        assert!(rig.is_idle().await, "{seconds} s have not passed");
        rig.hand.advance(INSTANT);
        assert!(!rig.is_idle().await, "{seconds} s have passed");
    }
    rig.answer("a", Outcome::Delivered).await;
    assert_eq!(rig.close().await, Counted { delivered: 1, requests: 1, retries: 3, ..Counted::default() });
}

/// Scenario: a receiver says when to come again. Guarantee: it is not asked earlier.
#[tokio::test]
async fn receivers_say_when() {
    let mut rig = Rig::start(RETRY);
    rig.push(&["a"]);
    rig.answer("a", Outcome::Failed { error: No, retry_after: Some(7 * SECOND), reach: Reach::Receiver }).await;
    assert!(rig.is_idle().await);
    rig.hand.advance(7 * SECOND - INSTANT);
    assert!(rig.is_idle().await);
    rig.hand.advance(INSTANT);
    rig.answer("a", Outcome::Delivered).await;
    assert_eq!(rig.close().await.delivered, 1);
}

/// Scenario: attempts fail for longer than an item may take. Guarantee: it is given up and counted, and the next item has
/// all the time that one may take.
#[tokio::test]
async fn retries_end() {
    let mut rig = Rig::start(Retry { give_up: Some(4 * SECOND), ..RETRY });
    rig.push(&["aa", "b"]);
    for item in ["aa", "b"] {
        rig.fail(item).await;
        rig.hand.advance(SECOND);
        rig.fail(item).await;
        rig.hand.advance(2 * SECOND);
        // After three seconds there is no time for a wait of four.
        rig.answer(item, super::receiver::failed()).await;
    }
    assert_eq!(rig.close().await, Counted { given_up: 3, retries: 4, ..Counted::default() });
}

/// Scenario: a receiver takes nothing for longer than an item may take, then fails once. Guarantee: it is asked after its
/// pauses, the item is not given up, and has all its time once the receiver takes items again.
#[tokio::test]
async fn held_items_are_not_given_up() {
    let mut rig = Rig::start(Retry { give_up: Some(9 * SECOND), ..RETRY });
    rig.push(&["a"]);
    for _ in 0..3 {
        rig.answer("a", Outcome::Held { error: No, pause: 30 * SECOND }).await;
        assert!(rig.is_idle().await);
        rig.hand.advance(30 * SECOND - INSTANT);
        assert!(rig.is_idle().await);
        rig.hand.advance(INSTANT);
    }
    // The fourth wait is one of eight seconds.
    rig.fail("a").await;
    rig.hand.advance(8 * SECOND);
    rig.answer("a", Outcome::Delivered).await;
    assert_eq!(rig.close().await, Counted { delivered: 1, requests: 1, retries: 4, ..Counted::default() });
}
