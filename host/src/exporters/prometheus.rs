//! The scrape exporter: the totals of all living streams on a page.
//!
//! A dashboard asks `increase()`, and a counter that first shows up with its value has not increased. So a new counter
//! shows 0 until it has been scraped once; where nobody scrapes, a person who looks finds the value after a few seconds.

use std::time::Duration;

use super::exposition;
use super::series::{Meeting, SeriesTable};
use crate::clock::MILLISECOND;
use crate::otlp::walk::{NO_RECORDED_VALUE, Number};
use crate::pipeline::batch::Batch;
use crate::pipeline::drops::{self, Reason};
use crate::pipeline::output::Output;
use crate::remote_write::labels::Labelling;
use crate::remote_write::targets::{Registry, Targets};
use crate::stream::describe::View;

/// How long an unscraped counter shows 0 where nobody scrapes.
const ZERO_FOR: Duration = Duration::from_secs(5);

/// Where somebody scrapes, the zero waits for so many scrapes, should one be late.
const ZERO_SCRAPES: u64 = 2;

/// A pause longer than this between two scrapes is no interval: whoever scraped has gone.
const LONGEST_INTERVAL: u64 = 5 * 60 * 1_000_000_000;

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
    labelling: Labelling,
    series: SeriesTable,
    targets: Targets,
    /// When the last scrape was and how long after the one before, nanoseconds.
    last: Option<u64>,
    interval: u64,
}

impl Scraped {
    /// The part of shard `shard`.
    #[must_use]
    pub fn new(labelling: Labelling, registry: Registry, shard: usize) -> Self {
        Self {
            labelling,
            series: SeriesTable::default(),
            targets: Targets::new(registry, shard),
            last: None,
            interval: 0,
        }
    }

    /// How long a counter shows 0 if it is not scraped, nanoseconds.
    fn patience(&self) -> u64 {
        (self.interval * ZERO_SCRAPES).max(ZERO_FOR.as_nanos() as u64)
    }
}

impl Output for Scraped {
    fn describe(&mut self, row: u32, view: View<'_>) -> Result<(), Reason> {
        let labels = self.labelling.series(view).map_err(|_| drops::UNNAMEABLE)?;
        let target = self.labelling.target_info(view).map_err(|_| drops::UNNAMEABLE)?;
        self.targets.insert(row, target.map(|labels| exposition::labelled(&labels).into_bytes()));
        self.series.insert(row, exposition::labelled(&labels).into_bytes(), Meeting::of(view.traits()));
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
                series.fresh = now;
            }
            series.value = series.meet(row, value);
            series.time = (columns.times[point] / MILLISECOND).cast_signed();
        }
    }

    fn tick(&mut self, _now: u64) {}

    fn flush(&mut self) {}

    fn scrape(&mut self, now: u64) -> Vec<(&'static str, String)> {
        if let Some(last) = self.last.replace(now) {
            let interval = now.saturating_sub(last);
            self.interval = if interval > LONGEST_INTERVAL { 0 } else { interval };
        }
        let patience = self.patience();
        let mut lines = Vec::new();
        for series in self.series.iter_mut().filter(|series| series.time != i64::MIN) {
            let since = std::mem::take(&mut series.fresh);
            let counts = series.meeting == Meeting::Counter;
            let zero = counts && since != 0 && now.saturating_sub(since) < patience;
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
