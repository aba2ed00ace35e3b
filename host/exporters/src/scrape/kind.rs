//! The scrape exporter as a component.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use component::endpoint::{Endpoint, Sockets};
use component::error::BuildError;
use component::exporter::{self, Built, Environment, Kind};
use component::shards::Shards;
use config::schema::Declared as _;
use pipeline::output::{Label, Output};
use prometheus::exposition::{self, Visitor};
use prometheus::labels::Labelling;
use prometheus::targets::Registry;
use telemetry::page;
use tokio::task::JoinSet;

use super::{Scrape, Scraped, ScrapedLabels, Settings, block};

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["prometheus"],
    summary: "Serves totals on a page for Prometheus to scrape.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: block::Keys::schema,
    read: |id, site, report| Some(Arc::new(block::Keys::read(site, report)?.settings(id)?)),
};

/// The page of an exporter.
struct Scraper;

impl exporter::Settings for Settings {
    fn label(&self) -> Box<dyn Label> {
        Box::new(ScrapedLabels::new(&self.labelling))
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        vec![Endpoint { key: "endpoint", transport: "scrape", listen: self.listen.clone() }]
    }

    fn labelling(&self) -> Option<&Labelling> {
        Some(&self.labelling)
    }

    fn build(&self, shards: usize, _environment: &mut Environment<'_>) -> Result<Built, BuildError> {
        let targets = Registry::default();
        let part = |shard| -> Box<dyn Output> { Box::new(Scraped::new(&self.labelling, targets.clone(), shard)) };
        Ok(Built { exporter: Arc::new(Scraper), outputs: (0..shards).map(part).collect() })
    }
}

impl exporter::Exporter for Scraper {
    fn serve(&self, sockets: Vec<Sockets>, shards: Shards, tasks: &mut JoinSet<()>) {
        for sockets in sockets {
            if let Some(address) = sockets.address() {
                tracing::info!(%address, path = "/metrics", "serving totals");
            }
            for listener in sockets.0 {
                let shards = shards.clone();
                tasks.spawn(page::serve(listener, move |visitor| scrape(shards.clone(), visitor)));
            }
        }
    }
}

/// The page, over all shards, for that visitor.
async fn scrape(shards: Shards, visitor: Visitor) -> String {
    let (mut lines, mut help) = (BTreeSet::new(), HashMap::new());
    let question = || Scrape { visitor, lines: Vec::new(), help: HashMap::new() };
    let answer = |answered: Scrape| {
        // Two shards may know the same resource; its line counts once.
        lines.extend(answered.lines);
        help.extend(answered.help);
    };
    shards.ask(question, answer).await;
    let mut page = exposition::Page::default();
    for line in &lines {
        page.add_line(line, help.get(line.family()).map_or("", String::as_str));
    }
    page.render()
}
