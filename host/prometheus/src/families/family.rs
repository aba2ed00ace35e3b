//! One family: its streams, and the members that it has at the moment.

use super::classic::{Classic, FamilyKind};
use super::gathering::Gathering;
use super::members::{Member, Members, SeriesRole};
use super::{Change, Changes, Part};
use crate::label_set::LabelSet;
use crate::series::{Aggregation, Next, Removed, Sample, SampleTime};
use clock::UnixNanos;
use model::Origin;
use streams::OutputStream;

/// Series of a family beside its marks: the bucket without a bound, the sum, the count.
const TOTALS: usize = 3;

/// What is to be written of a family that several streams have, and at what time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Owed<T> {
    /// What the streams have come to: the newest time of their points.
    point: Option<T>,
    /// That the last of them has no value any more.
    end: Option<T>,
}

impl<T: SampleTime> Owed<T> {
    /// A stream has a new value. Where the family had ended, it goes on: nobody has seen its end.
    pub fn point(&mut self, time: T) {
        self.point = self.point.max(Some(time));
        self.end = None;
    }

    pub fn end(&mut self, time: T) {
        self.end = Some(time);
    }
}

/// The series of all streams whose labels are equal.
#[derive(Debug)]
pub(super) struct Family<T> {
    /// The labels under the family's own name, and encoded.
    pub labels: LabelSet,
    pub key: Box<[u8]>,
    pub form: FamilyKind,
    /// Accumulated, if the totals of all its streams are made here.
    pub origin: Origin,
    /// Its only stream, or the first of several.
    pub stream: OutputStream,
    /// What is known of its streams, once there have been several.
    pub gathering: Option<Box<Gathering<T>>>,
    /// The bucket or quantile of each mark.
    pub marks: Vec<(f64, Member)>,
    /// The bucket without a bound; summaries have none.
    pub rest: Option<Member>,
    /// There so long as the sum is.
    pub sum: Option<Member>,
    pub count: Option<Member>,
    /// Time and mark of the newest sample of a family of the same labels that was removed.
    pub resumed: (T, u64),
}

