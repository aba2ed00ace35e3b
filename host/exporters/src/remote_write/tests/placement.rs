//! Where samples are placed, for sequences of points, runs and ends at the edges of what a back-end takes. Expected is what a
//! back-end demands: times of a series rise strictly, none is too old or too far ahead; and that totals arrive.

use std::time::Duration;

use budget::Budget;
use clock::{UnixMillis, UnixNanos};
use fastrand::Rng;
use model::Origin;
use prometheus::series::{Aggregation, Sample, SeriesTable};
use prost::Message as _;
use streams::OutputStream;

use super::encode::{WriteRequest, block};
use crate::remote_write::arrival::{Arrival, Run};
use crate::remote_write::counts::WriteCounts;
use crate::remote_write::encode::STALE;
use crate::remote_write::filling::Filling;
use crate::remote_write::open::OpenRequest;

const MINUTE: i64 = 60_000;
const BEGIN: i64 = 1_790_000_000_000;
/// Nothing stands in front of first totals.
const NO_RUN: Run = Run { zeros: 0, after: UnixMillis::NEVER };
const A: OutputStream = OutputStream(0);

/// Times at the edges, for a point that arrives at `now`.
fn time(random: &mut Rng, now: i64) -> UnixMillis {
    let near = now + random.i64(-3..=3);
    let edges = [
        near,
        near,
        near - MINUTE,
        now - 50 * MINUTE,
        now - 50 * MINUTE - 1,
        now + 5 * MINUTE,
        now + 5 * MINUTE + 1,
        0,
        1,
        i64::MAX,
    ];
    UnixMillis(*random.choice(&edges).expect("there are some"))
}

#[test]
fn times_rise_whatever_comes() {
    let (mut met, mut zeros_met) = ([0_usize; 2], 0);
    for (seed, origin) in (0..300).flat_map(|seed| [(seed, Origin::Accumulated), (seed, Origin::PassedThrough)]) {
        let zeros = if seed % 2 == 0 { 0 } else { 5 };
        let run = Run { zeros, after: UnixMillis(BEGIN - 30 * MINUTE) };
        let mut random = Rng::with_seed(seed);
        let written = WriteCounts::default();
        let mut series = SeriesTable::default();
        series.insert(A, block(&[("__name__", "a")]), Aggregation::Counter, origin);
        let mut filling = Filling::new(&Budget::new(1 << 20));
        let (mut now, mut start, mut total) = (BEGIN, UnixNanos(1), 0.0);
        let mut last_sent = i64::MIN;
        for _ in 0..20 {
            // What is to be in the request at its end, by runs.
            let mut runs = vec![None];
            for _ in 0..random.usize(0..12) {
                now += random.choice([0, 0, 1, 5_000]).expect("there are some");
                let arrival = Arrival::new(UnixNanos(now.unsigned_abs() * 1_000_000), run, &written);
                let own = time(&mut random, now);
                if random.u8(..8) == 0 {
                    let place = |next| arrival.place(next, None).map(|placed| placed.time);
                    if let Some(ended) = series.end(A, own, place) {
                        filling.open.end(ended);
                        runs.push(None);
                        (total, start) = (0.0, UnixNanos(start.0 + 1));
                    }
                    continue;
                }
                if random.u8(..8) == 0 {
                    (total, start) = (0.0, UnixNanos(start.0 + 1));
                    runs.push(None);
                }
                total += 1.0;
                let mut placed = None;
                let met_series = series.meet(A, Sample { time: own, start, value: total }, |next| {
                    placed = arrival.place(next, filling.waiting(next.mark));
                    placed.map(|placed| placed.time)
                });
                if let Some((met_series, placed)) = met_series.zip(placed) {
                    met[usize::from(placed.replaces)] += 1;
                    assert!(origin == Origin::Accumulated || !placed.replaces && placed.time == own);
                    zeros_met += usize::from(placed.zeros > 0);
                    filling.write(met_series, placed, &[]);
                    *runs.last_mut().expect("one at least") = Some(total);
                }
            }
            let (first, _) = filling.births().map(|births| births.close(<[u8]>::to_vec)).unwrap_or_default();
            let (bytes, contents) = filling.open.close(<[u8]>::to_vec);
            let count = WriteRequest::decode(&*bytes).expect("it decodes").timeseries.len();
            assert_eq!((count, contents.samples - contents.zeros), (contents.series, contents.series));
            // In the order in which they leave.
            let request = WriteRequest::decode(&*[first, bytes].concat()).expect("it decodes");
            let mut values = Vec::new();
            for sample in request.timeseries.iter().flat_map(|series| &series.samples) {
                assert!(sample.timestamp > last_sent, "seed {seed}: {sample:?} after {last_sent}");
                assert!((BEGIN - 50 * MINUTE..=now + 5 * MINUTE).contains(&sample.timestamp), "seed {seed}");
                last_sent = sample.timestamp;
                // Totals begin at one.
                values.extend(Some(sample.value).filter(|value| value.to_bits() != STALE && *value > 0.0));
            }
            if origin == Origin::Accumulated {
                let last: Vec<f64> = runs.into_iter().flatten().collect();
                assert_eq!(values, last, "seed {seed}: the newest total of each run");
            }
        }
    }
    assert!(met.iter().all(|&times| times > 1_000), "samples that were added and replaced: {met:?}");
    assert!(zeros_met > 1_000, "{zeros_met} first totals");
}

/// A request that has waited for longer than times may be old is no reason for a time that is too old.
#[test]
fn what_has_waited_too_long_gets_another_time() {
    let written = WriteCounts::default();
    let mut series = SeriesTable::default();
    series.insert(A, block(&[("__name__", "a")]), Aggregation::Counter, Origin::Accumulated);
    let mut open = OpenRequest::new(&Budget::new(1 << 20), 1);
    let mut times = Vec::new();
    for now in [UnixMillis(BEGIN), UnixMillis(BEGIN).plus(Duration::from_secs(3_600))] {
        let arrival = Arrival::new(UnixNanos(now.0.unsigned_abs() * 1_000_000), NO_RUN, &written);
        let sample = Sample { time: UnixMillis(BEGIN), start: UnixNanos(1), value: 1.0 };
        let mut placed = None;
        let met = series.meet(A, sample, |next| {
            placed = arrival.place(next, open.waiting(next.mark));
            placed.map(|placed| placed.time)
        });
        let (met, placed) = met.zip(placed).expect("it is written");
        open.write(met, placed, 0, &[]);
        times.push(met.time);
    }
    assert_eq!(times, [UnixMillis(BEGIN), UnixMillis(BEGIN + 60 * MINUTE)]);
}
