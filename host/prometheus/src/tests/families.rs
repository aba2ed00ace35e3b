//! Families whose streams meet. Expected values are those of the sources: each counts its own values, and a family is worth
//! what they count together.

use crate::exposition;
use crate::families::Families;
use crate::families::classic::{Classic, FamilyKind};
use crate::families::{Change, Part};
use crate::label_set::{LabelSet, NAME};
use clock::{UnixMillis, UnixNanos};
use model::Origin::{self, Accumulated, PassedThrough};
use streams::OutputStream;

/// What is written: a series, a time, a value; no value is the end.
type WireDescription = (String, i64, Option<f64>);

struct Streams(Families<UnixMillis>);

impl Streams {
    fn of(origins: &[Origin]) -> Self {
        let mut streams = Self(Families::new(|labels| exposition::labelled(labels).into_bytes()));
        for (stream, &origin) in origins.iter().enumerate() {
            streams.join(stream as u32, FamilyKind::Histogram, origin);
        }
        streams
    }

    fn join(&mut self, stream: u32, form: FamilyKind, origin: Origin) {
        let mut labels = LabelSet::default();
        labels.set(NAME, "d");
        labels.finish();
        self.0.insert(OutputStream(stream), labels, form, origin);
    }

    /// What a point of a stream makes to be written.
    fn meet(&mut self, stream: u32, time: i64, count: u32, marks: &[(f64, f64)]) -> Vec<WireDescription> {
        self.meet_value(stream, time, &Classic { count: count.into(), marks: marks.to_vec(), ..Classic::default() })
    }

    fn meet_value(&mut self, stream: u32, time: i64, value: &Classic) -> Vec<WireDescription> {
        let mut written = Vec::new();
        self.0.write(
            OutputStream(stream),
            value,
            (UnixMillis(time), UnixNanos::UNKNOWN),
            |change: Change<'_, UnixMillis>| note(change, &mut written),
        );
        self.write_due(&mut written);
        written
    }

