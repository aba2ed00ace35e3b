//! What a user of a resolver sees of it.

use std::future::pending;
use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

use crate::counts::Counts;

/// The members of a ring, sorted by name: addresses as the resolver says them, with a port if it knows one
/// ([`endpoint::address`](crate::endpoint::address) has the port that goes without saying). Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Members(Arc<[Box<str>]>);

impl Members {
    /// These, in any order. What stands there twice stays twice.
    pub fn new(names: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        let mut names: Vec<Box<str>> = names.into_iter().map(Into::into).collect();
        names.sort_unstable();
        Self(names.into())
    }
}

impl Deref for Members {
    type Target = [Box<str>];

    fn deref(&self) -> &[Box<str>] {
        &self.0
    }
}

/// A resolver at work. It stops when this is dropped.
#[derive(Debug)]
pub struct Watch {
    name: &'static str,
    members: watch::Receiver<Members>,
    refusals: mpsc::Sender<Box<str>>,
    counts: Arc<Counts>,
    task: AbortHandle,
}

impl Watch {
    pub(crate) fn new(
        name: &'static str,
        members: watch::Receiver<Members>,
        refusals: mpsc::Sender<Box<str>>,
        counts: Arc<Counts>,
        task: AbortHandle,
    ) -> Self {
        Self { name, members, refusals, counts, task }
    }

    /// What the Collector's metrics call the resolver: `static`, `dns`, `k8s` or `aws`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The members now; none before the first answer.
    pub fn members(&mut self) -> Members {
        self.members.borrow_and_update().clone()
    }

    /// Waits until the list differs from the one that [`Self::members`] gave last, and gives it. May be broken off and begun
    /// again: no change is missed.
    pub async fn changed(&mut self) -> Members {
        if self.members.changed().await.is_err() {
            // It has said all that it will ever say.
            pending::<()>().await;
        }
        self.members()
    }

    /// Tells that a member refuses connections. If the last answer did not have it either, it leaves at once.
    pub fn refused(&self, member: &str) {
        // Whoever cannot be heard now will be told again at the next attempt.
        let _ = self.refusals.try_send(member.into());
    }

    /// What is counted.
    #[must_use]
    pub fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
