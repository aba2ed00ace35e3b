//! Pauses, timeouts and throttling, by answers that a test gives.

use std::time::Duration;

use clock::{Clock, Hand, UnixNanos};
use component::authenticator::Pending;
use tokio::sync::mpsc;

use super::suite::members;
use crate::polling::{Answer, Failure, Lookup, Polling};
use crate::{Resolver, Watch};

const INTERVAL: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(5);

/// Tells of each question, and answers what it is given.
struct Script {
    asked: mpsc::Sender<()>,
    answers: mpsc::Receiver<Result<Answer, Failure>>,
}

impl Lookup for Script {
    fn name(&self) -> &'static str {
        "dns"
    }

    fn look_up(&mut self) -> Pending<'_, Result<Answer, Failure>> {
        Box::pin(async {
            let _ = self.asked.send(()).await;
            match self.answers.recv().await {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        })
    }
}

struct Rig {
    asked: mpsc::Receiver<()>,
    answers: mpsc::Sender<Result<Answer, Failure>>,
    hand: Hand,
    watch: Watch,
}

fn rig() -> Rig {
    let (clock, hand) = Clock::manual(UnixNanos(1));
    let (asked_sender, asked) = mpsc::channel(1);
    let (answers, receiver) = mpsc::channel(1);
    let lookup = Script { asked: asked_sender, answers: receiver };
    let polling: Box<dyn Resolver> = Box::new(Polling { lookup, interval: INTERVAL, timeout: TIMEOUT, clock });
    Rig { asked, answers, hand, watch: polling.watch() }
}

impl Rig {
    async fn asked(&mut self) {
        self.asked.recv().await.expect("the resolver runs");
    }

    async fn answer(&self, answer: Result<Answer, Failure>) {
        self.answers.send(answer).await.expect("the resolver runs");
    }
}

fn answer(names: &[&str]) -> Answer {
    let members = names.iter().map(|name| (*name).to_owned()).collect();
    Answer { members, kept: 1, doubt: None, holds: None }
}

/// Scenario: no answer comes. Guarantee: after the timeout it has failed, and at the next interval there is another question;
/// the list is what it was.
#[tokio::test]
async fn an_answer_that_is_late_has_failed() {
    let mut rig = rig();
    rig.asked().await;
    rig.answer(Ok(answer(&["a"]))).await;
    assert_eq!(rig.watch.changed().await, members(&["a"]));
    rig.hand.advance(INTERVAL);
    rig.asked().await;
    rig.hand.advance(TIMEOUT);
    rig.hand.advance(INTERVAL - TIMEOUT);
    rig.asked().await;
    assert_eq!(rig.watch.members(), members(&["a"]));
    assert_eq!(rig.watch.counts().failed.load(std::sync::atomic::Ordering::Relaxed), 1);
}

/// Scenario: it is said that there are too many questions. Guarantee: the next one comes after more than an interval, and
/// within two.
#[tokio::test]
async fn who_is_asked_too_often_is_left_alone() {
    let mut rig = rig();
    rig.asked().await;
    rig.answer(Err(Failure::Throttled("RequestLimitExceeded".into()))).await;
    let failed = || rig.watch.counts().failed.load(std::sync::atomic::Ordering::Relaxed);
    while failed() == 0 {
        tokio::task::yield_now().await;
    }
    // Half of twice the interval is the least.
    rig.hand.advance(INTERVAL - Duration::from_millis(1));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(rig.asked.try_recv().is_err());
    rig.hand.advance(INTERVAL + Duration::from_millis(1));
    rig.asked().await;
}

/// Scenario: nobody looks at the list any more. Guarantee: nobody asks.
#[tokio::test]
async fn it_stops_when_nobody_watches() {
    let Rig { mut asked, watch, answers: _answers, hand: _hand } = rig();
    asked.recv().await.expect("the resolver runs");
    drop(watch);
    assert_eq!(asked.recv().await, None);
}