    fn write_due(&mut self, written: &mut Vec<WireDescription>) {
        while self.0.next_due(0, 0).is_some() {
            self.0.write_due(|change: Change<'_, UnixMillis>| note(change, written));
        }
    }

    fn end(&mut self, stream: u32, time: i64) -> Vec<i64> {
        let mut written = Vec::new();
        self.0.end(OutputStream(stream), UnixMillis(time), |change: Change<'_, UnixMillis>| note(change, &mut written));
        self.write_due(&mut written);
        written.into_iter().map(|(_, time, _)| time).collect()
    }
}

fn note(change: Change<'_, UnixMillis>, written: &mut Vec<WireDescription>) {
    let name = |labels: &[u8]| String::from_utf8_lossy(labels).into_owned();
    match change {
        Change::Sample(Part { series, before, .. }) => {
            if let Some((time, value)) = before {
                written.push((name(&series.labels), time.0, Some(value)));
            }
            written.push((name(&series.labels), series.time.0, Some(series.value)));
        }
        Change::End(series) => written.push((name(&series.labels), series.time.0, None)),
    }
}

fn of(series: &[(&str, i64, f64)]) -> Vec<WireDescription> {
    series.iter().map(|(name, time, value)| ((*name).to_owned(), *time, Some(*value))).collect()
}

const LE_1: &str = "d_bucket{le=\"1\"}";
const LE_2: &str = "d_bucket{le=\"2\"}";
const LE_INF: &str = "d_bucket{le=\"+Inf\"}";
const COUNT: &str = "d_count";

/// A stream whose clock is behind brings a new mark: all series get one time, and the new one begins where the family was.
#[test]
fn all_series_have_one_time() {
    let mut streams = Streams::of(&[Accumulated, Accumulated]);
    streams.meet(0, 200, 5, &[(1.0, 4.0)]);
    let written = streams.meet(1, 170, 10, &[(1.0, 2.0), (2.0, 9.0)]);
    let expected = [(LE_1, 201, 6.0), (LE_2, 200, 4.0), (LE_2, 201, 13.0), (LE_INF, 201, 15.0), (COUNT, 201, 15.0)];
    assert_eq!(written, of(&expected));
}

/// The total of a stream made here falls where its bounds have begun anew: what it had stays.
#[test]
fn what_falls_begins_anew() {
    for origin in [Accumulated, PassedThrough] {
        let mut streams = Streams::of(&[origin, origin]);
        streams.meet(0, 1, 1_000, &[(1.0, 500.0)]);
        streams.meet(1, 2, 500, &[(1.0, 400.0)]);
        let written = streams.meet(1, 3, 1, &[(2.0, 1.0)]);
        let last = written.last().map(|(name, _, value)| (name.as_str(), *value));
        assert_eq!(last, Some((COUNT, Some(1_501.0))), "{origin:?}");
        assert!(written.iter().any(|(name, _, value)| name == LE_2 && *value == Some(901.0)), "{written:?}");
    }
}

/// The last stream ends a family, whatever its time.
#[test]
fn the_last_row_ends_it() {
    let mut streams = Streams::of(&[PassedThrough, PassedThrough]);
    streams.meet(0, 140, 1, &[(1.0, 1.0)]);
    streams.meet(1, 200, 1, &[(1.0, 1.0)]);
    assert!(streams.end(1, 210).is_empty());
    assert_eq!(streams.end(0, 150), [201, 201, 201]);
    assert!(streams.end(0, 160).is_empty(), "once");
}

/// A source that is forgotten and comes back goes on where it was.
#[test]
fn sources_come_back() {
    let mut streams = Streams::of(&[PassedThrough, PassedThrough]);
    streams.meet(0, 1, 100, &[]);
    streams.meet(1, 2, 10, &[]);
    streams.0.remove(OutputStream(0), |_, _| {});
    streams.0.remove(OutputStream(1), |_, _| {});
    streams.join(2, FamilyKind::Histogram, PassedThrough);
    let written = streams.meet(2, 3, 104, &[]);
    assert_eq!(written, of(&[(LE_INF, 3, 114.0), (COUNT, 3, 114.0)]));
}

/// A sum that is no number, or that one stream does not say, spoils nothing for longer than it lasts.
#[test]
fn sums_that_are_missing() {
    let mut streams = Streams::of(&[PassedThrough, PassedThrough]);
    let value = |count: u32, sum| Classic { count: count.into(), sum, ..Classic::default() };
    let sum = |written: Vec<WireDescription>| {
        written.into_iter().find(|(name, ..)| name == "d_sum").and_then(|(.., sum)| sum)
    };
    assert_eq!(sum(streams.meet_value(0, 1, &value(1, Some(1.5)))), Some(1.5));
    assert_eq!(sum(streams.meet_value(1, 2, &value(1, Some(f64::NAN)))), None);
    assert_eq!(sum(streams.meet_value(1, 3, &value(2, Some(4.0)))), Some(5.5));
}

/// A histogram and a summary of one name are no family.
#[test]
fn forms_do_not_mix() {
    let mut streams = Streams::of(&[Accumulated]);
    streams.join(1, FamilyKind::Summary, PassedThrough);
    streams.meet(0, 1, 1, &[(1.0, 1.0)]);
    let quantiles = Classic { form: FamilyKind::Summary, count: 3.0, marks: vec![(0.5, 7.0)], ..Classic::default() };
    let written = streams.meet_value(1, 2, &quantiles);
    assert_eq!(written, of(&[("d{quantile=\"0.5\"}", 2, 7.0), (COUNT, 2, 3.0)]));
}

/// What happens to the series of a family: how many samples, how many ends.
fn changes(write: impl FnOnce(&mut dyn FnMut(Change<'_, UnixMillis>))) -> (usize, usize) {
    let (mut samples, mut ends) = (0, 0);
    write(&mut |change: Change<'_, UnixMillis>| match change {
        Change::Sample(_) => samples += 1,
        Change::End(_) => ends += 1,
    });
    (samples, ends)
}

/// A thousand points of one stream, and ends between them, are written once with all marks of the other; the total has all of
/// them.
#[test]
fn many_points_are_written_once() {
    let mut streams = Streams::of(&[PassedThrough, PassedThrough]);
    let marks: Vec<(f64, f64)> = (0..1_024).map(|mark| (f64::from(mark), 0.0)).collect();
    streams.meet(0, 1, 7, &marks);
    assert_eq!(streams.end(0, 2).len(), 1_024 + 2);
    let value = |count: u32| Classic { count: count.into(), ..Classic::default() };
    for n in 0..1_000 {
        let at = 3 + 2 * i64::from(n);
        let met = changes(|change| {
            streams.0.write(OutputStream(1), &value(n), (UnixMillis(at), UnixNanos::UNKNOWN), change);
        });
        let ended = changes(|change| streams.0.end(OutputStream(1), UnixMillis(at + 1), change));
        assert_eq!((met, ended), ((0, 0), (0, 0)));
    }
    let (_, bytes) = streams.0.next_due(0, 0).expect("it is due");
    // Its key, in this encoding, is the name and a byte for its form.
    assert_eq!(bytes, 2 * (1_024 + 3) * ("d".len() + 1));
    // No sum is known.
    assert_eq!(changes(|change| streams.0.write_due(change)), (1_024 + 2, 1_024 + 2));
    assert_eq!(streams.0.next_due(0, 0), None);
    let written = streams.meet_value(1, 5_000, &value(1_000));
    assert_eq!(
        written.last().map(|(name, time, count)| (name.as_str(), *time, *count)),
        Some((COUNT, 5_000, Some(1_007.0)))
    );
}

/// What was made here begins at nothing after its end: what was due before is written first.
#[test]
fn what_is_due_comes_before_the_end() {
    let mut streams = Streams::of(&[Accumulated, Accumulated]);
    let value = Classic { count: 5.0, ..Classic::default() };
    streams.meet(1, 1, 2, &[]);
    let mut written = Vec::new();
    streams.0.write(OutputStream(0), &value, (UnixMillis(2), UnixNanos::UNKNOWN), |change: Change<'_, UnixMillis>| {
        note(change, &mut written)
    });
    streams.0.end(OutputStream(0), UnixMillis(3), |change: Change<'_, UnixMillis>| note(change, &mut written));
    assert!(written.is_empty(), "the other stream goes on: {written:?}");
    streams.0.end(OutputStream(1), UnixMillis(4), |change: Change<'_, UnixMillis>| note(change, &mut written));
    let count: Vec<_> =
        written.iter().filter(|(name, ..)| name == COUNT).map(|(_, time, value)| (*time, *value)).collect();
    assert_eq!(count, [(2, Some(7.0)), (4, None)]);
    assert_eq!(streams.0.next_due(0, 0), None);
    assert_eq!(streams.meet(0, 5, 3, &[]), of(&[(LE_INF, 5, 3.0), (COUNT, 5, 3.0)]));
}
