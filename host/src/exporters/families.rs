//! The series of histograms and summaries: several a family, which come and go with the family's marks.
//!
//! Rows whose labels are equal share a family, as rows of numbers share a series.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::classic::{Classic, Form};
use super::gathering::Gathering;
use super::series::{Meeting, Sample, Series, SeriesTable};
use crate::pipeline::output::Origin;
use crate::remote_write::label_set::{LabelSet, NAME};

/// Shared families that arrived cumulative and are remembered when all their rows have gone; beyond it all are forgotten.
const GONE: usize = 1 << 10;

/// The families of one exporter in one shard.
#[derive(Debug)]
pub struct Families {
    /// The family of each row.
    rows: HashMap<u32, u32, RandomState>,
    families: Vec<Family>,
    free: Vec<u32>,
    /// Families by their labels, encoded.
    numbers: HashMap<Box<[u8]>, u32>,
    gone: HashMap<Box<[u8]>, Gathering>,
    members: Members,
    /// Bytes of the labels of all families.
    label_bytes: usize,
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

#[derive(Debug)]
struct Family {
    /// The labels under the family's own name, and encoded.
    labels: LabelSet,
    key: Box<[u8]>,
    form: Form,
    /// Here, if the totals of all its rows are made here.
    origin: Origin,
    /// Its only row, or the first of several.
    row: u32,
    /// What is known of its rows, once there have been several.
    gathering: Option<Box<Gathering>>,
    /// The bucket or quantile of each mark.
    marks: Vec<(f64, u32)>,
    /// The bucket without a bound; summaries have none.
    rest: Option<u32>,
    /// There so long as the sum is.
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
    /// For a bucket that is new in a family that goes on: when the family was last written, and what the bucket would have
    /// held then.
    pub before: Option<(i64, f64)>,
}

impl Families {
    /// No families; `encode` writes labels.
    #[must_use]
    pub fn new(encode: fn(&LabelSet) -> Vec<u8>) -> Self {
        Self {
            rows: HashMap::default(),
            families: Vec::new(),
            free: Vec::new(),
            numbers: HashMap::new(),
            gone: HashMap::new(),
            members: Members { series: SeriesTable::default(), free: Vec::new(), end: 0, encode },
            label_bytes: 0,
        }
    }

    /// Gives `row` the family of `labels`; says whether another row has it too. Its series come with its points.
    pub fn insert(&mut self, row: u32, labels: LabelSet, form: Form, origin: Origin) -> bool {
        let key: Box<[u8]> = (self.members.encode)(&labels).into();
        if let Some(&number) = self.numbers.get(&key) {
            self.families[number as usize].share(row, origin, &mut self.members);
            self.rows.insert(row, number);
            return true;
        }
        self.label_bytes += labels.memory() + key.len();
        let gathering = self.gone.remove(&key).map(|mut gathering| {
            gathering.join(row, origin);
            Box::new(gathering)
        });
        let origin = if gathering.is_some() { Origin::Elsewhere } else { origin };
        let (marks, rest, sum, count) = (Vec::new(), None, None, None);
        let family = Family { labels, key: key.clone(), form, origin, row, gathering, marks, rest, sum, count };
        let number = match self.free.pop() {
            Some(number) => {
                self.families[number as usize] = family;
                number
            }
            None => {
                self.families.push(family);
                self.families.len() as u32 - 1
            }
        };
        self.numbers.insert(key, number);
        self.rows.insert(row, number);
        false
    }

    /// Takes `row` out of its family. With its last row the family is forgotten.
    pub fn remove(&mut self, row: u32) {
        let Some(number) = self.rows.remove(&row) else { return };
        let family = &mut self.families[number as usize];
        if family.gathering.as_mut().is_some_and(|gathering| !gathering.leave(row)) {
            return;
        }
        family.members().for_each(|member| self.members.remove(member));
        let key = std::mem::take(&mut family.key);
        self.label_bytes -= family.labels.memory() + key.len();
        self.numbers.remove(&key);
        let gathering = family.gathering.take().filter(|gathering| gathering.remembers());
        family.labels = LabelSet::default();
        family.marks = Vec::new();
        (family.rest, family.sum, family.count) = (None, None, None);
        self.free.push(number);
        if let Some(gathering) = gathering {
            if self.gone.len() >= GONE {
                self.gone.clear();
            }
            self.gone.insert(key, *gathering);
        }
    }

