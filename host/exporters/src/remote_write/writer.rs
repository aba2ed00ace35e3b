//! The exporter's part in a shard: samples are appended to an open request, which is compressed and handed to the lane
//! when it is full or has waited long enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::appending::Appending;
use super::encode::{self, SERIES_OVERHEAD};
use super::lane::{Lane, WriteRequest};
use super::metadata::Metadata;
use super::settings::{Settings, TargetInfo};
use budget::{Charge, Room};
use clock::{MILLISECOND, Moment};
use model::NO_RECORDED_VALUE;
use model::Origin;

use otlp::values::{EXEMPLARS, Exemplar, Worth};
use pipeline::batch::Batch;
use pipeline::drops::{self, Reason};
use pipeline::output::{Label, Labels, Output};
use pipeline::shard::outside::Outside;
use prometheus::families::classic::{Classic, Form};
use prometheus::families::{Families, Outcome};
use prometheus::label_set::{LabelSet, NAME};
use prometheus::labels::Labeller;
use prometheus::names::Unnameable;
use prometheus::series::{Meeting, Sample, Series, SeriesTable};
use prometheus::targets::Targets;
use streams::describe::View;

/// Prometheus and its relatives refuse samples that are an hour older than their newest, and with them the whole request.
/// What is nearly as old is not written with its own time. Milliseconds.
const OLDEST_MS: i64 = 50 * 60 * 1_000;

/// What is farther ahead of the clock is not written: Prometheus refuses what is ten minutes ahead, and every sample that
/// is ahead brings the present nearer to the hour that it refuses. As far as a point may be (`shard::FUTURE_NS`);
/// milliseconds.
const AHEAD_MS: i64 = 5 * 60 * 1_000;

/// What a label `le` or `quantile` and a suffix of the name add to the labels of a family, bytes: a bound of 17 digits.
const MARK_BYTES: usize = 64;

/// What the exporter's shards have written.
#[derive(Debug, Default)]
pub struct Written {
    /// Samples appended to requests.
    pub samples: AtomicU64,
    /// Samples not written because their series has a newer one.
    pub out_of_order: AtomicU64,
    /// Samples written with the time of arrival because their own was too old.
    pub late: AtomicU64,
    /// Samples of totals and levels that were made elsewhere, not written because they were too old.
    pub too_old: AtomicU64,
    /// Samples not written because their series is too far ahead of the clock.
    pub too_far_ahead: AtomicU64,
    /// Rows that share a series with another, when they were described.
    pub shared_series: AtomicU64,
}

/// One shard's part of an exporter.
pub struct Writer {
    settings: Arc<Settings>,
    labeller: Labeller,
    written: Arc<Written>,
    lane: Lane,
    room: Room,
    series: SeriesTable,
    families: Families,
    /// The histogram or summary in hand.
    classic: Classic,
    /// Exemplars of the sample in hand.
    exemplars: Vec<u8>,
    /// Families that wait for the end of the batch in hand, and its points that have exemplars for them.
    shown: Vec<(u32, usize)>,
    targets: Targets,
    metadata: Metadata,
    open: Open,
    /// What both clocks show.
    now: Moment,
    compressor: snap::raw::Encoder,
    compressed: Vec<u8>,
}

/// Which families are written that are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// Those for which there is room in the queue.
    WhereRoomIs,
    /// All: nobody comes back for them.
    All,
}

/// The request that is being filled.
struct Open {
    bytes: Vec<u8>,
    samples: usize,
    charge: Charge,
    /// When its first sample came, by a clock that nobody sets, nanoseconds.
    since: u64,
}

impl Writer {
    /// A writer that hands its requests to `lane` and charges what it holds to `room`.
    #[must_use]
    pub fn new(
        settings: Arc<Settings>,
        written: Arc<Written>,
        lane: Lane,
        room: Room,
        targets: Targets,
        now: Moment,
    ) -> Self {
        Self {
            labeller: settings.labelling.labeller(),
            settings,
            written,
            lane,
            open: Open { bytes: Vec::new(), samples: 0, charge: room.empty_charge(), since: 0 },
            room,
            series: SeriesTable::default(),
            families: Families::new(encode::labels),
            classic: Classic::default(),
            exemplars: Vec::new(),
            shown: Vec::new(),
            metadata: Metadata::default(),
            targets,
            now,
            compressor: snap::raw::Encoder::new(),
            compressed: Vec::new(),
        }
    }

