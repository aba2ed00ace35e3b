//! A pipeline whose stage is the test's own: it decides when it is let to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use budget::Budget;
use bytes::Bytes;
use clock::{Clock, Hand, Moment, UnixNanos};
use crossbeam_channel::Sender;
use model::Origin;
use otlp::key::Keyer;
use pipeline::batch::Batch;
use pipeline::context::RequestContext;
use pipeline::decide::{self, Deciders, decider};
use pipeline::drops::{Drops, Reason};
use pipeline::intake::Intake;
use pipeline::intake::leg::{self, Gate, Leg};
use pipeline::intake::refusal::{Accepted, Refusal};
use pipeline::output::{Label, Labels, Output};
use pipeline::shard::job::Message;
use pipeline::shard::outside::Outside;
use pipeline::shard::{self, thread};
use pipeline::stage::{Decide, Decision, StageError};
use pipeline::stream_limit::StreamLimit;
use streams::OutputStream;
use streams::describe::View;

use tokio::task::JoinHandle;

use crate::support::otlp::BEGIN;

/// How many calls the stage may still begin, and how many streams it was asked about.
#[derive(Default)]
pub struct Turnstile {
    permits: Mutex<u64>,
    more: Condvar,
    asked: AtomicU64,
}

impl Turnstile {
    /// Lets so many calls through.
    pub fn allow(&self, calls: u64) {
        *self.permits.lock().expect("no panic") += calls;
        self.more.notify_all();
    }

    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }
}

struct Patient(Arc<Turnstile>);

impl Decide for Patient {
    fn decide(&mut self, views: &[View<'_>]) -> Result<Vec<Decision>, StageError> {
        self.0.asked.fetch_add(views.len() as u64, Ordering::AcqRel);
        let permits = self.0.permits.lock().expect("no panic");
        *self.0.more.wait_while(permits, |permits| *permits == 0).expect("no panic") -= 1;
        Ok(vec![Decision::Pass; views.len()])
    }
}

/// Counts what it is given.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicU64>);

impl Label for Counting {
    fn takes_deltas(&self) -> bool {
        true
    }

    fn label(&mut self, _view: View<'_>) -> Result<Labels, Reason> {
        Ok(Labels::new((), 0))
    }

    fn series_key<'a>(&self, _labels: &'a Labels) -> Option<&'a [u8]> {
        None
    }
}

impl Output for Counting {
    fn describe(
        &mut self,
        _stream: OutputStream,
        _view: View<'_>,
        _origin: Origin,
        _labels: &Labels,
    ) -> Result<(), Reason> {
        Ok(())
    }

    fn forget(&mut self, _stream: OutputStream) {}

    fn write(&mut self, batch: &Batch, _now: Moment, _outside: &mut dyn Outside) {
        self.0.fetch_add(batch.alive().count() as u64, Ordering::AcqRel);
    }

    fn tick(&mut self, _now: Moment, _outside: &mut dyn Outside) {}

    fn flush(&mut self, _now: Moment) {}

    fn memory(&self) -> usize {
        0
    }
}

pub struct Native {
    pub leg: Arc<Leg>,
    pub turnstile: Arc<Turnstile>,
    pub hand: Hand,
    /// Bytes of the exporter's queue.
    pub queue: Budget,
    written: Counting,
    decided: Vec<Arc<decide::Gauges>>,
    shards: Vec<Sender<Message>>,
    deciders: Vec<Sender<decider::Message>>,
}

impl Native {
    pub fn start(shards: usize, keyer: &Keyer) -> Self {
        let (clock, hand) = Clock::manual(UnixNanos(BEGIN));
        let (turnstile, written) = (Arc::new(Turnstile::default()), Counting::default());
        let drops = Drops::new([]);
        let decided: Vec<Arc<decide::Gauges>> = (0..shards).map(|_| Arc::default()).collect();
        let (mut inboxes, mut deciders) = (Vec::new(), Vec::new());
        for gauges in &decided {
            let parts = shard::Parts {
                stages: Vec::new(),
                outputs: vec![Box::new(written.clone())],
                drops: drops.clone(),
                host_limit: Arc::new(StreamLimit::new(None)),
                forms: 1 << 20,
                refusals: 1 << 10,
                keyer: keyer.clone(),
                gauges: Arc::default(),
            };
            let (inbox, messages) = crossbeam_channel::unbounded();
            let shard_clock = clock.clone();
            std::thread::spawn(move || thread::run(parts, &shard_clock, &messages));
            inboxes.push(inbox);
            let parts = decider::Parts {
                stages: vec![Box::new(Patient(Arc::clone(&turnstile)))],
                labels: vec![Box::new(written.clone())],
                shards,
                memo: 1 << 16,
                kept_bytes: 32 << 20,
                keyer: keyer.clone(),
                gauges: Arc::clone(gauges),
                clock: clock.clone(),
            };
            let (inbox, messages) = crossbeam_channel::unbounded();
            std::thread::spawn(move || parts.build().run(&messages));
            deciders.push(inbox);
        }
        let queue = Budget::new(1 << 30);
        let (waiting, budget) = (Arc::default(), queue.clone());
        let gate = Gate { exporter: "counting".into(), budget, waiting, requests: 1_000, first_total: 0 };
        let leg = leg::Parts {
            shards: inboxes.clone(),
            deciders: Deciders { keyer: keyer.clone(), inboxes: deciders.clone(), clock },
            routes: 1 << 16,
            gates: vec![gate],
            forwards: Vec::new(),
            limiter: None,
            drops,
            in_flight: Budget::new(1 << 30),
        };
        let leg = Arc::new(leg.build());
        Self { leg, turnstile, hand, queue, written, decided, shards: inboxes, deciders }
    }

    /// Streams that were decided about.
    pub fn decided(&self) -> u64 {
        self.decided.iter().map(|gauges| gauges.decided.load(Ordering::Acquire)).sum()
    }

    /// Points that were written.
    pub fn written(&self) -> u64 {
        self.written.0.load(Ordering::Acquire)
    }

    /// Waits until no request is in hand: a decider lets one go for which nobody waits when its turn comes.
    pub async fn is_empty(&self) {
        while self.leg.in_flight().used() > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }

    /// Waits until the stage has begun a call about streams in addition to those of before.
    pub async fn is_asked(&self, before: u64) {
        while self.turnstile.asked() <= before {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        self.turnstile.allow(1 << 32);
        for shard in &self.shards {
            shard.send(Message::Stop(tokio::sync::oneshot::channel().0)).ok();
        }
        for decider in &self.deciders {
            decider.send(decider::Message::Stop).ok();
        }
    }
}

/// An intake into some pipelines.
pub fn intake<'a>(keyer: &Keyer, pipelines: impl IntoIterator<Item = &'a Native>) -> Arc<Intake> {
    let legs = pipelines.into_iter().map(|pipeline| Arc::clone(&pipeline.leg)).collect();
    Arc::new(Intake::new(keyer.clone(), legs))
}

pub async fn submit(intake: &Intake, bytes: Bytes) -> Result<Accepted, Refusal> {
    let reservation = intake.admit()?;
    intake.submit(bytes, reservation, RequestContext::default()).await
}

/// The same by a task of its own.
pub fn spawn(intake: &Arc<Intake>, bytes: Bytes) -> JoinHandle<Result<Accepted, Refusal>> {
    let intake = Arc::clone(intake);
    tokio::spawn(async move { submit(&intake, bytes).await })
}
