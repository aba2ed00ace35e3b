//! What a writer keeps and writes so that its counters are truthful.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clock::{Moment, UnixMillis};
use model::Origin;
use prometheus::families::Families;
use prometheus::series::{Aggregation, Removed, Series, SeriesTable};
use streams::OutputStream;

use super::ownership::Ownership;
use super::repeats::{Due, Repeats};
use super::room::Room;
use super::sent::{Sent, SentTimes};
use crate::remote_write::arrival::{AHEAD, Run};
use crate::remote_write::counts::WriteCounts;
use crate::remote_write::encode::SERIES_OVERHEAD;
use crate::remote_write::lanes::Lanes;
use crate::remote_write::open::OpenRequest;
use crate::remote_write::settings::TruthfulCounters;

/// How a writer begins.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// Now.
    pub now: Moment,
    /// How long streams live without a point; none if they do for ever.
    pub idle: Option<Duration>,
}

/// Beside the tables of a writer.
#[derive(Debug)]
pub struct Added {
    settings: TruthfulCounters,
    idle: Option<Duration>,
    /// Totals that begin here are written behind this.
    since: UnixMillis,
    repeats: Option<Repeats>,
    has_markers: bool,
    /// Of series that have gone.
    sent: SentTimes,
    /// Series that have gone, and have not been ended.
    ended: Vec<Ended>,
}

/// A series that has gone with its last stream.
#[derive(Debug)]
struct Ended {
    labels: Box<[u8]>,
    lane: usize,
    /// What it is remembered by.
    key: u64,
    sent: Sent,
}

impl Added {
    /// Nothing is added yet.
    #[must_use]
    pub fn new(settings: TruthfulCounters, start: Start) -> Self {
        let mut added = Self {
            settings,
            idle: start.idle,
            since: UnixMillis::NEVER,
            repeats: None,
            has_markers: false,
            sent: SentTimes::default(),
            ended: Vec::new(),
        };
        added.own(Ownership::at_start(start.now.wall, settings.writers), start.now);
        added
    }

    /// From now on the series are this process's as `ownership` says.
    pub fn own(&mut self, ownership: Ownership, now: Moment) {
        let TruthfulCounters { repeats, repeat_interval, stale_markers, .. } = self.settings;
        self.since = self.since.max(ownership.since);
        self.has_markers = stale_markers.is_on(ownership.writers);
        self.repeats = repeats.is_on(ownership.writers).then(|| Repeats::new(repeat_interval, self.idle, now));
    }

    /// What stands in front of totals that begin here.
    #[inline]
    #[must_use]
    pub(in crate::remote_write) fn run(&self) -> Run {
        Run { zeros: self.settings.zeros, after: self.since.max(self.sent.forgotten()) }
    }

    /// The newest sample of a series that had gone, or of a family, and comes back.
    pub fn take_back(&mut self, labels: &[u8]) -> Option<Sent> {
        self.sent.take(labels)
    }

    /// Takes over a series that has gone, of the family of that key if it is one of a family: all of these are remembered
    /// together, by their newest time.
    pub fn end(&mut self, family: Option<&[u8]>, removed: Removed<UnixMillis>, lane: usize) {
        let Removed { labels, time, mark, origin, aggregation, silent } = removed;
        let adds = self.settings.zeros > 0 || self.has_markers || self.repeats.is_some();
        if !adds || origin != Origin::Accumulated || aggregation == Aggregation::Gauge || time == UnixMillis::NEVER {
            return;
        }
        let (key, sent) = (self.sent.key(family.unwrap_or(&labels)), Sent { time, mark });
        if self.has_markers && !silent {
            self.ended.push(Ended { labels, lane, key, sent });
        } else {
            self.sent.remember(key, sent);
        }
    }

    /// Writes the markers of series that have gone since the last tick; those for which there is no room are left out.
    pub fn write_markers(&mut self, lanes: &mut Lanes, room: &mut Room<'_>, now: Moment, counts: &WriteCounts) {
        let wall = now.wall.to_millis();
        for Ended { labels, lane, key, mut sent } in self.ended.drain(..) {
            let time = wall.max(UnixMillis(sent.time.0.saturating_add(1)));
            let open = &mut lanes.filling(lane).open;
            let is_near = time <= wall.plus(AHEAD);
            if is_near && room.take(&mut open.reservation, labels.len() + SERIES_OVERHEAD) {
                sent = Sent { time, mark: open.end_labels(&labels, time) };
                lanes.appended(lane, now);
                count(&counts.stale_markers, 1);
            } else {
                count(&counts.skipped_stale_markers, 1);
            }
            self.sent.remember(key, sent);
        }
        self.sent.forget_old(wall);
    }

    /// Writes totals again that have not changed for a step; those for which there is no room are left out until the next.
    pub fn write_repeats(
        &mut self,
        (series, families): (&mut SeriesTable<OutputStream, UnixMillis>, &mut Families<UnixMillis>),
        lanes: &mut Lanes,
        room: &mut Room<'_>,
        now: Moment,
        counts: &WriteCounts,
    ) {
        let Some(repeats) = &mut self.repeats else { return };
        let wall = now.wall.to_millis();
        let share = repeats.share(now);
        let steps = repeats.series.steps(series.places(), share);
        repeats.series.next = series.visit(repeats.series.next, steps, |series| {
            let Some(due) = repeats.due(series, wall) else { return };
            let lane = lanes.of_labels(&series.labels);
            let open = &mut lanes.filling(lane).open;
            if room.take(&mut open.reservation, series.labels.len() + SERIES_OVERHEAD) {
                write_again(series, due, open, wall, counts);
                lanes.appended(lane, now);
            } else {
                count(&counts.skipped_repeats, 1);
            }
        });
        let steps = repeats.families.steps(families.places(), share);
        repeats.families.next = families.visit(repeats.families.next, steps, |key, each| {
            let (mut bytes, mut samples) = (0, 0);
            each(&mut |series| {
                if repeats.due(series, wall).is_some() {
                    bytes += series.labels.len() + SERIES_OVERHEAD;
                    samples += 1;
                }
            });
            if samples == 0 {
                return;
            }
            let lane = lanes.of_labels(key);
            let open = &mut lanes.filling(lane).open;
            if room.take(&mut open.reservation, bytes) {
                each(&mut |series| {
                    if let Some(due) = repeats.due(series, wall) {
                        write_again(series, due, open, wall, counts);
                    }
                });
                lanes.appended(lane, now);
            } else {
                count(&counts.skipped_repeats, samples);
            }
        });
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let ended: usize = self.ended.iter().map(|ended| ended.labels.len()).sum();
        self.sent.memory() + self.ended.capacity() * size_of::<Ended>() + ended
    }
}

/// Writes the value of a series again, or that it ends although its stream goes on.
fn write_again<W>(
    series: &mut Series<W, UnixMillis>,
    due: Due,
    open: &mut OpenRequest,
    time: UnixMillis,
    counts: &WriteCounts,
) {
    series.time = time;
    match due {
        Due::Repeat(mark) => {
            let own = open.repeat(series);
            series.mark = mark.unwrap_or(own);
            count(&counts.repeats, 1);
        }
        Due::End(mark) => {
            open.end_labels(&series.labels, time);
            series.mark = mark;
            count(&counts.stale_markers, 1);
        }
    }
}

fn count(counter: &AtomicU64, samples: u64) {
    counter.fetch_add(samples, Ordering::Relaxed);
}
