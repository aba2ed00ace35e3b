//! Members of families: what output streams are for numbers, each writes one series.

use super::classic::FamilyKind;
use crate::label_set::{LabelSet, NAME};
use crate::series::{Aggregation, Removed, SampleTime, SeriesTable, SeriesWriter};
use model::Origin;

/// A member of a family, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Member(u32);

impl SeriesWriter for Member {
    #[inline]
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// All members, by number.
#[derive(Debug)]
pub(super) struct Members<T> {
    pub series: SeriesTable<Member, T>,
    /// Numbers that are free, and the first that was never given out.
    pub free: Vec<Member>,
    pub end: u32,
    /// How the exporter writes labels.
    pub encode: fn(&LabelSet) -> Vec<u8>,
}

/// Which series of a family.
#[derive(Debug, Clone, Copy)]
pub(super) enum SeriesRole {
    Mark(f64),
    Sum,
    Count,
}

impl<T: SampleTime> Members<T> {
    /// A new member of a family with these labels, with its series.
    pub fn insert(&mut self, labels: &LabelSet, form: FamilyKind, origin: Origin, which: SeriesRole) -> Member {
        let member = self.free.pop().unwrap_or_else(|| {
            self.end += 1;
            Member(self.end - 1)
        });
        let mut labels = labels.clone();
        let name = labels.get(NAME).unwrap_or_default().to_owned();
        let aggregation = match (which, form) {
            (SeriesRole::Mark(mark), FamilyKind::Histogram) => {
                labels.set(NAME, &format!("{name}_bucket"));
                labels.set("le", &mark_text(mark));
                Aggregation::Counter
            }
            (SeriesRole::Mark(mark), FamilyKind::Summary) => {
                labels.set("quantile", &mark_text(mark));
                Aggregation::Gauge
            }
            (SeriesRole::Sum, _) => {
                labels.set(NAME, &format!("{name}_sum"));
                Aggregation::Counter
            }
            (SeriesRole::Count, _) => {
                labels.set(NAME, &format!("{name}_count"));
                Aggregation::Counter
            }
        };
        labels.finish();
        self.series.insert(member, (self.encode)(&labels), aggregation, origin);
        member
    }

    pub fn remove(&mut self, member: Member) -> Option<Removed<T>> {
        self.free.push(member);
        self.series.remove(member)
    }

    /// The newest sample of a member, unless it has no value.
    pub fn newest(&mut self, member: Member) -> Option<(T, f64)> {
        self.series.of(member).filter(|series| !series.silent).map(|series| (series.time, series.value))
    }
}

/// The shortest decimal number that is the mark, without an exponent, as the Collector writes it.
fn mark_text(mark: f64) -> String {
    if mark == f64::INFINITY { "+Inf".into() } else { mark.to_string() }
}
