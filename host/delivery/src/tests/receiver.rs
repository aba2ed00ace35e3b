//! A receiver that a test answers for.

use std::fmt::{Debug, Display, Formatter};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use budget::Budget;
use clock::{Clock, Hand, UnixNanos};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, yield_now};

use crate::{Attempt, Destination, Expectation, Item, Lane, Outcome, Pieces, Reach, Remainder, Retry};

/// An item: its name, a letter a point.
pub type Name = &'static str;

impl Item for Name {
    fn points(&self) -> usize {
        self.len()
    }
}

/// One thread runs everything: a task that could go on has had its turn after a few rounds.
const ROUNDS: usize = 64;

/// What the receiver says of an item that it does not take.
#[derive(Debug)]
pub struct No;

impl Display for No {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        out.write_str("no")
    }
}

impl std::error::Error for No {}

/// Hands each attempt to the test, which answers. The pieces of an item are its letters, which are their keys as well. Those
/// in capitals may be refused again.
pub struct Asking(mpsc::Sender<Asked>);

/// An attempt that waits for an answer.
#[derive(Debug)]
pub struct Asked {
    pub item: Name,
    pub answer: oneshot::Sender<Outcome<No>>,
}

impl Attempt for Asking {
    type Item = Name;
    type Pieces = Letters;
    type Error = No;

    async fn attempt(&self, item: &Name) -> Outcome<No> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Asked { item, answer }).await.expect("the test listens");
        answered.await.expect("the test answers")
    }

    fn divide(&self, item: &Name) -> Option<Letters> {
        Some(Letters(item))
    }

    fn refused(&self, item: &Name, _: &No) -> Expectation {
        if item.chars().any(char::is_uppercase) { Expectation::Lasting } else { Expectation::Passing }
    }
}

/// The letters of a name, which take as many bytes again.
#[derive(Debug)]
pub struct Letters(Name);

impl Pieces for Letters {
    type Item = Name;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn bytes(&self) -> usize {
        self.0.len()
    }

    fn item(&self, pieces: Range<usize>) -> Name {
        &self.0[pieces]
    }

    fn points(&self, pieces: Range<usize>) -> usize {
        pieces.len()
    }

    fn key(&self, piece: usize) -> u64 {
        self.0.as_bytes()[piece].into()
    }

    fn single(&self, piece: usize) -> Self {
        Self(&self.0[piece..=piece])
    }

    fn join(parts: Vec<Self>) -> Option<Self> {
        let all: String = parts.iter().map(|Letters(part)| *part).collect();
        Some(Self(Box::leak(all.into())))
    }

    /// A receiver that has an item refuses its star alone.
    fn witness(&self, among: Range<usize>) -> Option<usize> {
        self.0[among.clone()].find('*').map(|at| among.start + at)
    }

    /// Digits cannot be repeated.
    fn omit_repeated(&mut self, among: Range<usize>) {
        let rest: String = self
            .0
            .char_indices()
            .map(|(at, letter)| if among.contains(&at) && letter.is_ascii_digit() { '-' } else { letter })
            .collect();
        self.0 = Box::leak(rest.into());
    }
}

/// A lane to a receiver.
pub struct Rig {
    pub destination: Arc<Destination<Asking>>,
    pub lane: Lane<Name>,
    pub budget: Budget,
    pub hand: Hand,
    pub stopping: watch::Sender<bool>,
    pub runner: JoinHandle<()>,
    asked: mpsc::Receiver<Asked>,
}

/// Without jitter, so that a test knows how long a wait is: a second, two, four and so on.
pub const RETRY: Retry = Retry {
    initial: Some(Duration::from_secs(1)),
    multiplier: 2.0,
    jitter: 0.0,
    longest: Duration::from_secs(60),
    give_up: None,
};

impl Rig {
    pub fn start(retry: Retry) -> Self {
        let (clock, hand) = Clock::manual(UnixNanos(1_790_000_000_000_000_000));
        let (asks, asked) = mpsc::channel(16);
        let (stopping, stopped) = watch::channel(false);
        let destination = Arc::new(Destination {
            exporter: "test".into(),
            attempt: Asking(asks),
            retry,
            counts: Arc::default(),
            clock,
            stopping: stopped,
        });
        let (lane, runner) = destination.lane();
        let runner = tokio::spawn(runner.run());
        Self { destination, lane, budget: Budget::new(1_000), hand, stopping, runner, asked }
    }

    /// Queues items, of a byte a letter.
    pub fn push(&self, items: &[Name]) {
        push(&self.lane, &self.budget, items);
    }

    /// The next attempt.
    pub async fn attempt(&mut self) -> Asked {
        assert!(!self.is_idle().await, "no attempt comes");
        self.asked.recv().await.expect("the destination lives")
    }

    /// The next attempt, if one comes without the clock being moved.
    pub async fn try_attempt(&mut self) -> Option<Asked> {
        if self.is_idle().await { None } else { self.asked.recv().await }
    }

    /// Moves the clock until the next attempt comes, and answers it; none may come within a minute.
    pub async fn hand_on(&mut self, step: Duration, outcome: impl Fn() -> Outcome<No>) -> bool {
        for _ in 0..1_000 {
            if let Some(asked) = self.try_attempt().await {
                asked.answer.send(outcome()).expect("the runner waits");
                return true;
            }
            self.hand.advance(step);
        }
        false
    }

    /// Answers the next attempt, which is of `item`.
    pub async fn answer(&mut self, item: Name, outcome: Outcome<No>) {
        let asked = self.attempt().await;
        assert_eq!(asked.item, item);
        asked.answer.send(outcome).expect("the runner waits");
    }

    /// Fails the next attempt, which is of `item`, and returns when its lane waits for the one after it.
    pub async fn fail(&mut self, item: Name) {
        let retries = self.retries();
        self.answer(item, failed()).await;
        self.is_idle().await;
        assert_eq!(self.retries(), retries + 1);
    }

    /// Whether everything has been done that can be done without an answer and without time.
    pub async fn is_idle(&mut self) -> bool {
        for _ in 0..ROUNDS {
            yield_now().await;
        }
        self.asked.is_empty()
    }

    fn retries(&self) -> u64 {
        self.destination.counts.retries.load(Ordering::Relaxed)
    }

    /// Closes the lane and waits until it is empty.
    pub async fn close(mut self) -> Counted {
        assert!(self.is_idle().await, "an attempt is not answered");
        drop(self.lane);
        for _ in 0..ROUNDS {
            yield_now().await;
        }
        assert!(self.runner.is_finished(), "it is not empty");
        self.runner.await.expect("it does not panic");
        Counted::of(&self.destination)
    }
}

pub fn push(lane: &Lane<Name>, budget: &Budget, items: &[Name]) {
    for item in items {
        lane.push(item, budget.reserve(item.len()).expect("there is room"));
    }
}

pub fn refused() -> Outcome<No> {
    Outcome::Refused { error: No, remainder: Remainder::Missing }
}

pub fn failed() -> Outcome<No> {
    Outcome::Failed { error: No, retry_after: None, reach: Reach::Receiver }
}

/// The counters.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub delivered: u64,
    pub requests: u64,
    pub retries: u64,
    pub refused: u64,
    pub given_up: u64,
    pub waiting: usize,
}

impl Counted {
    pub fn of(destination: &Destination<Asking>) -> Self {
        let counts = &destination.counts;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Self {
            delivered: read(&counts.delivered),
            requests: read(&counts.requests),
            retries: read(&counts.retries),
            refused: read(&counts.refused),
            given_up: read(&counts.given_up),
            waiting: counts.waiting.load(Ordering::Relaxed),
        }
    }
}