    /// Gives each series of the family of `row` its next sample: `each` gets them in their order. Series whose mark has gone
    /// end; `ended` gets them. `time` and `start` as in [`Sample`]. Says whether the point was newer than what is there.
    pub fn write(
        &mut self,
        row: u32,
        value: &Classic,
        (time, start): (i64, u64),
        mut each: impl FnMut(Part<'_>),
        mut ended: impl FnMut(&mut Series),
    ) -> bool {
        let Self { rows, families, members, .. } = self;
        let Some(family) = rows.get(&row).and_then(|number| families.get_mut(*number as usize)) else { return false };
        let mut gathering = family.gathering.take();
        let shared = gathering.is_some();
        let worth = match &mut gathering {
            Some(gathering) => gathering.meet(row, value, time, start),
            None => family.is_newer(time, members).then_some(value),
        };
        let newer = worth.is_some();
        if let Some(worth) = worth {
            family.write(worth, Sample { time, start, value: 0.0 }, shared, members, &mut each, &mut ended);
        }
        family.gathering = gathering;
        newer
    }

    /// Ends all series of the family of `row`, if that is its last row; `each` gets them.
    pub fn end(&mut self, row: u32, time: i64, mut each: impl FnMut(&mut Series)) {
        let Self { rows, families, members, .. } = self;
        let Some(family) = rows.get(&row).and_then(|number| families.get_mut(*number as usize)) else { return };
        if family.gathering.as_mut().is_some_and(|gathering| !gathering.end(row, time)) {
            return;
        }
        for member in family.members() {
            if let Some(series) = members.series.end(member, time) {
                each(series);
            }
        }
    }

    /// All series, family by family, each family in its order, with the name of the family, its form, and the place of the
    /// series in it.
    pub fn for_each(&mut self, mut each: impl FnMut(&str, Form, usize, &mut Series)) {
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

    /// Memory in use, bytes. What is known of shared families is left out.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.members.series.memory()
            + self.label_bytes
            + self.members.end as usize * size_of::<(f64, u32)>()
            + self.families.capacity() * size_of::<Family>()
            + self.rows.capacity() * size_of::<(u32, u32)>()
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

    /// The newest sample of a member, unless it has no value.
    fn newest(&mut self, member: u32) -> Option<(i64, f64)> {
        self.series.of(member).filter(|series| !series.silent).map(|series| (series.time, series.value))
    }
}

impl Family {
    /// In the order in which they stand on a page.
    fn members(&self) -> impl Iterator<Item = u32> {
        let marks = self.marks.iter().map(|(_, member)| *member);
        marks.chain([self.rest, self.sum, self.count].into_iter().flatten())
    }

    /// A row more.
    fn share(&mut self, row: u32, origin: Origin, members: &mut Members) {
        if self.gathering.is_none() {
            let newest = self.count.and_then(|count| members.newest(count));
            let newest = newest.map(|(time, count)| (self.newest_value(count, members), time));
            self.gathering = Some(Box::new(Gathering::new(self.row, self.origin, newest)));
        }
        if let Some(gathering) = &mut self.gathering {
            gathering.join(row, origin);
        }
        if origin == Origin::Elsewhere {
            self.origin = origin;
            for member in self.members() {
                if let Some(series) = members.series.of(member) {
                    series.origin = origin;
                }
            }
        }
    }

    /// What its series show.
    fn newest_value(&self, count: f64, members: &mut Members) -> Classic {
        let sum = self.sum.and_then(|sum| members.newest(sum)).map(|(_, sum)| sum);
        let marks = self.marks.iter().filter_map(|(mark, member)| Some((*mark, members.newest(*member)?.1))).collect();
        Classic { form: self.form, count, sum, marks }
    }

    /// Whether a point of that time adds something: a total that is made here does whatever its time.
    fn is_newer(&self, time: i64, members: &mut Members) -> bool {
        let last = self.count.and_then(|count| members.series.of(count)).map_or(i64::MIN, |series| series.time);
        self.origin == Origin::Here || time > last
    }

    fn write(
        &mut self,
        value: &Classic,
        sample: Sample,
        shared: bool,
        members: &mut Members,
        each: &mut impl FnMut(Part<'_>),
        ended: &mut impl FnMut(&mut Series),
    ) {
        let last = self.count.and_then(|count| members.newest(count)).map(|(time, _)| time);
        let introduced = self.follow(value, members, sample.time, ended);
        let begins = self.origin == Origin::Here && last.is_none();
        let before = |member: u32| {
            let known = introduced.iter().find(|(new, _)| *new == member).map(|(_, held)| *held);
            last.filter(|_| self.origin == Origin::Here).zip(known)
        };
        let mut lower = f64::NEG_INFINITY;
        let mut write = |member: u32, value: f64, bucket, before| {
            let sample = Sample { value, ..sample };
            let series =
                if shared { members.series.force(member, sample) } else { members.series.meet(member, sample) };
            if let Some(series) = series {
                each(Part { series, begins, bucket, before });
            }
        };
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
    }

    /// Brings the members to the marks that the value has. Returns those that are new where others were before, and what
    /// each would have held so far: what is at the next mark below.
    fn follow(
        &mut self,
        value: &Classic,
        members: &mut Members,
        time: i64,
        ended: &mut impl FnMut(&mut Series),
    ) -> Vec<(u32, f64)> {
        let mut introduced = Vec::new();
        let mut end = |member: u32, members: &mut Members| {
            if let Some(series) = members.series.end(member, time) {
                ended(series);
            }
            members.remove(member);
        };
        let same = self.marks.iter().map(|(mark, _)| mark).eq(value.marks.iter().map(|(mark, _)| mark));
        if !same {
            let old = std::mem::take(&mut self.marks);
            let goes_on = !old.is_empty() && self.form == Form::Histogram;
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
                        let member = members.insert(self, Which::Mark(mark));
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
            self.rest = (self.form == Form::Histogram).then(|| members.insert(self, Which::Mark(f64::INFINITY)));
            self.count = Some(members.insert(self, Which::Count));
        }
        match (self.sum, value.sum) {
            (None, Some(_)) => self.sum = Some(members.insert(self, Which::Sum)),
            (Some(gone), None) => {
                end(gone, members);
                self.sum = None;
            }
            _ => {}
        }
        introduced
    }
}

/// The shortest decimal number that is the mark, without an exponent, as the Collector writes it.
fn mark_text(mark: f64) -> String {
    if mark == f64::INFINITY { "+Inf".into() } else { mark.to_string() }
}
