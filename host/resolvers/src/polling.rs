//! Asking again and again. An answer that fails or that is empty changes nothing; a resolver that is asked too often is given
//! more time.

use std::time::Duration;

use clock::{Clock, MonotonicNanos};
use component::authenticator::Pending;
use thiserror::Error;

use crate::history::History;
use crate::resolver::{Publisher, Resolver};

/// Nobody is asked more often.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause for somebody who is asked too often.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// A line in the log about failures comes so often.
const SILENCE: Duration = Duration::from_secs(60);

/// Somebody who knows members.
pub(crate) trait Lookup: Send + 'static {
    /// What the Collector's metrics call the resolver.
    fn name(&self) -> &'static str;

    /// Asks once.
    fn look_up(&mut self) -> Pending<'_, Result<Answer, Failure>>;
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The names of members, in any order.
    pub(crate) members: Vec<String>,
    /// A member leaves that was in none of so many last answers; with 1 the answer is the list.
    pub(crate) kept: u64,
    /// Whether there may be members that no answer can have; why.
    pub(crate) doubt: Option<&'static str>,
    /// For how long it says that it holds.
    pub(crate) holds: Option<Duration>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Failure {
    /// It did not come in time.
    #[error("no answer within {0:?}")]
    Late(Duration),
    /// It has no members.
    #[error("the answer has no addresses")]
    Empty,
    /// It was asked too often.
    #[error("asked too often: {0}")]
    Throttled(String),
    /// Anything else, in one line.
    #[error("{0}")]
    Other(String),
}

/// Asks a [`Lookup`].
pub(crate) struct Polling<L> {
    pub(crate) lookup: L,
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
    pub(crate) clock: Clock,
}

impl<L: Lookup> Resolver for Polling<L> {
    fn name(&self) -> &'static str {
        self.lookup.name()
    }

    fn run(self: Box<Self>, publisher: Publisher) -> Pending<'static, ()> {
        Box::pin(async move {
            let Self { mut lookup, interval, timeout, clock } = *self;
            let mut poll = Poll { history: History::default(), publisher, log: Log::default(), throttled: 0 };
            loop {
                let begun = clock.monotonic();
                let answer = tokio::select! {
                    answer = lookup.look_up() => answer,
                    () = clock.sleep(timeout) => Err(Failure::Late(timeout)),
                };
                let pause = poll.take(answer, interval, clock.monotonic());
                poll.wait(&clock, begun.plus(pause)).await;
            }
        })
    }
}

/// What is known between two answers.
struct Poll {
    history: History,
    publisher: Publisher,
    log: Log,
    /// Answers in a row that said that they were one too many.
    throttled: u32,
}

impl Poll {
    /// Takes what was answered. Says when to ask again, counted from the question.
    fn take(&mut self, answer: Result<Answer, Failure>, interval: Duration, now: MonotonicNanos) -> Duration {
        let name = self.publisher.name();
        let failure = match answer {
            Ok(answer) if answer.members.is_empty() => Failure::Empty,
            Ok(answer) => {
                self.throttled = 0;
                self.log.answered(name, answer.doubt, now);
                let members = self.history.answered(answer.members, answer.kept);
                self.publisher.publish(members);
                self.publisher.resolved();
                let holds = answer.holds.unwrap_or(interval);
                return interval.min(holds).max(SHORTEST_PAUSE);
            }
            Err(failure) => failure,
        };
        self.publisher.failed();
        self.log.failed(name, &failure, now);
        let pause = interval.max(SHORTEST_PAUSE);
        if matches!(failure, Failure::Throttled(_)) {
            self.throttled = (self.throttled + 1).min(16);
            let longer = pause.saturating_mul(1 << self.throttled).min(LONGEST_PAUSE.max(pause));
            // Up to half of it at random, so that gateways do not come back together.
            return longer.mul_f64(1.0 - 0.5 * fastrand::f64());
        }
        pause
    }

    /// Waits until `due`, and hears meanwhile who refuses connections.
    async fn wait(&mut self, clock: &Clock, due: MonotonicNanos) {
        loop {
            tokio::select! {
                () = clock.sleep(due.since(clock.monotonic())) => return,
                Some(member) = self.publisher.refusals.recv() => {
                    let members = self.history.refused(&member);
                    self.publisher.publish(members);
                }
            }
        }
    }
}

/// What the log has been told.
#[derive(Debug, Default)]
pub(crate) struct Log {
    failed: Option<MonotonicNanos>,
    doubted: Option<MonotonicNanos>,
}

impl Log {
    pub(crate) fn failed(&mut self, resolver: &str, failure: &Failure, now: MonotonicNanos) {
        if self.failed.is_none_or(|told| now.since(told) >= SILENCE) {
            self.failed = Some(now);
            let why = failure.to_string();
            tracing::warn!(resolver, why, "cannot find the workers; those that were known stay");
        }
    }

    pub(crate) fn answered(&mut self, resolver: &str, doubt: Option<&str>, now: MonotonicNanos) {
        if self.failed.take().is_some() {
            tracing::info!(resolver, "the workers are found again");
        }
        match doubt {
            Some(why) if self.doubted.is_none_or(|told| now.since(told) >= SILENCE) => {
                self.doubted = Some(now);
                tracing::warn!(resolver, why, "there may be more workers than the answer has");
            }
            _ => {}
        }
    }
}
