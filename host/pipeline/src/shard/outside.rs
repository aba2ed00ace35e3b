//! What a shard learns from outside while it does what it was told: whether a limit or a queue that all shards share has
//! room, whether it may write a series for all of them, whether a guest's call was cut off. Apart from these answers a
//! shard is a function of what it is told, so that a run can be recorded and done again.

use std::collections::VecDeque;
use std::sync::mpsc::Sender;

/// Whoever answers.
pub trait Outside: Send {
    /// The answer of `ask`, which looks at what shards share; or what it answered when the run was recorded.
    fn answer(&mut self, ask: &mut dyn FnMut() -> i64) -> i64;
}

/// Asks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Live;

/// Asks, and sends the answers to whoever keeps the record.
#[derive(Debug)]
pub struct Recording(pub Sender<i64>);

/// Answers as it was recorded, and asks nobody. Where the record ends every answer is 0.
#[derive(Debug, Default)]
pub struct Replay(pub VecDeque<i64>);

impl Outside for Live {
    fn answer(&mut self, ask: &mut dyn FnMut() -> i64) -> i64 {
        ask()
    }
}

impl Outside for Recording {
    fn answer(&mut self, ask: &mut dyn FnMut() -> i64) -> i64 {
        let answer = ask();
        self.0.send(answer).ok();
        answer
    }
}

impl Outside for Replay {
    fn answer(&mut self, _ask: &mut dyn FnMut() -> i64) -> i64 {
        self.0.pop_front().unwrap_or(0)
    }
}

/// Whether something is so, by an answer from outside.
pub(crate) fn is_so(outside: &mut dyn Outside, mut ask: impl FnMut() -> bool) -> bool {
    outside.answer(&mut || i64::from(ask())) != 0
}