    #[inline]
    fn append(&mut self, row: u32, sample: Sample, now: u64) {
        let Some(series) = self.series.meet(row, sample) else {
            // Re-ordered samples of a stream that is passed by.
            self.written.out_of_order.fetch_add(1, Ordering::Relaxed);
            return;
        };
        if !arrive_in_time(series, now, &self.written) {
            return;
        }
        if self.exemplars.is_empty() || series.meeting != Meeting::Counter {
            encode::series(&series.labels, series.value, series.time, &mut self.open.bytes);
        } else {
            let Series { labels, value, time, .. } = series;
            encode::series_with_exemplars(labels, *value, *time, &self.exemplars, &mut self.open.bytes);
        }
        self.appended(1);
    }

    /// Appends the series of the histogram or summary in hand; those of a family that several rows have come later.
    fn append_family(&mut self, row: u32, at: (i64, u64), now: u64, exemplars: &[Exemplar<'_>]) -> Outcome {
        let mut appending = Appending::new(&mut self.open.bytes, &mut self.exemplars, &self.written, now);
        let outcome = self.families.write(row, &self.classic, at, |change| appending.append(change, exemplars));
        let samples = appending.samples;
        if outcome == Outcome::Old {
            self.written.out_of_order.fetch_add(1, Ordering::Relaxed);
        }
        self.appended(samples);
        outcome
    }

    /// Appends what is due of families that several rows have. No room was reserved for all of their series: a family for
    /// which there is none waits, and what comes of it meanwhile replaces what has waited.
    fn append_due<'a>(&mut self, now: u64, due: Due, exemplars: impl Fn(u32) -> Vec<Exemplar<'a>>) {
        while let Some((family, bytes)) = self.families.next_due(SERIES_OVERHEAD + MARK_BYTES) {
            if !self.open.charge.grow(bytes) && due == Due::WhereRoomIs {
                return;
            }
            let exemplars = exemplars(family);
            let mut appending = Appending::new(&mut self.open.bytes, &mut self.exemplars, &self.written, now);
            self.families.write_due(|change| appending.append(change, &exemplars));
            let samples = appending.samples;
            self.appended(samples);
        }
    }

    #[cold]
    fn append_end(&mut self, row: u32, time: i64, now: u64) {
        if let Some(series) = self.series.end(row, time)
            && arrive_in_time(series, now, &self.written)
        {
            encode::stale(&series.labels, series.time, &mut self.open.bytes);
            self.appended(1);
        }
    }

    #[cold]
    fn append_family_end(&mut self, row: u32, time: i64, now: u64) {
        let mut appending = Appending::new(&mut self.open.bytes, &mut self.exemplars, &self.written, now);
        self.families.end(row, time, |change| appending.append(change, &[]));
        let samples = appending.samples;
        self.appended(samples);
    }

    /// Counts samples that were appended; closes the request if it is full.
    #[inline]
    fn appended(&mut self, samples: usize) {
        if self.open.samples == 0 && samples > 0 {
            self.open.since = self.now.monotonic;
        }
        self.open.samples += samples;
        if self.open.samples >= self.settings.batch.samples || self.open.bytes.len() >= self.settings.batch.bytes {
            self.close();
        }
    }

    /// Hands the open request on.
    fn close(&mut self) {
        if self.open.samples == 0 {
            return;
        }
        self.written.samples.fetch_add(self.open.samples as u64, Ordering::Relaxed);
        let bytes = std::mem::take(&mut self.open.bytes);
        let charge = std::mem::replace(&mut self.open.charge, self.room.empty_charge());
        let samples = std::mem::take(&mut self.open.samples);
        self.hand_on(&bytes, samples, charge);
        self.open.bytes = bytes;
        self.open.bytes.clear();
    }

