//! The scrape exporter: the totals of all living streams on a page.
//!
//! A dashboard asks `increase()`, and a counter that first shows up with its value has not increased. So a new counter
//! shows 0 until it has been scraped once, however long that takes. A person who looks finds the value after a few
//! seconds, and takes no zero away from a Prometheus that scrapes.

use super::exposition;
use super::series::{Meeting, SeriesTable};
use crate::clock::MILLISECOND;
use crate::otlp::walk::{NO_RECORDED_VALUE, Number};
use crate::pipeline::batch::Batch;
use crate::pipeline::drops::{self, Reason};
use crate::pipeline::output::Output;
use crate::remote_write::labels::{Labeller, Labelling};
use crate::remote_write::names::Unnameable;
use crate::remote_write::targets::{Registry, Targets};
use crate::stream::describe::View;
use crate::telemetry::page::Visitor;

/// How long a new counter shows 0 to whoever is no Prometheus, seconds.
const ZERO_SECONDS: u32 = 5;

/// Settings of the exporter.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its id as configured.
    pub id: String,
    /// Where it listens.
    pub endpoint: String,
    /// Names and labels.
    pub labelling: Labelling,
}

/// One shard's part of the exporter.
pub struct Scraped {
    labeller: Labeller,
    series: SeriesTable,
    targets: Targets,
    /// Whether a Prometheus has ever scraped.
    scraped: bool,
}

impl Scraped {
    /// The part of shard `shard`.
    #[must_use]
    pub fn new(labelling: &Labelling, registry: Registry, shard: usize) -> Self {
        Self {
            labeller: labelling.labeller(),
            series: SeriesTable::default(),
            targets: Targets::new(registry, shard),
            scraped: false,
        }
    }
}

impl Output for Scraped {
    fn describe(&mut self, row: u32, view: View<'_>) -> Result<(), Reason> {
        let labels = self.labeller.series(view).map_err(|_| drops::UNNAMEABLE)?;
        let labels = exposition::labelled(labels).into_bytes();
        let labeller = &mut self.labeller;
        let target = || Ok(labeller.target_info(view)?.map(|labels| exposition::labelled(labels).into_bytes()));
        self.targets.insert(row, view.resource_key(), target).map_err(|Unnameable(_)| drops::UNNAMEABLE)?;
        self.series.insert(row, labels, Meeting::of(view.traits()));
        Ok(())
    }

    fn forget(&mut self, row: u32) {
        self.series.remove(row);
        self.targets.remove(row);
    }

    fn write(&mut self, batch: &Batch, now: u64) {
        let columns = &batch.columns;
        for (point, row) in batch.alive() {
            let Some(series) = self.series.of(row) else { continue };
            if batch.flags(point) & NO_RECORDED_VALUE != 0 {
                // Not shown again before it has a value.
                series.time = i64::MIN;
                continue;
            }
            let bits = columns.values[point];
            let value = if columns.kinds[point] == Number::Int as u8 {
                bits.cast_signed() as f64
            } else {
                f64::from_bits(bits)
            };
            if series.time == i64::MIN {
                series.fresh = seconds(now);
            }
            series.time = (columns.times[point] / MILLISECOND).cast_signed();
            let value = self.series.meet(row, value);
            if let Some(series) = self.series.of(row) {
                series.value = value;
            }
        }
    }

    fn tick(&mut self, _now: u64) {}

    fn flush(&mut self) {}

    fn scrape(&mut self, visitor: Visitor, now: u64) -> Vec<(&'static str, String)> {
        self.scraped |= visitor == Visitor::Scraper;
        // Where a Prometheus scrapes, others only look.
        let counts_as_scrape = visitor == Visitor::Scraper || !self.scraped;
        let mut lines = Vec::new();
        for series in self.series.iter_mut().filter(|series| series.time != i64::MIN) {
            let since = series.fresh;
            if counts_as_scrape {
                series.fresh = 0;
            }
            let counts = series.meeting == Meeting::Counter;
            let recent = visitor == Visitor::Scraper || seconds(now).saturating_sub(since) < ZERO_SECONDS;
            let zero = counts && since != 0 && recent;
            let value = if zero { 0.0 } else { series.value };
            let labels = String::from_utf8_lossy(&series.labels);
            let kind = if counts { "counter" } else { "gauge" };
            lines.push((kind, format!("{labels} {}\n", exposition::number(value))));
        }
        for labels in self.targets.labels() {
            lines.push(("gauge", format!("{} 1\n", String::from_utf8_lossy(labels))));
        }
        lines
    }

    fn memory(&self) -> usize {
        self.series.memory() + self.targets.memory()
    }
}

fn seconds(nanoseconds: u64) -> u32 {
    const SECOND: u64 = 1_000_000_000;
    // 0 stands for a series that is no longer new.
    u32::try_from(nanoseconds / SECOND).unwrap_or(u32::MAX).max(1)
}
