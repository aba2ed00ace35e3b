//! The series of histograms and summaries: several a row, which come and go with the row's marks.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::classic::{Classic, Form};
use super::series::{Meeting, Sample, Series, SeriesTable};
use crate::pipeline::output::Origin;
use crate::remote_write::label_set::{LabelSet, NAME};

/// The families of one exporter in one shard.
#[derive(Debug)]
pub struct Families {
    rows: HashMap<u32, Family, RandomState>,
    members: Members,
}

/// What rows are for numbers: each writes one series.
#[derive(Debug)]
struct Members {
    series: SeriesTable,
    /// Numbers that are free, and the first that was never given out.
    free: Vec<u32>,
    end: u32,
    /// How the exporter writes labels.
    encode: fn(&LabelSet) -> Vec<u8>,
}

/// What a row has become.
#[derive(Debug)]
struct Family {
    /// The labels of the row, under the family's name.
    labels: LabelSet,
    form: Form,
    origin: Origin,
    /// The bucket or quantile of each mark.
    marks: Vec<(f64, u32)>,
    /// The bucket without a bound; summaries have none.
    rest: Option<u32>,
    /// Written so long as the sum is there.
    sum: Option<u32>,
    count: Option<u32>,
}

/// A series of a family with its next sample.
#[derive(Debug)]
pub struct Part<'a> {
    /// The series.
    pub series: &'a mut Series,
    /// Whether it had no value before, nor had any other of its family.
    pub begins: bool,
    /// Values above the first and up to the second are in its bucket, if it is one.
    pub bucket: Option<(f64, f64)>,
}

impl Families {
    /// No families; `encode` writes labels.
    #[must_use]
    pub fn new(encode: fn(&LabelSet) -> Vec<u8>) -> Self {
        let members = Members { series: SeriesTable::default(), free: Vec::new(), end: 0, encode };
        Self { rows: HashMap::default(), members }
    }

    /// Makes a family of `row`; its series come with its points.
    pub fn insert(&mut self, row: u32, labels: LabelSet, form: Form, origin: Origin) {
        let family = Family { labels, form, origin, marks: Vec::new(), rest: None, sum: None, count: None };
        self.rows.insert(row, family);
    }

    /// Takes `row` out, and its series if no other row has them.
    pub fn remove(&mut self, row: u32) {
        let Some(family) = self.rows.remove(&row) else { return };
        family.members().for_each(|member| self.members.remove(member));
    }

