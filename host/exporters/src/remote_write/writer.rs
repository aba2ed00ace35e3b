//! The exporter's part in a shard: samples are appended to the open request of their series' lane, which is compressed and
//! handed on when it is full or has waited long enough.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::appending::Appending;
use super::arrival::{AHEAD, Arrival, OLDEST};
use super::counts::WriteCounts;
use super::encode::{self, SERIES_OVERHEAD};
use super::labels::SeriesLabels;
use super::lanes::Lanes;
use super::metadata::Metadata;
use super::request::{Contents, WriteRequest};
use super::settings::{Settings, TargetInfo};
use super::truthful::added::{Added, Start};
use super::truthful::ownership::Ownership;
use super::truthful::room::Room;
use super::truthful::sent::Sent;
use budget::{Budget, Reservation};
use clock::{Moment, UnixMillis, UnixNanos};
use delivery::Lane;
use model::NO_RECORDED_VALUE;
use model::Origin;

use otlp::values::{EXEMPLARS, Exemplar, PointValue};
use pipeline::batch::Batch;
use pipeline::drops::{self, Reason};
use pipeline::output::{Labels, Output};
use pipeline::shard::outside::Outside;
use prometheus::families::classic::Classic;
use prometheus::families::{Families, Outcome};
use prometheus::id::FamilyId;
use prometheus::labels::Labeller;
use prometheus::series::{Aggregation, Sample, SampleTime as _, SeriesTable};
use prometheus::targets::Targets;
use streams::OutputStream;
use streams::describe::View;

