//! Scrapes, over all shards.

use std::collections::{BTreeSet, HashMap};

use tokio::sync::oneshot;

use crate::exporters::exposition::{self, Visitor};
use crate::pipeline::shard::{Inbox, Message};

/// Asks all shards for what they show.
#[derive(Debug, Clone)]
pub struct Scraper {
    pub(super) inboxes: Vec<Inbox>,
}

impl Scraper {
    /// The page, for that visitor.
    pub async fn scrape(&self, visitor: Visitor) -> String {
        let (mut lines, mut help) = (BTreeSet::new(), HashMap::new());
        for inbox in &self.inboxes {
            let (reply, answer) = oneshot::channel();
            inbox.send(Message::Scrape(visitor, reply)).ok();
            let (shown, described) = answer.await.unwrap_or_default();
            // Two shards may know the same resource; its line counts once.
            lines.extend(shown);
            help.extend(described);
        }
        let mut page = exposition::Page::default();
        for line in &lines {
            page.add_line(line, help.get(line.family()).map_or("", String::as_str));
        }
        page.render()
    }
}
