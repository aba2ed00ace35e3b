//! Counters whose `increase()` is true. The sink of these tests refuses what Prometheus refuses, and a test in which it had to
//! has failed.

mod births;
mod families;
mod random;
mod repeated;
mod repeats;

use std::collections::BTreeMap;

use crate::harness::Rig;
use crate::support::sink::Sample;

/// By the series' label `stream`: time and value of all samples.
type Written = BTreeMap<String, Vec<(i64, f64)>>;

fn milliseconds(time: u64) -> i64 {
    (time / 1_000_000) as i64
}

fn of_series(samples: &[Sample]) -> Written {
    let mut written = Written::new();
    for sample in samples {
        written.entry(sample.label("stream").to_owned()).or_default().push((sample.time, sample.value));
    }
    written
}

fn written(rig: &Rig) -> Written {
    of_series(&rig.sink.samples())
}

/// A total, and so many zeros in front of it, a millisecond apart, the last of them one before it.
fn run(zeros: i64, time: i64, total: f64) -> Vec<(i64, f64)> {
    (1..=zeros).rev().map(|back| (time - back, 0.0)).chain([(time, total)]).collect()
}
