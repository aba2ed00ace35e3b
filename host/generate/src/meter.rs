//! What the OpenTelemetry JS SDK does between an addition and an export, with delta temporality.
//!
//! A series that was part of the previous export begins where that one ended; one that was idle begins with its first
//! addition. Times are whole milliseconds, so that begin and end may coincide. What has not changed is not exported.

use super::model::{Attributes, Metric};

/// The counters of one process.
#[derive(Debug, Default)]
pub struct Meter {
    series: Vec<Series>,
    /// When it last exported, milliseconds.
    collected: u64,
}

#[derive(Debug)]
struct Series {
    metric: Metric,
    attributes: Attributes,
    /// Added since the last export.
    sum: f64,
    /// The first addition since then, milliseconds.
    first: Option<u64>,
    /// When it was last part of an export.
    exported: u64,
}

/// A delta point, to be exported.
#[derive(Debug, Clone, PartialEq)]
pub struct Delta {
    /// Its counter.
    pub metric: Metric,
    /// Attributes beside those of the session.
    pub attributes: Attributes,
    /// Milliseconds since the Unix epoch.
    pub start: u64,
    /// Milliseconds since the Unix epoch.
    pub time: u64,
    /// What was added.
    pub value: f64,
}

impl Meter {
    /// Adds to a counter at `now` (milliseconds).
    pub fn add(&mut self, metric: Metric, attributes: &Attributes, value: f64, now: u64) {
        let known = self.series.iter_mut().find(|series| series.metric == metric && series.attributes == *attributes);
        match known {
            Some(series) => {
                series.sum += value;
                series.first.get_or_insert(now);
            }
            None => self.series.push(Series {
                metric,
                attributes: attributes.clone(),
                sum: value,
                first: Some(now),
                exported: 0,
            }),
        }
    }

    /// What is exported at `now` (milliseconds); nothing if nothing has changed.
    pub fn collect(&mut self, now: u64) -> Vec<Delta> {
        let previous = std::mem::replace(&mut self.collected, now);
        let mut deltas = Vec::new();
        for series in &mut self.series {
            let Some(first) = series.first.take() else { continue };
            let contiguous = series.exported != 0 && series.exported == previous;
            deltas.push(Delta {
                metric: series.metric,
                attributes: series.attributes.clone(),
                start: if contiguous { previous } else { first },
                time: now,
                value: std::mem::take(&mut series.sum),
            });
            series.exported = now;
        }
        deltas
    }
}
