//! Which totals are due to be written again.

use std::time::Duration;

use budget::Budget;
use clock::{Clock, UnixMillis, UnixNanos};
use model::Origin;
use prometheus::series::{Aggregation, Sample, SeriesTable};
use streams::OutputStream;

use super::encode::block;
use crate::remote_write::open::OpenRequest;
use crate::remote_write::truthful::repeats::{Cursor, Due, Repeats};

const MINUTE: i64 = 60_000;
const A: OutputStream = OutputStream(0);

/// One series of these traits with a sample at 0.
fn table(aggregation: Aggregation, origin: Origin) -> SeriesTable<OutputStream, UnixMillis> {
    let mut series = SeriesTable::default();
    series.insert(A, block(&[("__name__", "a")]), aggregation, origin);
    write(&mut series, 0);
    series
}

fn write(series: &mut SeriesTable<OutputStream, UnixMillis>, time: i64) {
    let sample = Sample { time: UnixMillis(time), start: UnixNanos(1), value: 5.0 };
    let series = series.meet(A, sample, |next| Some(next.time)).expect("it is newer");
    series.mark = 1;
}

fn repeats(idle: Option<Duration>) -> Repeats {
    let (clock, _) = Clock::manual(UnixNanos(0));
    Repeats::new(Duration::from_secs(60), idle, clock.moment())
}

/// Totals that are made here and have not changed for a step are due; levels and what arrives cumulative never are, nor what
/// has ended.
#[test]
fn flat_totals_are_due() {
    let (repeats, repeat) = (repeats(Some(Duration::from_secs(300))), Some(Due::Repeat(None)));
    for (aggregation, origin, expected) in [
        (Aggregation::Counter, Origin::Accumulated, repeat),
        (Aggregation::Sum, Origin::Accumulated, repeat),
        (Aggregation::Gauge, Origin::Accumulated, None),
        (Aggregation::Counter, Origin::PassedThrough, None),
    ] {
        let mut series = table(aggregation, origin);
        let series = series.of(A).expect("it is there");
        assert_eq!(repeats.due(series, UnixMillis(MINUTE)), expected);
        assert_eq!(repeats.due(series, UnixMillis(MINUTE / 2)), None, "it is half a minute old");
        series.silent = true;
        assert_eq!(repeats.due(series, UnixMillis(MINUTE)), None, "it has ended");
    }
}

/// Where streams are never forgotten, a total is repeated for an hour, then it ends, once. A new point begins another hour.
#[test]
fn what_is_never_forgotten_is_repeated_for_an_hour() {
    let repeats = repeats(None);
    let mut series = table(Aggregation::Counter, Origin::Accumulated);
    let mut open = OpenRequest::new(&Budget::new(1 << 20), 1);
    let mut minute = 0;
    for _ in 0..2 {
        let (mut repeated, mut ended) = (Vec::new(), Vec::new());
        for _ in 0..200 {
            minute += 1;
            let now = UnixMillis(minute * MINUTE);
            let series = series.of(A).expect("it is there");
            match repeats.due(series, now) {
                Some(Due::Repeat(mark)) => {
                    series.time = now;
                    open.repeat(series);
                    series.mark = mark.expect("repeats are counted");
                    repeated.push(minute);
                }
                Some(Due::End(mark)) => {
                    (series.time, series.mark) = (now, mark);
                    ended.push(minute);
                }
                None => {}
            }
        }
        let begun = minute - 200;
        assert_eq!(repeated, (begun + 1..=begun + 60).collect::<Vec<_>>());
        assert_eq!(ended, [begun + 61]);
        write(&mut series, minute * MINUTE);
    }
}

/// Everything is looked at once a step, however short the ticks are.
#[test]
fn a_round_takes_a_step() {
    for all in [1, 7, 600, 100_000] {
        let mut cursor = Cursor::default();
        let ticks = 611;
        let steps: Vec<usize> = (0..ticks).map(|_| cursor.steps(all, 1.0 / ticks as f64)).collect();
        let looked: usize = steps.iter().sum();
        assert!(looked.abs_diff(all) <= 1, "{looked} of {all}");
        assert!(steps.iter().all(|step| *step <= all / ticks + 1), "they are spread");
    }
}