impl<T: SampleTime> Family<T> {
    /// In the order in which they stand on a page.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        let marks = self.marks.iter().map(|(_, member)| *member);
        marks.chain([self.rest, self.sum, self.count].into_iter().flatten())
    }

    /// What it goes on behind, if it has had no sample itself: it goes on from there another time.
    pub fn never_written(&self) -> Option<Removed<T>> {
        let (time, mark) = self.resumed;
        let is_known = self.count.is_none() && time != T::NEVER;
        let (labels, origin, aggregation) = (Box::default(), self.origin, Aggregation::Counter);
        is_known.then_some(Removed { labels, time, mark, origin, aggregation, silent: true })
    }

    /// A stream more.
    pub fn share(&mut self, stream: OutputStream, origin: Origin, members: &mut Members<T>) {
        if self.gathering.is_none() {
            let newest = self.count.and_then(|count| members.newest(count));
            let newest = newest.map(|(time, count)| (self.newest_value(count, members), time));
            self.gathering = Some(Box::new(Gathering::new(self.stream, self.origin, newest)));
        }
        if let Some(gathering) = &mut self.gathering {
            gathering.join(stream, origin);
        }
        if origin == Origin::PassedThrough {
            self.origin = origin;
            for member in self.members() {
                if let Some(series) = members.series.of(member) {
                    series.origin = origin;
                }
            }
        }
    }

    /// What its series show.
    fn newest_value(&self, count: f64, members: &mut Members<T>) -> Classic {
        let sum = self.sum.and_then(|sum| members.newest(sum)).map(|(_, sum)| sum);
        let marks = self.marks.iter().filter_map(|(mark, member)| Some((*mark, members.newest(*member)?.1))).collect();
        Classic { form: self.form, count, sum, marks }
    }

    /// What its next samples may follow, for a point of that time and start. Its count stands for all of its series.
    pub fn next(&self, time: T, start: UnixNanos, members: &mut Members<T>) -> Next<T> {
        let count = self.count.and_then(|count| members.series.of(count));
        let is_total = self.origin == Origin::Accumulated || self.gathering.is_some();
        let newest = count.map(|series| (series.time, series.mark, !series.silent));
        let (last, mark, goes_on) = newest.unwrap_or((self.resumed.0, self.resumed.1, false));
        let begins = !goes_on && self.origin == Origin::Accumulated;
        let samples = self.members().count();
        Next { time, start, last, mark, origin: self.origin, is_total, goes_on, begins, samples }
    }

    /// Notes what is to be written; says whether the family is to be queued for that.
    pub fn note(&mut self, owe: impl FnOnce(&mut Owed<T>)) -> bool {
        let Some(gathering) = &mut self.gathering else { return false };
        owe(&mut gathering.owed);
        !std::mem::replace(&mut gathering.is_queued, true)
    }

    /// How many time series [`Self::write_due`] writes at most; none if nothing is due.
    pub fn due_series(&self) -> Option<usize> {
        let gathering = self.gathering.as_ref().filter(|gathering| gathering.owed != Owed::default())?;
        let Owed { point, end } = gathering.owed;
        let now = &gathering.total().marks;
        // Marks that have gone end, and new ones are written for the time before as well.
        let turnover = if self.has_marks_of(gathering.total()) { 0 } else { self.marks.len() + now.len() };
        let all = now.len() + TOTALS;
        Some(usize::from(point.is_some()) * (all + turnover) + usize::from(end.is_some()) * all)
    }

    fn has_marks_of(&self, value: &Classic) -> bool {
        self.marks.iter().map(|(mark, _)| mark).eq(value.marks.iter().map(|(mark, _)| mark))
    }

    /// Whether a value has the series that the family has.
    fn has_series_of(&self, value: &Classic) -> bool {
        self.sum.is_some() == value.sum.is_some() && self.has_marks_of(value)
    }

    /// Writes what is due: what its streams have come to, and that it has ended.
    pub fn write_due(&mut self, members: &mut Members<T>, changes: &mut impl Changes<T>) {
        let Some(mut gathering) = self.gathering.take() else { return };
        let Owed { point, end } = std::mem::take(&mut gathering.owed);
        if let Some(time) = point {
            let next = Next { is_total: true, ..self.next(time, UnixNanos::UNKNOWN, members) };
            self.write(gathering.total(), next, members, changes);
        }
        self.gathering = Some(gathering);
        if let Some(time) = end {
            self.end(time, members, changes);
        }
    }

    /// Ends all members that have a value.
    pub fn end(&self, time: T, members: &mut Members<T>, changes: &mut impl Changes<T>) {
        let next = self.next(time, UnixNanos::UNKNOWN, members);
        let Some(time) = changes.place(Next { goes_on: false, begins: false, ..next }) else { return };
        for member in self.members() {
            if let Some(series) = members.series.force_end(member, time) {
                changes.change(Change::End(series));
            }
        }
    }

    /// Gives each member its next sample, all at one time; says whether they got one.
    pub fn write(
        &mut self,
        value: &Classic,
        next: Next<T>,
        members: &mut Members<T>,
        changes: &mut impl Changes<T>,
    ) -> bool {
        let goes_on = next.goes_on && self.has_series_of(value);
        let totals = 1 + usize::from(self.form == FamilyKind::Histogram) + usize::from(value.sum.is_some());
        let samples = value.marks.len() + totals;
        let Some(time) = changes.place(Next { goes_on, samples, ..next }) else { return false };
        let last = self.count.and_then(|count| members.newest(count)).map(|(time, _)| time);
        let introduced = self.follow(value, members, time, changes);
        let begins = self.origin == Origin::Accumulated && last.is_none();
        let before = |member: Member| {
            let known = introduced.iter().find(|(new, _)| *new == member).map(|(_, held)| *held);
            last.filter(|_| self.origin == Origin::Accumulated).zip(known)
        };
        let mut write = |member: Member, value: f64, bucket, before| {
            if let Some(series) = members.series.force(member, Sample { time, start: next.start, value }) {
                changes.change(Change::Sample(Part { series, begins, bucket, before }));
            }
        };
        let mut lower = f64::NEG_INFINITY;
        for (&(mark, member), &(_, value)) in self.marks.iter().zip(&value.marks) {
            write(member, value, Some((lower, mark)), before(member));
            lower = mark;
        }
        if let Some(rest) = self.rest {
            write(rest, value.count, Some((lower, f64::INFINITY)), None);
        }
        if let (Some(member), Some(sum)) = (self.sum, value.sum) {
            write(member, sum, None, None);
        }
        if let Some(member) = self.count {
            write(member, value.count, None, None);
        }
        true
    }

    /// A new member.
    fn insert(&self, members: &mut Members<T>, which: SeriesRole) -> Member {
        let member = members.insert(&self.labels, self.form, self.origin, which);
        let (time, mark) = self.resumed;
        members.series.resume(member, time, mark);
        member
    }

    /// Brings the members to the marks that the value has. Returns those that are new where others were before, and what
    /// each would have held so far: what is at the next mark below.
    fn follow(
        &mut self,
        value: &Classic,
        members: &mut Members<T>,
        time: T,
        changes: &mut impl Changes<T>,
    ) -> Vec<(Member, f64)> {
        let mut introduced = Vec::new();
        let mut end = |member: Member, members: &mut Members<T>| {
            if let Some(series) = members.series.force_end(member, time) {
                changes.change(Change::End(series));
            }
            drop(members.remove(member));
        };
        if !self.has_marks_of(value) {
            let old = std::mem::take(&mut self.marks);
            let goes_on = !old.is_empty() && self.form == FamilyKind::Histogram;
            let mut old = old.into_iter().peekable();
            let mut below = 0.0;
            for &(mark, _) in &value.marks {
                while let Some((_, gone)) = old.next_if(|(known, _)| *known < mark) {
                    below = members.newest(gone).map_or(below, |(_, held)| held);
                    end(gone, members);
                }
                let member = match old.next_if(|(known, _)| *known == mark) {
                    Some((_, member)) => {
                        below = members.newest(member).map_or(below, |(_, held)| held);
                        member
                    }
                    None => {
                        let member = self.insert(members, SeriesRole::Mark(mark));
                        if goes_on {
                            introduced.push((member, below));
                        }
                        member
                    }
                };
                self.marks.push((mark, member));
            }
            old.for_each(|(_, gone)| end(gone, members));
        }
        if self.count.is_none() {
            self.rest =
                (self.form == FamilyKind::Histogram).then(|| self.insert(members, SeriesRole::Mark(f64::INFINITY)));
            self.count = Some(self.insert(members, SeriesRole::Count));
        }
        match (self.sum, value.sum) {
            (None, Some(_)) => self.sum = Some(self.insert(members, SeriesRole::Sum)),
            (Some(gone), None) => {
                end(gone, members);
                self.sum = None;
            }
            _ => {}
        }
        introduced
    }
}
