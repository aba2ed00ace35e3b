//! The exporter's part in a shard: samples are appended to the open request of their series' lane, which is compressed and
//! handed on when it is full or has waited long enough.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::appending::Appending;
use super::arrival::{OLDEST, arrive_in_time};
use super::counts::WriteCounts;
use super::encode::{self, SERIES_OVERHEAD};
use super::lanes::Lanes;
use super::metadata::Metadata;
use super::request::WriteRequest;
use super::settings::{Settings, TargetInfo};
use budget::{Budget, Reservation};
use clock::{Moment, UnixMillis, UnixNanos};
use delivery::Lane;
use model::NO_RECORDED_VALUE;
use model::Origin;

use otlp::values::{EXEMPLARS, Exemplar, PointValue};
use pipeline::batch::Batch;
use pipeline::drops::{self, Reason};
use pipeline::output::{Label, Labels, Output};
use pipeline::shard::outside::Outside;
use prometheus::families::classic::{Classic, FamilyKind};
use prometheus::families::{Families, Outcome};
use prometheus::id::FamilyId;
use prometheus::label_set::{LabelSet, NAME};
use prometheus::labels::Labeller;
use prometheus::names::Unnameable;
use prometheus::series::{Aggregation, Sample, Series, SeriesTable};
use prometheus::targets::Targets;
use streams::OutputStream;
use streams::describe::View;

/// What a label `le` or `quantile` and a suffix of the name add to the labels of a family, bytes: a bound of 17 digits.
const MARK_BYTES: usize = 64;

/// One shard's part of an exporter.
pub struct Writer {
    settings: Arc<Settings>,
    labeller: Labeller,
    written: Arc<WriteCounts>,
    lanes: Lanes,
    series: SeriesTable<OutputStream, UnixMillis>,
    families: Families<UnixMillis>,
    /// The histogram or summary in hand.
    classic: Classic,
    /// Exemplars of the sample in hand.
    exemplars: Vec<u8>,
    /// Families that wait for the end of the batch in hand, and its points that have exemplars for them.
    shown: Vec<(FamilyId, usize)>,
    targets: Targets,
    metadata: Metadata,
}

/// Which families are written that are due.
enum Due<'o> {
    /// Those for which there is room in the queue, which all shards share.
    WhereRoomIs(&'o mut dyn Outside),
    /// All: nobody comes back for them.
    All,
}

impl Due<'_> {
    /// Whether a request may grow by `bytes`, which are charged where there is room for them.
    fn may_grow(&mut self, reservation: &mut Reservation, bytes: usize) -> bool {
        match self {
            Self::WhereRoomIs(outside) => outside.answer(&mut || i64::from(reservation.grow(bytes))) != 0,
            // The requests are closed next, which charges what they hold.
            Self::All => true,
        }
    }
}

impl Writer {
    /// A writer that hands its requests to `lanes`, of which there is one at least, and charges what it holds to `room`.
    #[must_use]
    pub fn new(
        settings: Arc<Settings>,
        written: Arc<WriteCounts>,
        lanes: Vec<Lane<WriteRequest>>,
        budget: Budget,
        targets: Targets,
    ) -> Self {
        Self {
            labeller: settings.labelling.labeller(),
            lanes: Lanes::new(lanes, settings.batch, budget, Arc::clone(&written)),
            settings,
            written,
            series: SeriesTable::default(),
            families: Families::new(encode::labels),
            classic: Classic::default(),
            exemplars: Vec::new(),
            shown: Vec::new(),
            metadata: Metadata::default(),
            targets,
        }
    }

    #[inline]
    fn append(&mut self, stream: OutputStream, sample: Sample<UnixMillis>, now: Moment) {
        let Some(series) = self.series.meet(stream, sample) else {
            // Re-ordered samples of a stream that is passed by.
            self.written.out_of_order.fetch_add(1, Ordering::Relaxed);
            return;
        };
        if !arrive_in_time(series, now.wall, &self.written) {
            return;
        }
        let lane = self.lanes.of_stream(stream);
        let out = &mut self.lanes.open(lane).bytes;
        if self.exemplars.is_empty() || series.aggregation != Aggregation::Counter {
            encode::series(&series.labels, series.value, series.time, out);
        } else {
            let Series { labels, value, time, .. } = series;
            encode::series_with_exemplars(labels, *value, *time, &self.exemplars, out);
        }
        self.lanes.appended(lane, 1, now);
    }