    /// Compresses a request and gives it to the lane.
    fn hand_on(&mut self, bytes: &[u8], samples: usize, mut charge: Charge) {
        let most = snap::raw::max_compress_len(bytes.len());
        if self.compressed.len() < most {
            self.compressed.resize(most, 0);
        }
        // Only a request of more than 4 GiB fails; it is closed long before.
        let length = self.compressor.compress(bytes, &mut self.compressed).unwrap_or(0);
        let body = Bytes::copy_from_slice(&self.compressed[..length]);
        charge.settle(body.len());
        self.lane.push(WriteRequest { body, samples, charge });
    }

    /// Charges what the open request holds now.
    fn settle(&mut self) {
        let held = self.open.bytes.len();
        self.open.charge.settle(held);
    }

    fn write_targets(&mut self, now: u64, outside: &mut dyn Outside) {
        while let Some((labels, time)) = self.targets.due(now, &mut |ask| outside.answer(ask)) {
            encode::series(&labels, 1.0, time, &mut self.open.bytes);
            self.appended(1);
        }
    }
}

/// Sees to it that no sample is refused for its time, as all samples of its request would be. Says whether the newest of
/// `series` is to be written.
#[inline]
pub(super) fn arrive_in_time(series: &mut Series, now: u64, written: &Written) -> bool {
    let arrival = (now / MILLISECOND).cast_signed();
    let ahead = series.time.saturating_sub(arrival);
    (-OLDEST_MS..=AHEAD_MS).contains(&ahead) || arrive_anyway(series, arrival, written)
}

/// The oldest time that is written, milliseconds.
pub(super) fn oldest(now: u64) -> i64 {
    (now / MILLISECOND).cast_signed() - OLDEST_MS
}

#[cold]
fn arrive_anyway(series: &mut Series, arrival: i64, written: &Written) -> bool {
    if series.time > arrival {
        // Points that come faster than one a millisecond push a series that several share ahead of the clock. What is not
        // written is part of the total that follows, as soon as the clock has moved.
        series.time = arrival + AHEAD_MS;
        written.too_far_ahead.fetch_add(1, Ordering::Relaxed);
        return false;
    }
    if series.origin == Origin::Elsewhere {
        written.too_old.fetch_add(1, Ordering::Relaxed);
        return false;
    }
    // A total that is made here is true now as well.
    series.time = arrival;
    written.late.fetch_add(1, Ordering::Relaxed);
    true
}

/// What the exporter calls a stream.
struct SeriesLabels {
    /// As they stand in each time series.
    encoded: Vec<u8>,
    /// The name of the metric, where metadata is sent.
    name: Option<Box<str>>,
    /// The labels of a histogram or a summary, from which those of its series are made.
    family: Option<(Form, LabelSet)>,
}

/// The exporter's part where streams are decided about.
pub struct WriterLabels {
    labeller: Labeller,
    metadata: bool,
}

impl WriterLabels {
    /// Labels as the exporter's settings say.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self { labeller: settings.labelling.labeller(), metadata: settings.metadata }
    }
}

impl Label for WriterLabels {
    fn label(&mut self, view: View<'_>) -> Result<Labels, Reason> {
        let labels = self.labeller.series(view).map_err(|unlabelled| crate::reason(&unlabelled))?;
        let name = self.metadata.then(|| labels.get(NAME).unwrap_or_default().into());
        let family = Form::of(view.traits().kind).map(|form| (form, labels.clone()));
        Ok(Labels::new(SeriesLabels { encoded: encode::labels(labels), name, family }))
    }

    fn series_key<'a>(&self, labels: &'a Labels) -> Option<&'a [u8]> {
        labels.get().map(|SeriesLabels { encoded, .. }| encoded.as_slice())
    }

    fn memory(&self) -> usize {
        self.labeller.memory()
    }
}

