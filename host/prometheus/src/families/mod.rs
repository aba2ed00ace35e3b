//! The series of histograms and summaries: several a family, which come and go with the family's marks.
//!
//! Streams whose labels are equal share a family, as streams of numbers share a series. Such a family has the marks of all
//! of them, so that one point of a few bytes would write them all. It is written once for many points: see
//! [`Families::write_due`].

pub mod classic;
mod family;
mod gathering;
mod members;

use std::collections::{HashMap, VecDeque};

use foldhash::quality::RandomState;

use super::id::FamilyId;
use super::series::{Next, Removed, SampleTime, Series, SeriesTable};
use crate::label_set::{LabelSet, NAME};
use classic::{Classic, FamilyKind};
use clock::UnixNanos;
use family::Family;
use gathering::Gathering;
use members::{Member, Members};
use model::Origin;
use streams::OutputStream;

/// Shared families that arrived cumulative and are remembered when all their streams have gone; beyond it all are forgotten.
const GONE: usize = 1 << 10;

/// The families of one exporter in one shard.
#[derive(Debug)]
pub struct Families<T> {
    /// The family of each output stream.
    streams: HashMap<OutputStream, FamilyId, RandomState>,
    families: Vec<Family<T>>,
    free: Vec<FamilyId>,
    /// Families by their labels, encoded.
    numbers: HashMap<Box<[u8]>, FamilyId>,
    gone: HashMap<Box<[u8]>, Gathering<T>>,
    members: Members<T>,
    /// Shared families that have changed since they were written, in the order in which they did. One that has ended or gone
    /// meanwhile has nothing due.
    due: VecDeque<FamilyId>,
    /// Bytes of the labels of all families.
    label_bytes: usize,
    /// Bytes of what is known of shared families that live.
    gathering_bytes: usize,
}

/// What became of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was written: it is not newer than what is there, or got no time.
    Old,
    /// The series of its family have their next samples.
    Written,
    /// Its family, of this number, has several streams: [`Families::write_due`] writes it.
    Due(FamilyId),
}

/// What happens to a series of a family.
#[derive(Debug)]
pub enum Change<'a, T> {
    /// It has its next sample.
    Sample(Part<'a, T>),
    /// It has ended.
    End(&'a mut Series<Member, T>),
}

/// A series of a family with its next sample.
#[derive(Debug)]
pub struct Part<'a, T> {
    /// The series.
    pub series: &'a mut Series<Member, T>,
    /// Whether it had no value before, nor had any other of its family.
    pub begins: bool,
    /// Values above the first and up to the second are in its bucket, if it is one.
    pub bucket: Option<(f64, f64)>,
    /// For a bucket that is new in a family that goes on: when the family was last written, and what the bucket would have
    /// held then.
    pub before: Option<(T, f64)>,
}

/// Who writes what happens to families.
pub trait Changes<T: SampleTime> {
    /// At what time the series of a family have their next samples, or end; none if they are not written.
    fn place(&mut self, next: Next<T>) -> Option<T> {
        next.rising(T::NEVER)
    }

    /// Writes what happened to a series.
    fn change(&mut self, change: Change<'_, T>);
}

impl<T: SampleTime, F: FnMut(Change<'_, T>)> Changes<T> for F {
    fn change(&mut self, change: Change<'_, T>) {
        self(change);
    }
}

impl<T: SampleTime> Families<T> {
    /// No families; `encode` writes labels.
    #[must_use]
    pub fn new(encode: fn(&LabelSet) -> Vec<u8>) -> Self {
        Self {
            streams: HashMap::default(),
            families: Vec::new(),
            free: Vec::new(),
            numbers: HashMap::new(),
            gone: HashMap::new(),
            members: Members { series: SeriesTable::default(), free: Vec::new(), end: 0, encode },
            due: VecDeque::new(),
            label_bytes: 0,
            gathering_bytes: 0,
        }
    }

