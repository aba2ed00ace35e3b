//! The scrape exporter: the totals of all living streams on a page.
//!
//! A dashboard asks `increase()`, and a counter that first shows up with its value has not increased. So a new counter
//! shows 0 until it has been scraped once, however long that takes. A person who looks finds the value after a few
//! seconds, and takes no zero away from a Prometheus. A counter whose totals are made elsewhere shows its value at once:
//! it is older than its first point here, and a zero would make all of it an increase.

pub mod block;
mod kind;

use std::any::Any;
use std::collections::HashMap;

pub use kind::KIND;

use clock::{Moment, UnixNanos};
use config::address::Listen;
use model::NO_RECORDED_VALUE;
use model::Origin;
use otlp::values::PointValue;
use pipeline::batch::Batch;
use pipeline::drops::{self, Reason};
use pipeline::output::{Label, Labels, Output};
use pipeline::shard::outside::Outside;
use prometheus::exposition::{self, Line, Visitor};
use prometheus::families::classic::{Classic, FamilyKind};
use prometheus::families::{Change, Families};
use prometheus::label_set::{LabelSet, NAME};
use prometheus::labels::{Labeller, Labelling};
use prometheus::names::Unnameable;
use prometheus::series::{Aggregation, Next, Sample, SampleTime as _, Series, SeriesTable};
use prometheus::targets::{Registry, Targets};
use streams::OutputStream;
use streams::describe::View;

/// How long a new counter shows 0 to whoever is no Prometheus, seconds.
const ZERO_SECONDS: u64 = 5;

/// In [`Series::fresh`](prometheus::series::Series::fresh): no longer new, as a Prometheus has scraped it, or it never was.
const KNOWN: u64 = 0;

/// In the same place: a Prometheus has yet to scrape it, but others have seen its zero. All other numbers say when it
/// began, seconds.
const SEEN: u64 = 1;

/// Families whose description is remembered; a sender may invent more.
const HELPS: usize = 4_096;

/// Settings of the exporter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its id as configured.
    pub id: String,
    /// Where it listens.
    pub listen: Listen,
    /// Names and labels.
    pub labelling: Labelling,
}

/// The question what a part shows, and the answer.
#[derive(Debug)]
pub struct Scrape {
    /// Who asks.
    pub visitor: Visitor,
    /// All series with their values.
    pub lines: Vec<Line>,
    /// What families are in words, by name.
    pub help: HashMap<String, String>,
}

/// One shard's part of the exporter.
pub struct Scraped {
    labeller: Labeller,
    series: SeriesTable<OutputStream, UnixNanos>,
    families: Families<UnixNanos>,
    /// The histogram or summary in hand.
    classic: Classic,
    /// What metrics are, in the words of their senders, by the name of the family.
    help: HashMap<String, String>,
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
            families: Families::new(|labels| exposition::labelled(labels).into_bytes()),
            classic: Classic::default(),
            help: HashMap::new(),
            targets: Targets::new(registry, shard),
            scraped: false,
        }
    }

    /// Appends all lines, and what is known of their families in words.
    fn scrape(&mut self, visitor: Visitor, now: UnixNanos, lines: &mut Vec<Line>, help: &mut HashMap<String, String>) {
        self.scraped |= visitor == Visitor::Scraper;
        let look = Look { visitor, scraped: self.scraped, now: seconds(now) };
        for series in self.series.iter_mut().filter(|series| !series.silent) {
            let kind = if series.aggregation == Aggregation::Counter { "counter" } else { "gauge" };
            let value = look.at(series);
            lines.push(Line::new(&series.labels, value, kind));
        }
        self.families.for_each(|name, form, place, series| {
            if !series.silent {
                let kind = if form == FamilyKind::Histogram { "histogram" } else { "summary" };
                let value = look.at(series);
                lines.push(Line::of_family(name, &series.labels, value, kind, place));
            }
        });
        lines.extend(self.targets.labels().map(|labels| Line::new(labels, 1.0, "gauge")));
        help.extend(self.help.clone());
    }
}

/// What the exporter calls a stream.
struct SeriesLabels {
    /// As they stand on the page.
    text: Vec<u8>,
    /// The name of the family.
    name: String,
    /// The labels of a histogram or a summary, from which those of its series are made.
    family: Option<(FamilyKind, LabelSet)>,
}

/// The exporter's part where streams are decided about.
pub struct ScrapedLabels(Labeller);

impl ScrapedLabels {
    /// Labels as the exporter's settings say.
    #[must_use]
    pub fn new(labelling: &Labelling) -> Self {
        Self(labelling.labeller())
    }
}

impl Label for ScrapedLabels {
    fn label(&mut self, view: View<'_>) -> Result<Labels, Reason> {
        let labels = self.0.series(view).map_err(|Unnameable(_)| drops::UNNAMEABLE)?;
        let name = labels.get(NAME).unwrap_or_default().to_owned();
        let family = FamilyKind::of(view.traits().kind).map(|form| (form, labels.clone()));
        let text = exposition::labelled(labels).into_bytes();
        let family_bytes = family.as_ref().map_or(0, |(_, set): &(FamilyKind, LabelSet)| set.memory());
        let bytes = size_of::<SeriesLabels>() + text.len() + name.len() + family_bytes;
        Ok(Labels::new(SeriesLabels { text, name, family }, bytes))
    }

