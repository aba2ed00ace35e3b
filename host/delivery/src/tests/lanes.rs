use super::receiver::{Counted, RETRY, Rig, push};
use crate::Outcome;

/// Scenario: two lanes to one destination, of which one waits for its next attempt. Guarantee: the other delivers meanwhile,
/// and both count together.
#[tokio::test]
async fn lanes_do_not_wait_for_each_other() {
    let mut rig = Rig::start(RETRY);
    let (other, runner) = rig.destination.lane();
    let runner = tokio::spawn(runner.run());
    rig.push(&["a", "b"]);
    rig.fail("a").await;
    push(&other, &rig.budget, &["x", "y"]);
    rig.answer("x", Outcome::Delivered).await;
    rig.answer("y", Outcome::Delivered).await;
    drop(other);
    runner.await.expect("it does not panic");
    assert_eq!(Counted::of(&rig.destination).waiting, 2);
    rig.hand.advance(RETRY.longest);
    rig.answer("a", Outcome::Delivered).await;
    rig.answer("b", Outcome::Delivered).await;
    assert_eq!(rig.close().await, Counted { delivered: 4, requests: 4, retries: 1, ..Counted::default() });
}
