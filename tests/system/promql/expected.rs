//! What the sessions did, as far as it was exported, and what the newest samples of each worker must be.

use std::collections::BTreeMap;
use std::sync::Mutex;

use generate::meter::Delta;
use generate::model::Session;

use super::workers::WORKERS;

/// What is known of all streams.
#[derive(Default)]
pub struct Expected(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// By metric.
    totals: BTreeMap<&'static str, f64>,
    /// By worker, metric, session and attributes: the total that the worker has come to, and whether it is a predecessor's.
    streams: BTreeMap<(&'static str, &'static str, String, String), (f64, Made)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    Now,
    BeforeReplacement,
}

impl Expected {
    /// All workers have taken these deltas of a session.
    pub fn add(&self, session: &Session, deltas: &[Delta]) {
        let mut known = self.0.lock().expect("no panic");
        for delta in deltas {
            *known.totals.entry(delta.metric.name).or_default() += delta.value;
            for worker in WORKERS {
                let stream = (worker, delta.metric.name, session.id.clone(), format!("{:?}", delta.attributes));
                let (total, made) = known.streams.entry(stream).or_insert((0.0, Made::Now));
                if *made == Made::BeforeReplacement {
                    (*total, *made) = (0.0, Made::Now);
                }
                *total += delta.value;
            }
        }
    }

    /// A worker has been replaced by one that knows nothing.
    pub fn replaced(&self, worker: &'static str) {
        let mut known = self.0.lock().expect("no panic");
        let own = known.streams.iter_mut().filter(|(stream, _)| stream.0 == worker);
        own.for_each(|(_, (_, made))| *made = Made::BeforeReplacement);
    }

    /// What all sessions have added to a metric.
    pub fn total(&self, metric: &str) -> f64 {
        self.0.lock().expect("no panic").totals.get(metric).copied().unwrap_or_default()
    }

    /// What the newest samples of a worker come to, by session.
    pub fn newest(&self, worker: &str, metric: &str) -> BTreeMap<String, f64> {
        let known = self.0.lock().expect("no panic");
        let mut newest = BTreeMap::new();
        for ((_, _, session, _), (total, _)) in
            known.streams.iter().filter(|(stream, _)| stream.0 == worker && stream.1 == metric)
        {
            *newest.entry(session.clone()).or_default() += total;
        }
        newest
    }
}