    fn series_key<'a>(&self, labels: &'a Labels) -> Option<&'a [u8]> {
        labels.get().map(|SeriesLabels { text, .. }| text.as_slice())
    }

    fn memory(&self) -> usize {
        self.0.memory()
    }
}

impl Output for Scraped {
    fn describe(
        &mut self,
        stream: OutputStream,
        view: View<'_>,
        origin: Origin,
        labels: &Labels,
    ) -> Result<(), Reason> {
        let Some(SeriesLabels { text, name, family }) = labels.get() else { return Err(drops::UNNAMEABLE) };
        let labeller = &mut self.labeller;
        let target = || labeller.target_info(view).map(|labels| exposition::labelled(labels).into_bytes());
        self.targets.insert(stream, view.resource_key(), target);
        match family {
            Some((form, labels)) => self.families.insert(stream, labels.clone(), *form, origin),
            None => self.series.insert(stream, text.clone(), Aggregation::of(view.traits()), origin),
        };
        if !view.description().is_empty() && (self.help.len() < HELPS || self.help.contains_key(name)) {
            self.help.insert(name.clone(), view.description().to_owned());
        }
        Ok(())
    }

    fn forget(&mut self, stream: OutputStream) {
        drop(self.series.remove(stream));
        self.families.remove(stream, |_, _| {});
        self.targets.remove(stream);
    }

    fn write(&mut self, batch: &Batch, now: Moment, _outside: &mut dyn Outside) {
        let now = now.wall;
        for (point, stream) in batch.alive() {
            // Who sends no time means the present.
            let time = if batch.time(point).is_known() { batch.time(point) } else { now };
            let start = batch.start(point);
            let ends = batch.flags(point) & NO_RECORDED_VALUE != 0;
            match batch.value(point) {
                // Not shown again before it has a value.
                PointValue::Number(_) if ends => drop(self.series.end(stream, time, rising)),
                PointValue::Number(value) => {
                    let begins = self
                        .series
                        .of(stream)
                        .is_some_and(|series| series.silent && series.origin == Origin::Accumulated);
                    let series = self.series.meet(stream, Sample { time, start, value }, rising);
                    if let Some(series) = series.filter(|_| begins) {
                        series.mark = seconds(now);
                    }
                }
                _ if ends => self.families.end(stream, time, |change: Change<'_, UnixNanos>| begin(change, now)),
                value => {
                    self.classic.read(value);
                    self.families.write(stream, &self.classic, (time, start), |change: Change<'_, UnixNanos>| {
                        begin(change, now)
                    });
                }
            }
        }
        while self.families.next_due(0, 0).is_some() {
            self.families.write_due(|change: Change<'_, UnixNanos>| begin(change, now));
        }
    }

    fn tick(&mut self, _now: Moment, _outside: &mut dyn Outside) {}

    fn flush(&mut self, _now: Moment) {}

    fn ask(&mut self, question: &mut dyn Any, now: Moment) {
        if let Some(Scrape { visitor, lines, help }) = question.downcast_mut() {
            self.scrape(*visitor, now.wall, lines, help);
        }
    }

    fn memory(&self) -> usize {
        self.labeller.memory() + self.series.memory() + self.families.memory() + self.targets.memory()
    }
}

/// The page shows the newest value without its time.
fn rising(next: Next<UnixNanos>) -> Option<UnixNanos> {
    next.rising(UnixNanos::NEVER)
}

/// Lets a series that has its first value show 0 for a while.
fn begin(change: Change<'_, UnixNanos>, now: UnixNanos) {
    if let Change::Sample(part) = change
        && part.begins
    {
        part.series.mark = seconds(now);
    }
}

/// Somebody looks.
struct Look {
    visitor: Visitor,
    /// Whether a Prometheus has ever done so.
    scraped: bool,
    /// Seconds.
    now: u64,
}

impl Look {
    /// The value that is seen of a series.
    fn at<W>(&self, series: &mut Series<W, UnixNanos>) -> f64 {
        let since = series.mark;
        match self.visitor {
            Visitor::Scraper => series.mark = KNOWN,
            // Where no Prometheus scrapes, others may be what does in its place.
            Visitor::Person if !self.scraped => series.mark = since.min(SEEN),
            Visitor::Person => {}
        }
        let recent = self.visitor == Visitor::Scraper || self.now.saturating_sub(since) < ZERO_SECONDS;
        let zero = series.aggregation == Aggregation::Counter && since != KNOWN && recent;
        if zero { 0.0 } else { series.value }
    }
}

fn seconds(time: UnixNanos) -> u64 {
    time.whole_seconds().max(SEEN + 1)
}

#[cfg(test)]
mod tests;
