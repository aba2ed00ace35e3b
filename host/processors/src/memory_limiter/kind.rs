//! The processor as a component.

use std::sync::Arc;

use budget::Budget;
use component::processor::{self, Kind, LimiterSettings};
use config::schema::Declared as _;
use pipeline::decide;
use pipeline::intake::leg::Limiter;
use pipeline::shard::Gauges;

use super::Settings;
use super::block::Keys;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["memory_limiter"],
    summary: "Refuses requests, in a way that can be retried, while the host holds too much.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: Keys::schema,
    read: |_, site, report| {
        let settings = Keys::read(site, report)?.settings()?;
        Some(processor::Settings::Limiter(Arc::new(settings)))
    },
};

impl LimiterSettings for Settings {
    fn build(
        &self,
        budgets: Vec<Budget>,
        shards: Vec<Arc<Gauges>>,
        deciders: Vec<Arc<decide::Gauges>>,
    ) -> Box<dyn Limiter> {
        Box::new((*self).build(budgets, shards, deciders))
    }
}
