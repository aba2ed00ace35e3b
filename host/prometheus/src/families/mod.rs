//! The series of histograms and summaries: several a family, which come and go with the family's marks.
//!
//! Rows whose labels are equal share a family, as rows of numbers share a series.

pub mod classic;
mod family;
mod gathering;
mod members;

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::series::{Sample, Series, SeriesTable};
use crate::label_set::{LabelSet, NAME};
use classic::{Classic, Form};
use family::Family;
use gathering::Gathering;
use members::Members;
use model::Origin;

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
    /// Bytes of what is known of shared families that live.
    gathering_bytes: usize,
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
            gathering_bytes: 0,
        }
    }

    /// Gives `row` the family of `labels`; says whether another row has it too. Its series come with its points.
    pub fn insert(&mut self, row: u32, mut labels: LabelSet, form: Form, origin: Origin) -> bool {
        make_way(&mut labels, form);
        let mut key = (self.members.encode)(&labels);
        key.push(form as u8);
        let key: Box<[u8]> = key.into();
        if let Some(&number) = self.numbers.get(&key) {
            let family = &mut self.families[number as usize];
            tallied(&mut self.gathering_bytes, family, |family| family.share(row, origin, &mut self.members));
            self.rows.insert(row, number);
            return true;
        }
        self.label_bytes += labels.memory() + key.len();
        let gathering = self.gone.remove(&key).map(|mut gathering| {
            gathering.join(row, origin);
            self.gathering_bytes += gathering.memory();
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
        let leave = |family: &mut Family| family.gathering.as_mut().is_none_or(|gathering| gathering.leave(row));
        if !tallied(&mut self.gathering_bytes, family, leave) {
            return;
        }
        let gathering = tallied(&mut self.gathering_bytes, family, |family| family.gathering.take());
        family.members().for_each(|member| self.members.remove(member));
        let key = std::mem::take(&mut family.key);
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
        let Self { rows, families, members, gathering_bytes, .. } = self;
        let Some(family) = rows.get(&row).and_then(|number| families.get_mut(*number as usize)) else { return false };
        let newer = tallied(gathering_bytes, family, |family| match &mut family.gathering {
            Some(gathering) => gathering.meet(row, value, time, start),
            None => family.is_newer(time, members),
        });
        if newer {
            let gathering = family.gathering.take();
            let worth = gathering.as_ref().map_or(value, |gathering| gathering.total());
            family.write(worth, Sample { time, start, value: 0.0 }, members, &mut each, &mut ended);
            family.gathering = gathering;
        }
        newer
    }

    /// Ends all series of the family of `row`, if that is its last row; `each` gets them.
    pub fn end(&mut self, row: u32, time: i64, mut each: impl FnMut(&mut Series)) {
        let Self { rows, families, members, gathering_bytes, .. } = self;
        let Some(family) = rows.get(&row).and_then(|number| families.get_mut(*number as usize)) else { return };
        let ends = tallied(gathering_bytes, family, |family| match &mut family.gathering {
            Some(gathering) => gathering.end(row, time),
            None => family.is_newer(time, members),
        });
        for member in family.members().filter(|_| ends) {
            if let Some(series) = members.series.force_end(member, time) {
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

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.members.series.memory()
            + self.label_bytes
            + self.gathering_bytes
            + self.members.end as usize * size_of::<(f64, u32)>()
            + self.families.capacity() * size_of::<Family>()
            + self.rows.capacity() * size_of::<(u32, u32)>()
    }
}

/// Changes a family, and what is known to be held of shared ones with it.
fn tallied<T>(bytes: &mut usize, family: &mut Family, change: impl FnOnce(&mut Family) -> T) -> T {
    let held = |family: &Family| family.gathering.as_ref().map_or(0, |gathering| gathering.memory());
    *bytes -= held(family);
    let result = change(family);
    *bytes += held(family);
    result
}

/// The label that tells the series of a family apart is not the sender's to set: its own gets the name that Prometheus gives
/// to labels in its way.
fn make_way(labels: &mut LabelSet, form: Form) {
    let (own, other) = match form {
        Form::Histogram => ("le", "exported_le"),
        Form::Summary => ("quantile", "exported_quantile"),
    };
    if let Some(value) = labels.get(own).map(str::to_owned) {
        labels.set(other, &value);
        labels.set(own, "");
        labels.finish();
    }
}
