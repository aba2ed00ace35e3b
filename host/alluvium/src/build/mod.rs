//! From settings to a running pipeline.

mod prepare;
mod stages;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle as Task;

use budget::Budget;
use clock::Clock;
pub use component::error::BuildError;
use component::exporter::{self, Environment, Exporter};
use component::forwarder::{self, Forwarder};
use component::processor::{LimiterSettings, Processor, StageSettings};
pub use component::services::Services;
use component::shards::Shards;
use crossbeam_channel::Sender;
use pipeline::decide::{self, Deciders, decider};
use pipeline::drops::Drops;
use pipeline::intake::Intake;
use pipeline::intake::leg::{self, Gate, Leg};
use pipeline::output::Output;
use pipeline::shard::job::{Inbox, Message};
use pipeline::shard::streams::IDLE_SECONDS;
use pipeline::shard::{self, Gauges};
use pipeline::stage::Stage;
pub use prepare::prepare;
use wasm::limits::THREAD_STACK;

/// Bytes of requests that may be read or processed at once, where nothing else is configured: six times the largest HTTP
/// request.
pub const IN_FLIGHT_BYTES: usize = 128 << 20;

/// Streams of one host, all pipelines together, where nothing else is configured. At 1 KiB each they take 4 GiB.
pub const HOST_STREAMS: u64 = 4_000_000;

/// Byte forms that a shard's memo holds for each stream that the host may have.
const FORMS_PER_STREAM: usize = 2;

/// Refused streams that a pipeline remembers, over all its shards: 32 MiB at most, in which half a million fit with ease.
const REFUSALS: usize = 2 << 20;

/// Streams of which the deciders of a pipeline remember which shard has them, at 10 to 20 bytes each: twice as many as the host
/// may have, since those that have gone are among them.
const DECISIONS: usize = 2 * HOST_STREAMS as usize;

/// Bytes of plans that the deciders of a pipeline keep for the repetition of requests that were refused: some 50,000.
const KEPT_BYTES: usize = 64 << 20;

/// Byte forms of which an intake remembers which shard owns them, at 16 bytes each. The system gives the memory when it is
/// used first.
const ROUTES: usize = HOST_STREAMS as usize * FORMS_PER_STREAM;

/// How often a shard that may have something to do is told that time has passed.
const TICK: Duration = Duration::from_millis(100);

/// A pipeline, as meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Its id as configured.
    pub id: String,
    /// What decides whether a request may come in, if anything does.
    pub limiter: Option<Arc<dyn LimiterSettings>>,
    /// Its stages, in order.
    pub stages: Vec<Arc<dyn StageSettings>>,
    /// Its exporters, behind the shards.
    pub exporters: Vec<Arc<dyn exporter::Settings>>,
    /// Its exporters that get requests as they came.
    pub forwarders: Vec<Arc<dyn forwarder::Settings>>,
    /// How many shards; at least one.
    pub shards: usize,
    /// Bytes of requests at once.
    pub in_flight_bytes: usize,
}

/// A pipeline at work.
pub struct Pipeline {
    /// The way in, for receivers that feed this pipeline only.
    pub intake: Arc<Intake>,
    /// The way in, together with other pipelines.
    pub leg: Arc<Leg>,
    /// What can be observed.
    pub view: Arc<Observed>,
    inboxes: Vec<Inbox>,
    deciders: Vec<Sender<decider::Message>>,
    threads: Vec<JoinHandle<()>>,
    lanes: Vec<Task<()>>,
    stopping: watch::Sender<bool>,
    /// Tells the shards that time passes.
    pacer: Task<()>,
}

/// Everything of a pipeline that its metrics are read from.
pub struct Observed {
    /// Its id.
    pub id: String,
    /// Its shards.
    pub shards: Vec<Arc<Gauges>>,
    /// Its deciders.
    pub deciders: Vec<Arc<decide::Gauges>>,
    /// Its stages.
    pub processors: Vec<Arc<dyn Processor>>,
    /// Why points were dropped.
    pub drops: Drops,
    /// Its exporters, behind the shards.
    pub exporters: Vec<Arc<dyn Exporter>>,
    /// Its exporters that get requests as they came.
    pub forwarders: Vec<Arc<dyn Forwarder>>,
}