    /// Appends the series of the histogram or summary in hand; those of a family that several streams have come later.
    fn append_family(
        &mut self,
        stream: OutputStream,
        at: (UnixMillis, UnixNanos),
        now: Moment,
        exemplars: &[Exemplar<'_>],
    ) -> Outcome {
        let lane = self.lanes.of_stream(stream);
        let out = &mut self.lanes.open(lane).bytes;
        let mut appending = Appending::new(out, &mut self.exemplars, &self.written, now.wall);
        let outcome = self.families.write(stream, &self.classic, at, |change| appending.append(change, exemplars));
        let samples = appending.samples;
        if outcome == Outcome::Old {
            self.written.out_of_order.fetch_add(1, Ordering::Relaxed);
        }
        self.lanes.appended(lane, samples, now);
        outcome
    }

    /// Appends what is due of families that several streams have. No room was reserved for all of their series: a family for
    /// which there is none waits, and what comes of it meanwhile replaces what has waited.
    fn append_due<'a>(&mut self, now: Moment, mut due: Due<'_>, exemplars: impl Fn(FamilyId) -> Vec<Exemplar<'a>>) {
        while let Some((family, bytes)) = self.families.next_due(SERIES_OVERHEAD + MARK_BYTES) {
            let lane = self.lanes.of_labels(self.families.key(family));
            let open = self.lanes.open(lane);
            if !due.may_grow(&mut open.reservation, bytes) {
                return;
            }
            let exemplars = exemplars(family);
            let mut appending = Appending::new(&mut open.bytes, &mut self.exemplars, &self.written, now.wall);
            self.families.write_due(|change| appending.append(change, &exemplars));
            let samples = appending.samples;
            self.lanes.appended(lane, samples, now);
        }
    }

    #[cold]
    fn append_end(&mut self, stream: OutputStream, time: UnixMillis, now: Moment) {
        if let Some(series) = self.series.end(stream, time)
            && arrive_in_time(series, now.wall, &self.written)
        {
            let lane = self.lanes.of_stream(stream);
            encode::stale(&series.labels, series.time, &mut self.lanes.open(lane).bytes);
            self.lanes.appended(lane, 1, now);
        }
    }

    #[cold]
    fn append_family_end(&mut self, stream: OutputStream, time: UnixMillis, now: Moment) {
        let lane = self.lanes.of_stream(stream);
        let out = &mut self.lanes.open(lane).bytes;
        let mut appending = Appending::new(out, &mut self.exemplars, &self.written, now.wall);
        self.families.end(stream, time, |change| appending.append(change, &[]));
        let samples = appending.samples;
        self.lanes.appended(lane, samples, now);
    }

    fn write_targets(&mut self, now: Moment, outside: &mut dyn Outside) {
        while let Some((labels, time)) = self.targets.due(now.wall, &mut |ask| outside.answer(ask)) {
            let lane = self.lanes.of_labels(&labels);
            encode::series(&labels, 1.0, time, &mut self.lanes.open(lane).bytes);
            self.lanes.appended(lane, 1, now);
        }
    }
}

/// What the exporter calls a stream.
struct SeriesLabels {
    /// As they stand in each time series.
    encoded: Vec<u8>,
    /// The name of the metric, where metadata is sent.
    name: Option<Box<str>>,
    /// The labels of a histogram or a summary, from which those of its series are made.
    family: Option<(FamilyKind, LabelSet)>,
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
        let family = FamilyKind::of(view.traits().kind).map(|form| (form, labels.clone()));
        let encoded = encode::labels(labels);
        let bytes = size_of::<SeriesLabels>() + encoded.len() + family.as_ref().map_or(0, |(_, set)| set.memory());
        Ok(Labels::new(SeriesLabels { encoded, name, family }, bytes))
    }

    fn series_key<'a>(&self, labels: &'a Labels) -> Option<&'a [u8]> {
        labels.get().map(|SeriesLabels { encoded, .. }| encoded.as_slice())
    }

    fn memory(&self) -> usize {
        self.labeller.memory()
    }
}