    /// Gives `stream` the family of `labels`; says whether another stream has it too. Its series come with its points.
    pub fn insert(&mut self, stream: OutputStream, mut labels: LabelSet, form: FamilyKind, origin: Origin) -> bool {
        make_way(&mut labels, form);
        let mut key = (self.members.encode)(&labels);
        key.push(form as u8);
        let key: Box<[u8]> = key.into();
        if let Some(&number) = self.numbers.get(&key) {
            let family = &mut self.families[number.index()];
            tallied(&mut self.gathering_bytes, family, |family| family.share(stream, origin, &mut self.members));
            self.streams.insert(stream, number);
            return true;
        }
        self.label_bytes += labels.memory() + key.len();
        let gathering = self.gone.remove(&key).map(|mut gathering| {
            gathering.join(stream, origin);
            self.gathering_bytes += gathering.memory();
            Box::new(gathering)
        });
        let origin = if gathering.is_some() { Origin::PassedThrough } else { origin };
        let (marks, rest, sum, count) = (Vec::new(), None, None, None);
        let resumed = (T::NEVER, 0);
        let family =
            Family { labels, key: key.clone(), form, origin, stream, gathering, marks, rest, sum, count, resumed };
        let number = match self.free.pop() {
            Some(number) => {
                self.families[number.index()] = family;
                number
            }
            None => {
                self.families.push(family);
                FamilyId::at(self.families.len() - 1)
            }
        };
        self.numbers.insert(key, number);
        self.streams.insert(stream, number);
        false
    }

    /// The number of the family of `stream`. It is given to another when the family has gone.
    #[must_use]
    pub fn family_of(&self, stream: OutputStream) -> Option<FamilyId> {
        self.streams.get(&stream).copied()
    }

    /// What tells the family of this number from others: its labels and its form.
    #[must_use]
    pub fn key(&self, family: FamilyId) -> &[u8] {
        self.families.get(family.index()).map_or(&[], |family| &family.key)
    }

    /// The family of `stream`, which has no sample yet, goes on behind one that was removed: see [`SeriesTable::resume`].
    pub fn resume(&mut self, stream: OutputStream, time: T, mark: u64) {
        if let Some(number) = self.streams.get(&stream) {
            self.families[number.index()].resumed = (time, mark);
        }
    }

    /// Takes `stream` out of its family. With its last stream the family is forgotten; `removed` gets its key and each of its
    /// series then.
    pub fn remove(&mut self, stream: OutputStream, mut removed: impl FnMut(&[u8], Removed<T>)) {
        let Some(number) = self.streams.remove(&stream) else { return };
        let family = &mut self.families[number.index()];
        let leave = |family: &mut Family<T>| family.gathering.as_mut().is_none_or(|gathering| gathering.leave(stream));
        if !tallied(&mut self.gathering_bytes, family, leave) {
            return;
        }
        let gathering = tallied(&mut self.gathering_bytes, family, |family| family.gathering.take());
        let key = std::mem::take(&mut family.key);
        if let Some(never_written) = family.never_written() {
            removed(&key, never_written);
        }
        for member in family.members() {
            if let Some(series) = self.members.remove(member) {
                removed(&key, series);
            }
        }
        self.label_bytes -= family.labels.memory() + key.len();
        self.numbers.remove(&key);
        family.labels = LabelSet::default();
        family.marks = Vec::new();
        (family.rest, family.sum, family.count) = (None, None, None);
        self.free.push(number);
        if let Some(gathering) = gathering.filter(|gathering| gathering.remembers()) {
            if self.gone.len() >= GONE {
                self.gone.clear();
            }
            self.gone.insert(key, *gathering);
        }
    }

    /// Gives each series of the family of `stream` its next sample, in their order; before that, series whose mark has gone
    /// end. `changes` gets them all. `time` and `start` as in [`Sample`](super::series::Sample). A family that several
    /// streams have takes the point in.
    pub fn write(
        &mut self,
        stream: OutputStream,
        value: &Classic,
        (time, start): (T, UnixNanos),
        mut changes: impl Changes<T>,
    ) -> Outcome {
        let Self { streams, families, members, due, gathering_bytes, .. } = self;
        let Some(&number) = streams.get(&stream) else { return Outcome::Old };
        let family = &mut families[number.index()];
        if family.gathering.is_none() {
            let next = family.next(time, start, members);
            return if family.write(value, next, members, &mut changes) { Outcome::Written } else { Outcome::Old };
        }
        let newer = tallied(gathering_bytes, family, |family| {
            family.gathering.as_mut().is_some_and(|gathering| gathering.meet(stream, value, time, start))
        });
        if !newer {
            return Outcome::Old;
        }
        if family.note(|owed| owed.point(time)) {
            due.push_back(number);
        }
        Outcome::Due(number)
    }