impl Settings {
    /// Whether its streams may be spread over shards. A series lives in one shard, of every exporter: shards can only be told
    /// apart by what all agree in.
    #[must_use]
    pub fn is_sharded(&self) -> bool {
        let mut labellings = self.exporters.iter().filter_map(|exporter| exporter.labelling());
        let first = labellings.next();
        labellings.all(|other| Some(other) == first)
    }

    /// How many shards it gets: none where nothing looks at points.
    fn shards(&self) -> usize {
        match () {
            () if self.exporters.is_empty() => 0,
            () if self.is_sharded() => self.shards,
            () => 1,
        }
    }

    /// Checks what only shows when stages are built.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn check(&self, host: &Services) -> Result<(), BuildError> {
        BuildError::all(self.stages.iter().filter_map(|stage| stage.check(host).err()).collect())
    }

    /// Builds the pipeline and starts its threads. Its stages must have been [prepared](prepare()). Must be called within a
    /// tokio runtime.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(self, host: &Services) -> Result<Pipeline, BuildError> {
        let (processors, drops) = stages::load(&self.stages, host)?;
        let stages =
            || -> Vec<Box<dyn Stage>> { processors.iter().map(|processor| processor.stage(&host.clock)).collect() };
        let (stopping, stopped) = watch::channel(false);
        let shards = self.shards();
        let (mut exporters, mut lanes) = (Vec::new(), Vec::new());
        let mut outputs: Vec<Vec<Box<dyn Output>>> = (0..shards).map(|_| Vec::new()).collect();
        let mut environment = Environment {
            clock: &host.clock,
            authenticators: &host.authenticators,
            keyer: &host.keyer,
            idle: idle(&processors),
            stopping: &stopped,
            tasks: &mut lanes,
        };
        for exporter in &self.exporters {
            let built = exporter.build(shards, &mut environment)?;
            exporters.push(built.exporter);
            outputs.iter_mut().zip(built.outputs).for_each(|(outputs, output)| outputs.push(output));
        }
        let built = self.forwarders.iter().map(|forwarder| forwarder.build(&mut environment));
        let forwarders: Vec<Arc<dyn Forwarder>> = built.collect::<Result<_, _>>()?;
        let gauges: Vec<Arc<Gauges>> = (0..shards).map(|_| Arc::default()).collect();
        let (mut inboxes, mut threads) = (Vec::new(), Vec::new());
        for ((number, gauges), outputs) in gauges.iter().enumerate().zip(outputs) {
            let parts = shard::Parts {
                stages: stages(),
                outputs,
                drops: drops.clone(),
                host_limit: Arc::clone(&host.stream_limit),
                forms: HOST_STREAMS as usize * FORMS_PER_STREAM / shards,
                refusals: REFUSALS / shards,
                keyer: host.keyer.clone(),
                gauges: Arc::clone(gauges),
            };
            #[expect(clippy::disallowed_methods, reason = "bounded by the room that each request is charged to")]
            let (inbox, messages) = crossbeam_channel::unbounded();
            let clock = host.clock.clone();
            threads.push(thread(format!("shard-{number}"), move || shard::thread::run(parts, &clock, &messages))?);
            inboxes.push(inbox);
        }
        let decider_gauges: Vec<Arc<decide::Gauges>> = (0..shards).map(|_| Arc::default()).collect();
        let mut deciders = Vec::new();
        for (number, gauges) in decider_gauges.iter().enumerate() {
            let parts = decider::Parts {
                stages: processors.iter().map(|processor| processor.decide(&host.clock)).collect(),
                labels: self.exporters.iter().map(|exporter| exporter.label()).collect(),
                shards,
                memo: DECISIONS / shards,
                kept_bytes: KEPT_BYTES / shards,
                keyer: host.keyer.clone(),
                gauges: Arc::clone(gauges),
                clock: host.clock.clone(),
            };
            #[expect(clippy::disallowed_methods, reason = "bounded by the room that each request is charged to")]
            let (inbox, messages) = crossbeam_channel::unbounded();
            threads.push(thread(format!("decider-{number}"), move || parts.build().run(&messages))?);
            deciders.push(inbox);
        }
        let gates: Vec<Gate> = exporters.iter().filter_map(|exporter| exporter.gate()).collect();
        let in_flight = Budget::new(self.in_flight_bytes);
        let forwarded = forwarders.iter().map(|forwarder| forwarder.budget());
        let queued = gates.iter().map(|gate| gate.budget.clone()).chain(forwarded);
        let budgets = queued.chain([in_flight.clone()]).collect();
        let parts = leg::Parts {
            shards: inboxes.clone(),
            deciders: Deciders { keyer: host.keyer.clone(), inboxes: deciders.clone(), clock: host.clock.clone() },
            // Without shards nobody asks where they are.
            routes: if shards == 0 { 0 } else { ROUTES },
            gates,
            forwards: forwarders.iter().map(|forwarder| forwarder.leg()).collect(),
            limiter: self.limiter.map(|limiter| limiter.build(budgets, gauges.clone(), decider_gauges.clone())),
            drops: drops.clone(),
            in_flight,
        };
        let leg = Arc::new(parts.build());
        let pacer = tokio::spawn(keep_time(host.clock.clone(), inboxes.clone(), gauges.clone()));
        Ok(Pipeline {
            intake: Arc::new(Intake::new(host.keyer.clone(), vec![Arc::clone(&leg)])),
            leg,
            view: Arc::new(Observed {
                id: self.id,
                shards: gauges,
                deciders: decider_gauges,
                processors,
                drops,
                exporters,
                forwarders,
            }),
            inboxes,
            deciders,
            threads,
            lanes,
            stopping,
            pacer,
        })
    }
}

