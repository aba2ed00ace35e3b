//! What a resolver is, and by what it tells of members.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use component::authenticator::Pending;
use tokio::sync::{mpsc, watch};

use crate::counts::Counts;
use crate::watch::{Members, Watch};

/// Refusals that wait to be heard.
const REFUSALS: usize = 256;

/// Finds the members of a ring.
pub trait Resolver: Send + 'static {
    /// What the Collector's metrics call it.
    fn name(&self) -> &'static str;

    /// Finds members for as long as there is something to find, and tells `publisher`.
    fn run(self: Box<Self>, publisher: Publisher) -> Pending<'static, ()>;
}

impl dyn Resolver {
    /// Begins, as a task of the tokio runtime that this is called in.
    #[must_use]
    pub fn watch(self: Box<Self>) -> Watch {
        let name = self.name();
        let (members, receiver) = watch::channel(Members::default());
        let (sender, refusals) = mpsc::channel(REFUSALS);
        let counts = Arc::<Counts>::default();
        let publisher = Publisher { name, members, refusals, counts: Arc::clone(&counts) };
        let task = tokio::spawn(self.run(publisher)).abort_handle();
        Watch::new(name, receiver, sender, counts, task)
    }
}

/// By what a resolver tells of members.
#[derive(Debug)]
pub struct Publisher {
    name: &'static str,
    members: watch::Sender<Members>,
    pub(crate) refusals: mpsc::Receiver<Box<str>>,
    counts: Arc<Counts>,
}

impl Publisher {
    /// What the Collector's metrics call the resolver.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// There was an answer.
    pub fn resolved(&self) {
        Counts::add(&self.counts.resolved);
    }

    /// There was none, or an empty one.
    pub fn failed(&self) {
        Counts::add(&self.counts.failed);
    }

    /// These are the members now. Nobody hears of a list that has not changed.
    pub fn publish(&self, members: Members) {
        let count = members.len();
        let changed = self.members.send_if_modified(|known| {
            let changed = *known != members;
            if changed {
                *known = members;
            }
            changed
        });
        if changed {
            self.counts.backends.store(count as u64, Ordering::Relaxed);
            Counts::add(&self.counts.updates);
            tracing::info!(resolver = self.name, members = count, "the list of workers has changed");
        }
    }
}
