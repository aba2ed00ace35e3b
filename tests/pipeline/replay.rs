//! A shard is a function of what it is told and of the answers from outside: a run that was recorded comes out the same when
//! a fresh shard is told the same.
//!
//! The fresh shard meets another world: its guests' clock shows another time, what shards share is empty or full, no other
//! shard owns anything, no call fails. Whatever it looked up there in place of asking `Outside` would show.

mod build;
mod record;
mod requests;
mod tell;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clock::{Clock, UnixNanos};
use otlp::key::Keyer;
use pipeline::shard::outside::{self, Outside};
use prometheus::targets::Registry;
use tokio::runtime::{Builder, Runtime};

use build::{Guests, Rigged, Shared};
use record::Record;
use tell::{Shown, Told};

/// Runs that are recorded; the seed of each decides all that is random in it.
const SEEDS: std::ops::Range<u64> = 0..10;

/// When the guests' clock stands in a replay: not when the run was recorded.
const ANOTHER_TIME: u64 = 1;

/// Answers as they were recorded, and counts how often it was asked.
struct Replaying {
    answers: outside::Replay,
    asked: Arc<AtomicUsize>,
}

impl Outside for Replaying {
    fn answer(&mut self, ask: &mut dyn FnMut() -> i64) -> i64 {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.answers.answer(ask)
    }
}

/// Scenario: streams of all kinds come, go idle and come back, limits that all shards share are used up by others, guests'
/// calls fail, other shards own resources, and both clocks move. Guarantee: a fresh shard that is told the same, in the same
/// order, and gets the same answers, hands on the same requests byte for byte, shows the same pages and keeps the same.
#[test]
fn a_recorded_run_comes_out_the_same() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let keyer = Keyer::random();
    let mut met = Met::default();
    for seed in SEEDS {
        let guests = Guests::load(&runtime, seed);
        let record = record::record(&runtime, &guests, &keyer, seed);
        met.note(&record);
        // Limits that are read in place of the record say yes always in one replay, and no in the other.
        for limit in [None, Some(0)] {
            replay(&runtime, &guests, &keyer, &record, limit, &format!("seed {seed}, replayed with limits {limit:?}"));
        }
    }
    met.check();
}

fn replay(runtime: &Runtime, guests: &Guests, keyer: &Keyer, record: &Record, limit: Option<u64>, which: &str) {
    let asked: Arc<AtomicUsize> = Arc::default();
    let answers = outside::Replay(VecDeque::from(record.answers.clone()));
    let outside = Replaying { answers, asked: Arc::clone(&asked) };
    let queue_bytes = if limit.is_some() { 1 } else { usize::MAX };
    let shared = Shared::new(limit, limit, queue_bytes, Registry::default());
    // A queue of one byte is full with it.
    let _taken = shared.budget.reserve(1);
    let (clock, _hand) = Clock::manual(UnixNanos(ANOTHER_TIME));
    let mut shard = Rigged::build(guests, &shared, keyer, &clock, None, Box::new(outside), record.begin);
    for (step, (told, recorded)) in record.told.iter().zip(&record.shown).enumerate() {
        let answers = shard.tell(told);
        let shown = Shown::of(&shard, told, &answers, keyer);
        shown.compare(recorded, &format!("{which}, step {step}, {}", told.what.name()));
    }
    assert_eq!(asked.load(Ordering::Relaxed), record.answers.len(), "{which}: questions to the outside");
    for (lane, (replayed, recorded)) in shard.finish(runtime).iter().zip(&record.requests).enumerate() {
        assert_eq!(replayed.len(), recorded.len(), "{which}: requests of lane {lane}");
        for (number, (replayed, recorded)) in replayed.iter().zip(recorded).enumerate() {
            assert!(replayed == recorded, "{which}: the body of request {number} of lane {lane} differs");
        }
    }
}

/// What the recorded runs have met, so that the test cannot come to test nothing.
#[derive(Default)]
struct Met {
    text: String,
    told: Vec<&'static str>,
    answers: Vec<i64>,
    requests: [usize; build::LANES],
    /// Streams that were known, but had gone idle.
    idle: usize,
}

impl Met {
    fn note(&mut self, record: &Record) {
        self.told.extend(record.told.iter().map(|Told { what, .. }| what.name()));
        self.answers.extend(&record.answers);
        record.shown.iter().flat_map(|shown| &shown.answers).for_each(|answer| self.text.push_str(answer));
        self.idle += record.shown.iter().map(Shown::idle).sum::<usize>();
        for (count, lane) in self.requests.iter_mut().zip(&record.requests) {
            *count += lane.len();
        }
    }

    fn check(&self) {
        for what in ["round", "tick", "ask", "flush"] {
            assert!(self.told.contains(&what), "{what}");
        }
        for answer in 0..=2 {
            assert!(self.answers.contains(&answer), "an answer {answer} from outside");
        }
        assert!(self.answers.iter().any(|&answer| answer > 2), "a time of a resource");
        for what in ["without a plan", "may retry: true", "may retry: false", "malformed", "Reason(0)"] {
            assert!(self.text.contains(what), "{what}");
        }
        assert!(self.idle > 0, "streams that are idle");
        assert!(self.requests.iter().all(|&requests| requests > 0), "requests of each lane: {:?}", self.requests);
    }
}