impl Output for Writer {
    fn describe(&mut self, row: u32, view: View<'_>, origin: Origin, labels: &Labels) -> Result<(), Reason> {
        let Some(SeriesLabels { encoded, name, family }) = labels.get() else { return Err(drops::UNNAMEABLE) };
        if let Some(name) = name {
            self.metadata.note(name, view);
        }
        if self.settings.target_info == TargetInfo::Written {
            let labeller = &mut self.labeller;
            let target = || Ok(labeller.target_info(view)?.map(encode::labels));
            self.targets.insert(row, view.resource_key(), target).map_err(|Unnameable(_)| drops::UNNAMEABLE)?;
        }
        let shared = match family {
            Some((form, labels)) => self.families.insert(row, labels.clone(), *form, origin),
            None => self.series.insert(row, encoded.clone(), Meeting::of(view.traits()), origin),
        };
        if shared {
            self.written.shared_series.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn forget(&mut self, row: u32) {
        self.series.remove(row);
        self.families.remove(row);
        self.targets.remove(row);
    }

    fn write(&mut self, batch: &Batch, moment: Moment) {
        let now = moment.wall;
        self.now = moment;
        let columns = &batch.columns;
        let oldest = now.saturating_sub(OLDEST_MS.cast_unsigned() * MILLISECOND);
        let row_of = |point: usize| columns.rows.get(point).map(|&slot| batch.rows[slot as usize]);
        for (point, row) in batch.alive() {
            let ahead = streams::AHEAD;
            self.series.prefetch(row_of(point + 2 * ahead), row_of(point + ahead));
            self.targets.touch(row, columns.times[point].max(oldest));
            let time = (columns.times[point] / MILLISECOND).cast_signed();
            let start = columns.starts[point];
            let ends = batch.flags(point) & NO_RECORDED_VALUE != 0;
            match batch.worth(point) {
                Worth::Number(_) if ends => self.append_end(row, time, now),
                Worth::Number(value) => {
                    self.exemplars.clear();
                    if !batch.exemplars.is_empty() {
                        batch.exemplars.of(point).for_each(|exemplar| encode::exemplar(exemplar, &mut self.exemplars));
                    }
                    self.append(row, Sample { time, start, value }, now);
                }
                _ if ends => self.append_family_end(row, time, now),
                worth => {
                    self.classic.read(worth);
                    let exemplars: Vec<Exemplar<'_>> = batch.exemplars.of(point).collect();
                    if let Outcome::Due(family) = self.append_family(row, (time, start), now, &exemplars)
                        && !exemplars.is_empty()
                    {
                        self.shown.push((family, point));
                    }
                }
            }
        }
        let mut shown = std::mem::take(&mut self.shown);
        shown.sort_unstable();
        self.append_due(now, Due::WhereRoomIs, |family| {
            let first = shown.partition_point(|(known, _)| *known < family);
            let points = shown[first..].iter().take_while(|(known, _)| *known == family);
            points.flat_map(|(_, point)| batch.exemplars.of(*point)).take(EXEMPLARS).collect()
        });
        shown.clear();
        self.shown = shown;
        self.settle();
    }

    fn tick(&mut self, moment: Moment, outside: &mut dyn Outside) {
        let now = moment.wall;
        self.now = moment;
        self.write_targets(now, outside);
        self.append_due(now, Due::WhereRoomIs, |_| Vec::new());
        if let Some(metadata) = self.metadata.due(now) {
            self.hand_on(&metadata, 0, self.room.empty_charge());
        }
        self.settle();
        let waited = moment.monotonic.saturating_sub(self.open.since);
        if u128::from(waited) >= self.settings.batch.wait.as_nanos() {
            self.close();
        }
    }

    fn flush(&mut self, now: Moment) {
        self.now = now;
        self.append_due(now.wall, Due::All, |_| Vec::new());
        self.close();
    }

    fn memory(&self) -> usize {
        self.series.memory()
            + self.labeller.memory()
            + self.families.memory()
            + self.metadata.memory()
            + self.targets.memory()
            + self.open.bytes.capacity()
            + self.compressed.capacity()
            + self.exemplars.capacity()
            + self.shown.capacity() * size_of::<(u32, usize)>()
    }
}