    /// Gives each series of `row` its next sample: those that have one are handed to `each`, in their order. Series whose
    /// mark has gone end; `ended` gets them. `time` and `start` as in [`Sample`].
    pub fn write(
        &mut self,
        row: u32,
        value: &Classic,
        (time, start): (i64, u64),
        mut each: impl FnMut(Part<'_>),
        mut ended: impl FnMut(&mut Series),
    ) {
        let Self { rows, members } = self;
        let Some(family) = rows.get_mut(&row) else { return };
        family.follow(value, members, time, &mut ended);
        let series = &mut members.series;
        let begins = family.origin == Origin::Here
            && family.members().all(|member| series.of(member).is_none_or(|series| series.silent));
        let mut lower = f64::NEG_INFINITY;
        let mut write = |member: u32, value: f64, bucket| {
            if let Some(series) = series.meet(member, Sample { time, start, value }) {
                each(Part { series, begins, bucket });
            }
        };
        for (&(mark, member), &(_, value)) in family.marks.iter().zip(&value.marks) {
            write(member, value, Some((lower, mark)));
            lower = mark;
        }
        if let Some(rest) = family.rest {
            write(rest, value.count, Some((lower, f64::INFINITY)));
        }
        if let (Some(member), Some(sum)) = (family.sum, value.sum) {
            write(member, sum, None);
        }
        if let Some(member) = family.count {
            write(member, value.count, None);
        }
    }

    /// Ends all series of `row` that end with it; `each` gets them.
    pub fn end(&mut self, row: u32, time: i64, mut each: impl FnMut(&mut Series)) {
        let Some(family) = self.rows.get(&row) else { return };
        for member in family.members() {
            if let Some(series) = self.members.series.end(member, time) {
                each(series);
            }
        }
    }

    /// The series of all rows, family by family, each family in its order, with the name of the family, its form, and the
    /// place of the series in it.
    pub fn for_each(&mut self, mut each: impl FnMut(&str, Form, usize, &mut Series)) {
        let Self { rows, members: Members { series, .. } } = self;
        for family in rows.values() {
            let name = family.labels.get(NAME).unwrap_or_default();
            for (place, member) in family.members().enumerate() {
                if let Some(series) = series.of(member) {
                    each(name, family.form, place, series);
                }
            }
        }
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let families = self.rows.values().map(|family| family.labels.memory() + family.marks.capacity() * 16);
        self.members.series.memory() + self.rows.capacity() * size_of::<(u32, Family)>() + families.sum::<usize>()
    }
}

/// Which series of a family.
#[derive(Debug, Clone, Copy)]
enum Which {
    Mark(f64),
    Sum,
    Count,
}

impl Members {
    /// A new member with its series.
    fn insert(&mut self, family: &Family, which: Which) -> u32 {
        let member = self.free.pop().unwrap_or_else(|| {
            self.end += 1;
            self.end - 1
        });
        let mut labels = family.labels.clone();
        let name = labels.get(NAME).unwrap_or_default().to_owned();
        let meeting = match (which, family.form) {
            (Which::Mark(mark), Form::Histogram) => {
                labels.set(NAME, &format!("{name}_bucket"));
                labels.set("le", &mark_text(mark));
                Meeting::Counter
            }
            (Which::Mark(mark), Form::Summary) => {
                labels.set("quantile", &mark_text(mark));
                Meeting::Gauge
            }
            (Which::Sum, _) => {
                labels.set(NAME, &format!("{name}_sum"));
                Meeting::Counter
            }
            (Which::Count, _) => {
                labels.set(NAME, &format!("{name}_count"));
                Meeting::Counter
            }
        };
        labels.finish();
        self.series.insert(member, (self.encode)(&labels), meeting, family.origin);
        member
    }

    fn remove(&mut self, member: u32) {
        self.series.remove(member);
        self.free.push(member);
    }
}

impl Family {
    /// Brings the members to the marks that the value has.
    fn follow(&mut self, value: &Classic, members: &mut Members, time: i64, ended: &mut impl FnMut(&mut Series)) {
        let same = self.marks.iter().map(|(mark, _)| mark).eq(value.marks.iter().map(|(mark, _)| mark));
        if !same {
            let mut old = std::mem::take(&mut self.marks);
            for &(mark, _) in &value.marks {
                let known = old.iter().position(|(known, _)| *known == mark).map(|place| old.swap_remove(place).1);
                let member = known.unwrap_or_else(|| members.insert(self, Which::Mark(mark)));
                self.marks.push((mark, member));
            }
            for (_, member) in old {
                if let Some(series) = members.series.end(member, time) {
                    ended(series);
                }
                members.remove(member);
            }
        }
        if self.count.is_none() {
            self.rest = (self.form == Form::Histogram).then(|| members.insert(self, Which::Mark(f64::INFINITY)));
            self.count = Some(members.insert(self, Which::Count));
        }
        if self.sum.is_none() && value.sum.is_some() {
            self.sum = Some(members.insert(self, Which::Sum));
        }
    }

    /// In the order in which they stand on a page.
    fn members(&self) -> impl Iterator<Item = u32> {
        let marks = self.marks.iter().map(|(_, member)| *member);
        marks.chain([self.rest, self.sum, self.count].into_iter().flatten())
    }
}

/// The shortest decimal number that is the mark, without an exponent, as the Collector writes it.
fn mark_text(mark: f64) -> String {
    if mark == f64::INFINITY { "+Inf".into() } else { mark.to_string() }
}
