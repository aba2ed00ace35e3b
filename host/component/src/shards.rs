//! The shards of a pipeline, as an exporter sees them.

use std::any::Any;

use pipeline::shard::job::{Inbox, Message};
use tokio::sync::oneshot;

/// A way to ask an exporter's parts, one in each shard. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shards(Vec<Inbox>);

impl Shards {
    /// The shards behind these inboxes.
    #[must_use]
    pub fn new(inboxes: Vec<Inbox>) -> Self {
        Self(inboxes)
    }

    /// Asks one shard after another, each a question of its own, and hands over what each has made of it
    /// ([`pipeline::output::Output::ask`]). Shards that have stopped are left out.
    pub async fn ask<Q: Any + Send>(&self, question: impl Fn() -> Q, mut answer: impl FnMut(Q)) {
        for inbox in &self.0 {
            let (reply, answered) = oneshot::channel();
            inbox.send(Message::Ask(Box::new(question()), reply)).ok();
            if let Ok(Ok(answered)) = answered.await.map(|answered| answered.downcast::<Q>()) {
                answer(*answered);
            }
        }
    }
}
