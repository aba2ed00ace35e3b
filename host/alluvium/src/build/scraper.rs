//! Scrapes, over all shards.

use std::collections::{BTreeSet, HashMap};

use tokio::sync::oneshot;

use exporters::scrape::Scrape;
use pipeline::shard::job::{Inbox, Message};
use prometheus::exposition::{self, Visitor};

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
            let question = Scrape { visitor, lines: Vec::new(), help: HashMap::new() };
            inbox.send(Message::Ask(Box::new(question), reply)).ok();
            let Ok(Ok(answered)) = answer.await.map(|answered| answered.downcast::<Scrape>()) else { continue };
            // Two shards may know the same resource; its line counts once.
            lines.extend(answered.lines);
            help.extend(answered.help);
        }
        let mut page = exposition::Page::default();
        for line in &lines {
            page.add_line(line, help.get(line.family()).map_or("", String::as_str));
        }
        page.render()
    }
}
