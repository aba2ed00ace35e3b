//! The scrape exporter: the totals of all living streams on a page.
//!
//! A dashboard asks `increase()`, and a counter that first shows up with its value has not increased. So a new counter
//! shows 0 until it has been scraped once, however long that takes. A person who looks finds the value after a few
//! seconds, and takes no zero away from a Prometheus. A counter whose totals are made elsewhere shows its value at once:
//! it is older than its first point here, and a zero would make all of it an increase.

use super::exposition;
use super::series::{Meeting, Sample, SeriesTable};
use crate::exporters::exposition::Visitor;
use crate::otlp::points::NO_RECORDED_VALUE;
use crate::pipeline::batch::Batch;
use crate::pipeline::drops::{self, Reason};
use crate::pipeline::output::{Origin, Output};
use crate::remote_write::labels::{Labeller, Labelling};
use crate::remote_write::names::Unnameable;
use crate::remote_write::targets::{Registry, Targets};
use crate::stream::describe::View;

/// How long a new counter shows 0 to whoever is no Prometheus, seconds.
const ZERO_SECONDS: u32 = 5;

/// In [`Series::fresh`](super::series::Series::fresh): no longer new, as a Prometheus has scraped it, or it never was.
const KNOWN: u32 = 0;

/// In the same place: a Prometheus has yet to scrape it, but others have seen its zero. All other numbers say when it
/// began, seconds.
const SEEN: u32 = 1;

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
    fn describe(&mut self, row: u32, view: View<'_>, origin: Origin) -> Result<(), Reason> {
        let labels = self.labeller.series(view).map_err(|_| drops::UNNAMEABLE)?;
        let labels = exposition::labelled(labels).into_bytes();
        let labeller = &mut self.labeller;
        let target = || Ok(labeller.target_info(view)?.map(|labels| exposition::labelled(labels).into_bytes()));
        self.targets.insert(row, view.resource_key(), target).map_err(|Unnameable(_)| drops::UNNAMEABLE)?;
        self.series.insert(row, labels, Meeting::of(view.traits()), origin);
        Ok(())
    }

    fn forget(&mut self, row: u32) {
        self.series.remove(row);
        self.targets.remove(row);
    }

    fn write(&mut self, batch: &Batch, now: u64) {
        let columns = &batch.columns;
        for (point, row) in batch.alive() {
            // Who sends no time means the present.
            let time = if columns.times[point] == 0 { now } else { columns.times[point] }.cast_signed();
            if batch.flags(point) & NO_RECORDED_VALUE != 0 {
                // Not shown again before it has a value.
                self.series.end(row, time);
                continue;
            }
            let value = batch.value(point);
            let begins = self.series.of(row).is_some_and(|series| series.silent && series.origin == Origin::Here);
            let series = self.series.meet(row, Sample { time, start: columns.starts[point], value });
            if let Some(series) = series.filter(|_| begins) {
                series.fresh = seconds(now);
            }
        }
    }

    fn tick(&mut self, _now: u64) {}

    fn flush(&mut self) {}

    fn scrape(&mut self, visitor: Visitor, now: u64) -> Vec<(&'static str, String)> {
        self.scraped |= visitor == Visitor::Scraper;
        let mut lines = Vec::new();
        for series in self.series.iter_mut().filter(|series| !series.silent) {
            let since = series.fresh;
            match visitor {
                Visitor::Scraper => series.fresh = KNOWN,
                // Where no Prometheus scrapes, others may be what does in its place.
                Visitor::Person if !self.scraped => series.fresh = since.min(SEEN),
                Visitor::Person => {}
            }
            let counts = series.meeting == Meeting::Counter;
            let recent = visitor == Visitor::Scraper || seconds(now).saturating_sub(since) < ZERO_SECONDS;
            let zero = counts && since != KNOWN && recent;
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
    u32::try_from(nanoseconds / SECOND).unwrap_or(u32::MAX).max(SEEN + 1)
}
