//! Which members answers have had, so that one that is missing once does not leave.

use std::collections::BTreeMap;

use crate::watch::Members;

/// Members, and when they were in an answer.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// How many answers there were.
    answers: u64,
    /// The number of the last answer that had it.
    last: BTreeMap<Box<str>, u64>,
}

impl History {
    /// There was an answer with these. Members leave that were in none of the last `kept` answers.
    pub(crate) fn answered(&mut self, members: impl IntoIterator<Item = String>, kept: u64) -> Members {
        self.answers += 1;
        let now = self.answers;
        for member in members {
            self.last.insert(member.into(), now);
        }
        self.last.retain(|_, last| now - *last < kept);
        self.members()
    }

    /// `member` refuses connections. It leaves if the last answer did not have it.
    pub(crate) fn refused(&mut self, member: &str) -> Members {
        if self.last.get(member).is_some_and(|last| *last < self.answers) {
            self.last.remove(member);
        }
        self.members()
    }

    fn members(&self) -> Members {
        Members::new(self.last.keys().cloned())
    }
}