/// How long the streams of a pipeline live without a point; none if they do for ever.
fn idle(processors: &[Arc<dyn Processor>]) -> Option<Duration> {
    let asked = processors.iter().filter_map(|processor| processor.max_idle()).min();
    let idle = asked.unwrap_or(Duration::from_secs(IDLE_SECONDS.into()));
    // As many seconds as are counted.
    (!idle.is_zero() && idle.as_secs() < u32::MAX.into()).then_some(idle)
}

/// A thread with room for guests.
fn thread(name: String, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, BuildError> {
    let builder = thread::Builder::new().name(name).stack_size(THREAD_STACK);
    builder.spawn(run).map_err(|error| BuildError::System { what: "cannot start a thread", error })
}

/// Tells the shards that time has passed, again and again.
async fn keep_time(clock: Clock, inboxes: Vec<Inbox>, gauges: Vec<Arc<Gauges>>) {
    loop {
        clock.sleep(TICK).await;
        for (inbox, gauges) in inboxes.iter().zip(&gauges) {
            // One tick in the inbox is enough.
            if !gauges.ticking.swap(true, Ordering::AcqRel) {
                inbox.send(Message::Tick).ok();
            }
        }
    }
}

impl Pipeline {
    /// Tells the shards that time has passed, and waits until they have done what there was to do.
    pub async fn tick(&self) {
        for inbox in &self.inboxes {
            let (reply, answer) = oneshot::channel();
            inbox.send(Message::TickAndAnswer(reply)).ok();
            answer.await.ok();
        }
    }

    /// Its shards, for exporters that ask their parts.
    #[must_use]
    pub fn shards(&self) -> Shards {
        Shards::new(self.inboxes.clone())
    }

    /// Whether all shards are at work.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.threads.iter().all(|thread| !thread.is_finished())
    }

    /// Takes no more requests, processes those that were taken, and sends what waits, each request once more if need be.
    /// Gives up after `limit`; says whether all went out.
    pub async fn stop(self, limit: Duration) -> bool {
        self.leg.stop();
        self.pacer.abort();
        for inbox in &self.inboxes {
            let (reply, answer) = oneshot::channel();
            inbox.send(Message::Stop(reply)).ok();
            answer.await.ok();
        }
        for decider in &self.deciders {
            decider.send(decider::Message::Stop).ok();
        }
        self.stopping.send_replace(true);
        let lanes = self.lanes;
        let drained = async {
            for lane in lanes {
                lane.await.ok();
            }
        };
        tokio::time::timeout(limit, drained).await.is_ok()
    }
}
