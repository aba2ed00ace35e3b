//! Families whose rows meet. Expected values are those of the sources: each counts its own values, and a family is worth what
//! they count together.

use crate::exposition;
use crate::families::Families;
use crate::families::classic::{Classic, Form};
use crate::label_set::{LabelSet, NAME};
use model::Origin::{self, Elsewhere, Here};

/// What is written: a series, a time, a value; no value is the end.
type Written = (String, i64, Option<f64>);

struct Rows(Families);

impl Rows {
    fn of(origins: &[Origin]) -> Self {
        let mut rows = Self(Families::new(|labels| exposition::labelled(labels).into_bytes()));
        for (row, &origin) in origins.iter().enumerate() {
            rows.join(row as u32, Form::Histogram, origin);
        }
        rows
    }

    fn join(&mut self, row: u32, form: Form, origin: Origin) {
        let mut labels = LabelSet::default();
        labels.set(NAME, "d");
        labels.finish();
        self.0.insert(row, labels, form, origin);
    }

    /// What a point of a row makes to be written.
    fn meet(&mut self, row: u32, time: i64, count: u32, marks: &[(f64, f64)]) -> Vec<Written> {
        self.meet_value(row, time, &Classic { count: count.into(), marks: marks.to_vec(), ..Classic::default() })
    }

    fn meet_value(&mut self, row: u32, time: i64, value: &Classic) -> Vec<Written> {
        let (mut written, mut ended) = (Vec::new(), Vec::new());
        let name = |labels: &[u8]| String::from_utf8_lossy(labels).into_owned();
        self.0.write(
            row,
            value,
            (time, 0),
            |part| {
                if let Some((time, value)) = part.before {
                    written.push((name(&part.series.labels), time, Some(value)));
                }
                written.push((name(&part.series.labels), part.series.time, Some(part.series.value)));
            },
            |series| ended.push((name(&series.labels), series.time, None)),
        );
        [ended, written].concat()
    }

    fn end(&mut self, row: u32, time: i64) -> Vec<i64> {
        let mut ended = Vec::new();
        self.0.end(row, time, |series| ended.push(series.time));
        ended
    }
}

fn of(series: &[(&str, i64, f64)]) -> Vec<Written> {
    series.iter().map(|(name, time, value)| ((*name).to_owned(), *time, Some(*value))).collect()
}

const LE_1: &str = "d_bucket{le=\"1\"}";
const LE_2: &str = "d_bucket{le=\"2\"}";
const LE_INF: &str = "d_bucket{le=\"+Inf\"}";
const COUNT: &str = "d_count";

/// A row whose clock is behind brings a new mark: all series get one time, and the new one begins where the family was.
#[test]
fn all_series_have_one_time() {
    let mut rows = Rows::of(&[Here, Here]);
    rows.meet(0, 200, 5, &[(1.0, 4.0)]);
    let written = rows.meet(1, 170, 10, &[(1.0, 2.0), (2.0, 9.0)]);
    let expected = [(LE_1, 201, 6.0), (LE_2, 200, 4.0), (LE_2, 201, 13.0), (LE_INF, 201, 15.0), (COUNT, 201, 15.0)];
    assert_eq!(written, of(&expected));
}

/// The total of a row made here falls where its bounds have begun anew: what it had stays.
#[test]
fn what_falls_begins_anew() {
    for origin in [Here, Elsewhere] {
        let mut rows = Rows::of(&[origin, origin]);
        rows.meet(0, 1, 1_000, &[(1.0, 500.0)]);
        rows.meet(1, 2, 500, &[(1.0, 400.0)]);
        let written = rows.meet(1, 3, 1, &[(2.0, 1.0)]);
        let last = written.last().map(|(name, _, value)| (name.as_str(), *value));
        assert_eq!(last, Some((COUNT, Some(1_501.0))), "{origin:?}");
        assert!(written.iter().any(|(name, _, value)| name == LE_2 && *value == Some(901.0)), "{written:?}");
    }
}

/// The last row ends a family, whatever its time.
#[test]
fn the_last_row_ends_it() {
    let mut rows = Rows::of(&[Elsewhere, Elsewhere]);
    rows.meet(0, 140, 1, &[(1.0, 1.0)]);
    rows.meet(1, 200, 1, &[(1.0, 1.0)]);
    assert!(rows.end(1, 210).is_empty());
    assert_eq!(rows.end(0, 150), [201, 201, 201]);
    assert!(rows.end(0, 160).is_empty(), "once");
}

/// A source that is forgotten and comes back goes on where it was.
#[test]
fn sources_come_back() {
    let mut rows = Rows::of(&[Elsewhere, Elsewhere]);
    rows.meet(0, 1, 100, &[]);
    rows.meet(1, 2, 10, &[]);
    rows.0.remove(0);
    rows.0.remove(1);
    rows.join(2, Form::Histogram, Elsewhere);
    let written = rows.meet(2, 3, 104, &[]);
    assert_eq!(written, of(&[(LE_INF, 3, 114.0), (COUNT, 3, 114.0)]));
}

/// A sum that is no number, or that one row does not say, spoils nothing for longer than it lasts.
#[test]
fn sums_that_are_missing() {
    let mut rows = Rows::of(&[Elsewhere, Elsewhere]);
    let value = |count: u32, sum| Classic { count: count.into(), sum, ..Classic::default() };
    let sum = |written: Vec<Written>| written.into_iter().find(|(name, ..)| name == "d_sum").and_then(|(.., sum)| sum);
    assert_eq!(sum(rows.meet_value(0, 1, &value(1, Some(1.5)))), Some(1.5));
    assert_eq!(sum(rows.meet_value(1, 2, &value(1, Some(f64::NAN)))), None);
    assert_eq!(sum(rows.meet_value(1, 3, &value(2, Some(4.0)))), Some(5.5));
}

/// A histogram and a summary of one name are no family.
#[test]
fn forms_do_not_mix() {
    let mut rows = Rows::of(&[Here]);
    rows.join(1, Form::Summary, Elsewhere);
    rows.meet(0, 1, 1, &[(1.0, 1.0)]);
    let quantiles = Classic { form: Form::Summary, count: 3.0, marks: vec![(0.5, 7.0)], ..Classic::default() };
    let written = rows.meet_value(1, 2, &quantiles);
    assert_eq!(written, of(&[("d{quantile=\"0.5\"}", 2, 7.0), (COUNT, 2, 3.0)]));
}