    /// Ends all series of the family of `stream`, if no other stream of it has a value; what was due comes before. Where a
    /// family would go on after its end, that is due.
    pub fn end(&mut self, stream: OutputStream, time: T, mut changes: impl Changes<T>) {
        let Self { streams, families, members, due, gathering_bytes, .. } = self;
        let Some(&number) = streams.get(&stream) else { return };
        let family = &mut families[number.index()];
        if family.gathering.is_none() {
            family.end(time, members, &mut changes);
            return;
        }
        let ends = tallied(gathering_bytes, family, |family| {
            family.gathering.as_mut().is_some_and(|gathering| gathering.end(stream, time))
        });
        if !ends {
            return;
        }
        if family.note(|owed| owed.end(time)) {
            due.push_back(number);
        }
        if family.gathering.as_ref().is_some_and(|gathering| gathering.is_own()) {
            // The next run begins at nothing, and with no marks.
            family.write_due(members, &mut changes);
            tallied(gathering_bytes, family, |family| family.gathering.as_mut().map(|gathering| gathering.reset()));
        }
    }

    /// The shared family that has been due for longest, and the bytes that it takes with samples of `overhead` bytes beyond
    /// its labels, and of `first` bytes more for each series if it begins here.
    pub fn next_due(&mut self, overhead: usize, first: usize) -> Option<(FamilyId, usize)> {
        while let Some(&number) = self.due.front() {
            let family = &self.families[number.index()];
            if let Some(series) = family.due_series() {
                let begins = family.next(T::NEVER, UnixNanos::UNKNOWN, &mut self.members).begins;
                let first = if begins { first } else { 0 };
                return Some((number, series * (family.key.len() + overhead + first)));
            }
            self.leave_queue();
        }
        None
    }

    /// Writes the family that [`Self::next_due`] has named, as [`Self::write`] does.
    pub fn write_due(&mut self, mut changes: impl Changes<T>) {
        if let Some(number) = self.leave_queue() {
            self.families[number.index()].write_due(&mut self.members, &mut changes);
        }
    }

    fn leave_queue(&mut self) -> Option<FamilyId> {
        let number = self.due.pop_front()?;
        if let Some(gathering) = &mut self.families[number.index()].gathering {
            gathering.is_queued = false;
        }
        Some(number)
    }

    /// All series, family by family, each family in its order, with the name of the family, its form, and the place of the
    /// series in it.
    pub fn for_each(&mut self, mut each: impl FnMut(&str, FamilyKind, usize, &mut Series<Member, T>)) {
        let Self { families, members: Members { series, .. }, .. } = self;
        for family in families {
            let name = family.labels.get(NAME).unwrap_or_default();
            for (place, member) in family.members().enumerate() {
                if let Some(series) = series.of(member) {
                    each(name, family.form, place, series);
                }
            }
        }
    }

    /// Looks at `steps` places of the table from `from` on, round and round; returns the place after them. `each` gets the key
    /// of a family, and a way to look at each of its series.
    pub fn visit(
        &mut self,
        from: usize,
        steps: usize,
        mut each: impl FnMut(&[u8], &mut dyn FnMut(&mut dyn FnMut(&mut Series<Member, T>))),
    ) -> usize {
        let Self { families, members, .. } = self;
        let places = families.len();
        for step in 0..steps.min(places) {
            let family = &families[(from + step) % places];
            each(&family.key, &mut |look| {
                for member in family.members() {
                    members.series.of(member).map(&mut *look);
                }
            });
        }
        if places == 0 { 0 } else { (from + steps.min(places)) % places }
    }

    /// How many places the table has.
    #[must_use]
    pub fn places(&self) -> usize {
        self.families.len()
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.members.series.memory()
            + self.label_bytes
            + self.gathering_bytes
            + self.gone.iter().map(|(key, gathering)| key.len() + gathering.memory()).sum::<usize>()
            + self.due.capacity() * size_of::<FamilyId>()
            + self.members.end as usize * size_of::<(f64, Member)>()
            + self.families.capacity() * size_of::<Family<T>>()
            + self.streams.capacity() * size_of::<(OutputStream, FamilyId)>()
    }
}

/// Changes a family, and what is known to be held of shared ones with it.
fn tallied<T: SampleTime, R>(bytes: &mut usize, family: &mut Family<T>, change: impl FnOnce(&mut Family<T>) -> R) -> R {
    let held = |family: &Family<T>| family.gathering.as_ref().map_or(0, |gathering| gathering.memory());
    *bytes -= held(family);
    let result = change(family);
    *bytes += held(family);
    result
}

/// The label that tells the series of a family apart is not the sender's to set: its own gets the name that Prometheus gives
/// to labels in its way.
fn make_way(labels: &mut LabelSet, form: FamilyKind) {
    let (own, other) = match form {
        FamilyKind::Histogram => ("le", "exported_le"),
        FamilyKind::Summary => ("quantile", "exported_quantile"),
    };
    if let Some(value) = labels.get(own).map(str::to_owned) {
        labels.set(other, &value);
        labels.set(own, "");
        labels.finish();
    }
}