/// What a label `le` or `quantile` and a suffix of the name add to the labels of a family, bytes: a bound of 17 digits.
pub(super) const MARK_BYTES: usize = 64;

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
    /// What is written beside points.
    added: Added,
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
    /// A writer that hands its requests to `lanes`, of which there is one at least, and charges what it holds to `budget`.
    #[must_use]
    pub fn new(
        settings: Arc<Settings>,
        written: Arc<WriteCounts>,
        lanes: Vec<Lane<WriteRequest>>,
        budget: Budget,
        targets: Targets,
        start: Start,
    ) -> Self {
        let metadata_bytes = settings.limits.metadata_bytes;
        Self {
            added: Added::new(settings.truthful, start),
            labeller: settings.labelling.labeller(),
            lanes: Lanes::new(lanes, settings.batch, budget, Arc::clone(&written)),
            settings,
            written,
            series: SeriesTable::default(),
            families: Families::new(encode::labels),
            classic: Classic::default(),
            exemplars: Vec::new(),
            shown: Vec::new(),
            metadata: Metadata::new(metadata_bytes),
            targets,
        }
    }

    #[inline]
    fn append(&mut self, stream: OutputStream, sample: Sample<UnixMillis>, now: Moment) {
        let lane = self.lanes.of_stream(stream);
        let arrival = Arrival::new(now.wall, self.added.run(), &self.written).after(self.lanes.floor(lane));
        let filling = self.lanes.filling(lane);
        let (mut placed, mut has_placed) = (None, false);
        let series = self.series.meet(stream, sample, |next| {
            has_placed = true;
            placed = arrival.place(next, filling.waiting(next.mark));
            placed.map(|placed| placed.time)
        });
        let Some((series, placed)) = series.zip(placed) else {
            if !has_placed {
                // A point of one of several streams, which has brought a newer one.
                self.written.out_of_order.fetch_add(1, Ordering::Relaxed);
            }
            return;
        };
        let exemplars: &[u8] = if series.aggregation == Aggregation::Counter { &self.exemplars } else { &[] };
        filling.write(series, placed, exemplars);
        self.lanes.appended(lane, now);
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
        let arrival = Arrival::new(now.wall, self.added.run(), &self.written).after(self.lanes.floor(lane));
        let mut appending = Appending::new(self.lanes.filling(lane), &mut self.exemplars, arrival, exemplars);
        let outcome = self.families.write(stream, &self.classic, at, &mut appending);
        if outcome == Outcome::Old && !appending.has_placed {
            self.written.out_of_order.fetch_add(1, Ordering::Relaxed);
        }
        self.lanes.appended(lane, now);
        outcome
    }

    /// Appends what is due of families that several streams have. No room was reserved for all of their series: a family for
    /// which there is none waits, and what comes of it meanwhile replaces what has waited.
    fn append_due<'a>(&mut self, now: Moment, mut due: Due<'_>, exemplars: impl Fn(FamilyId) -> Vec<Exemplar<'a>>) {
        let (overhead, first) = (SERIES_OVERHEAD + MARK_BYTES, self.settings.truthful.zeros * encode::ZERO_BYTES);
        while let Some((family, bytes)) = self.families.next_due(overhead, first) {
            let lane = self.lanes.of_labels(self.families.key(family));
            let arrival = Arrival::new(now.wall, self.added.run(), &self.written).after(self.lanes.floor(lane));
            let filling = self.lanes.filling(lane);
            if !due.may_grow(&mut filling.open.reservation, bytes) {
                return;
            }
            let exemplars = exemplars(family);
            self.families.write_due(&mut Appending::new(filling, &mut self.exemplars, arrival, &exemplars));
            self.lanes.appended(lane, now);
        }
    }

    #[cold]
    fn append_end(&mut self, stream: OutputStream, time: UnixMillis, now: Moment) {
        let arrival = Arrival::new(now.wall, self.added.run(), &self.written);
        let place = |next| arrival.place(next, None).map(|placed| placed.time);
        if let Some(series) = self.series.end(stream, time, place) {
            let lane = self.lanes.of_stream(stream);
            self.lanes.filling(lane).open.end(series);
            self.lanes.appended(lane, now);
        }
    }

    #[cold]
    fn append_family_end(&mut self, stream: OutputStream, time: UnixMillis, now: Moment) {
        let lane = self.lanes.of_stream(stream);
        let arrival = Arrival::new(now.wall, self.added.run(), &self.written).after(self.lanes.floor(lane));
        let mut appending = Appending::new(self.lanes.filling(lane), &mut self.exemplars, arrival, &[]);
        self.families.end(stream, time, &mut appending);
        self.lanes.appended(lane, now);
    }

    /// Writes the newest totals of series once more, at a new time, of which a back-end may have refused the last. What has a
    /// newer one that waits is not among them.
    fn write_again(&mut self, now: Moment, outside: &mut dyn Outside) {
        for (lane, numbers) in self.lanes.wishes(outside) {
            let (mut bytes, mut contents) = (Vec::new(), Contents::default());
            for series in self.series.iter_mut().filter(|series| !series.silent && numbers.contains(&series.mark)) {
                let time = now.wall.to_millis().max(series.time.next());
                if self.lanes.of_labels(&series.labels) == lane && time <= now.wall.plus(AHEAD).to_millis() {
                    (series.time, series.mark) = (time, 0);
                    encode::series(&series.labels, series.value, time, &mut bytes);
                    contents.add_series();
                }
            }
            self.lanes.send_again(lane, &bytes, contents);
        }
    }

    fn write_targets(&mut self, now: Moment, outside: &mut dyn Outside) {
        while let Some((labels, time)) = self.targets.due(now.wall, &mut |ask| outside.answer(ask)) {
            self.lanes.write_target(&labels, time);
        }
        self.lanes.send_targets();
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
            self.targets.insert(stream, view.resource_key(), || labeller.target_info(view).map(encode::labels));
        }
        let shared = match family {
            Some((form, labels)) => {
                let shared = self.families.insert(stream, labels.clone(), *form, origin);
                if let Some(family) = self.families.family_of(stream) {
                    let key = self.families.key(family);
                    self.lanes.assign(stream, key);
                    if let Some(Sent { time, mark }) = self.added.take_back(key) {
                        self.families.resume(stream, time, mark);
                    }
                }
                shared
            }
            None => {
                self.lanes.assign(stream, encoded);
                let shared = self.series.insert(stream, encoded.clone(), Aggregation::of(view.traits()), origin);
                if let Some(Sent { time, mark }) = self.added.take_back(encoded) {
                    self.series.resume(stream, time, mark);
                }
                shared
            }
        };
        if shared {
            self.written.shared_series.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn forget(&mut self, stream: OutputStream) {
        let lane = self.lanes.of_stream(stream);
        if let Some(removed) = self.series.remove(stream) {
            self.added.end(None, removed, lane);
        }
        self.families.remove(stream, |family, removed| self.added.end(Some(family), removed, lane));
        self.targets.remove(stream);
    }

    fn write(&mut self, batch: &Batch, now: Moment, outside: &mut dyn Outside) {
        self.lanes.look(outside);
        let oldest = now.wall.minus(OLDEST);
        for (point, stream) in batch.alive() {
            let ahead = streams::AHEAD;
            self.series.prefetch(batch.stream(point + 2 * ahead), batch.stream(point + ahead));
            // What has no time is of the present.
            let time = if batch.time(point).is_known() { batch.time(point) } else { now.wall };
            self.targets.touch(stream, time.max(oldest));
            let time = time.to_millis();
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
        self.lanes.look(outside);
        self.write_again(now, outside);
        self.write_targets(now, outside);
        self.append_due(now, Due::WhereRoomIs(outside), |_| Vec::new());
        if let Some(metadata) = self.metadata.due(now.wall) {
            self.lanes.send_metadata(&metadata, now.wall);
        }
        let mut room = Room::new(self.lanes.budget(), outside);
        self.added.write_markers(&mut self.lanes, &mut room, now, &self.written);
        let tables = (&mut self.series, &mut self.families);
        self.added.write_repeats(tables, &mut self.lanes, &mut room, now, &self.written);
        self.lanes.settle();
        self.lanes.close_old(now);
    }

    fn flush(&mut self, now: Moment) {
        self.append_due(now, Due::All, |_| Vec::new());
        self.lanes.close_all();
    }

    /// Hears from when on its series are this process's, and who else writes them: an [`Ownership`].
    fn ask(&mut self, question: &mut dyn Any, now: Moment) {
        if let Some(ownership) = question.downcast_ref::<Ownership>() {
            self.added.own(*ownership, now);
        }
    }

    fn memory(&self) -> usize {
        self.series.memory()
            + self.labeller.memory()
            + self.families.memory()
            + self.metadata.memory()
            + self.targets.memory()
            + self.added.memory()
            + self.lanes.memory()
            + self.exemplars.capacity()
            + self.shown.capacity() * size_of::<(FamilyId, usize)>()
    }
}