impl Output for Writer {
    fn describe(
        &mut self,
        stream: OutputStream,
        view: View<'_>,
        origin: Origin,
        labels: &Labels,
    ) -> Result<(), Reason> {
        let Some(SeriesLabels { encoded, name, family }) = labels.get() else { return Err(drops::UNNAMEABLE) };
        if let Some(name) = name {
            self.metadata.note(name, view);
        }
        if self.settings.target_info == TargetInfo::Written {
            let labeller = &mut self.labeller;
            let target = || Ok(labeller.target_info(view)?.map(encode::labels));
            self.targets.insert(stream, view.resource_key(), target).map_err(|Unnameable(_)| drops::UNNAMEABLE)?;
        }
        let shared = match family {
            Some((form, labels)) => {
                let shared = self.families.insert(stream, labels.clone(), *form, origin);
                if let Some(family) = self.families.family_of(stream) {
                    self.lanes.assign(stream, self.families.key(family));
                }
                shared
            }
            None => {
                self.lanes.assign(stream, encoded);
                self.series.insert(stream, encoded.clone(), Aggregation::of(view.traits()), origin)
            }
        };
        if shared {
            self.written.shared_series.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn forget(&mut self, stream: OutputStream) {
        self.series.remove(stream);
        self.families.remove(stream);
        self.targets.remove(stream);
    }

    fn write(&mut self, batch: &Batch, now: Moment, outside: &mut dyn Outside) {
        let oldest = now.wall.minus(OLDEST);
        for (point, stream) in batch.alive() {
            let ahead = streams::AHEAD;
            self.series.prefetch(batch.stream(point + 2 * ahead), batch.stream(point + ahead));
            self.targets.touch(stream, batch.time(point).max(oldest));
            let time = batch.time(point).to_millis();
            let start = batch.start(point);
            let ends = batch.flags(point) & NO_RECORDED_VALUE != 0;
            match batch.value(point) {
                PointValue::Number(_) if ends => self.append_end(stream, time, now),
                PointValue::Number(value) => {
                    self.exemplars.clear();
                    if !batch.exemplars().is_empty() {
                        batch
                            .exemplars()
                            .of(point)
                            .for_each(|exemplar| encode::exemplar(exemplar, &mut self.exemplars));
                    }
                    self.append(stream, Sample { time, start, value }, now);
                }
                _ if ends => self.append_family_end(stream, time, now),
                value => {
                    self.classic.read(value);
                    let exemplars: Vec<Exemplar<'_>> = batch.exemplars().of(point).collect();
                    if let Outcome::Due(family) = self.append_family(stream, (time, start), now, &exemplars)
                        && !exemplars.is_empty()
                    {
                        self.shown.push((family, point));
                    }
                }
            }
        }
        let mut shown = std::mem::take(&mut self.shown);
        shown.sort_unstable();
        self.append_due(now, Due::WhereRoomIs(outside), |family| {
            let first = shown.partition_point(|(known, _)| *known < family);
            let points = shown[first..].iter().take_while(|(known, _)| *known == family);
            points.flat_map(|(_, point)| batch.exemplars().of(*point)).take(EXEMPLARS).collect()
        });
        shown.clear();
        self.shown = shown;
        self.lanes.settle();
    }

    fn tick(&mut self, now: Moment, outside: &mut dyn Outside) {
        self.write_targets(now, outside);
        self.append_due(now, Due::WhereRoomIs(outside), |_| Vec::new());
        if let Some(metadata) = self.metadata.due(now.wall) {
            self.lanes.send_metadata(&metadata);
        }
        self.lanes.settle();
        self.lanes.close_old(now);
    }

    fn flush(&mut self, now: Moment) {
        self.append_due(now, Due::All, |_| Vec::new());
        self.lanes.close_all();
    }

    fn memory(&self) -> usize {
        self.series.memory()
            + self.labeller.memory()
            + self.families.memory()
            + self.metadata.memory()
            + self.targets.memory()
            + self.lanes.memory()
            + self.exemplars.capacity()
            + self.shown.capacity() * size_of::<(FamilyId, usize)>()
    }
}
