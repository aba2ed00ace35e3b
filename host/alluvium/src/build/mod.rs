//! From settings to a running pipeline.

mod exporter;
mod guests;
mod scraper;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle as Task;

use budget::Room;
use clock::Clock;
use exporter::Built;
use exporters::remote_write::encode;
use exporters::remote_write::lane::Sent;
use exporters::remote_write::settings as remote_write;
use exporters::remote_write::writer::Written;
use exporters::{debug, scrape};
use pipeline::drops::Drops;
use pipeline::intake::{self, Intake};
use pipeline::population::Population;
use pipeline::route::{Router, SeriesKey};
use pipeline::shard::{self, Gauges, Inbox, Message};
use pipeline::stage::Stage;
use processors::guest::Processor;
use processors::memory_limiter;
use prometheus::labels::Labelling;
pub use scraper::Scraper;
use wasm::limits::THREAD_STACK;
use wasm::{ConfigureError, Embedded, Engine, Limits, LoadError};

/// Bytes of requests that may be read or processed at once, where nothing else is configured: six times the largest HTTP
/// request.
pub const IN_FLIGHT_BYTES: usize = 128 << 20;

/// Streams of one host, all pipelines together, where nothing else is configured. At 1 KiB each they take 4 GiB.
pub const HOST_STREAMS: u64 = 4_000_000;

/// Byte forms that a shard's memo holds for each stream that the host may have.
const FORMS_PER_STREAM: usize = 2;

/// Refused streams that a pipeline remembers, over all its shards: 32 MiB at most, in which half a million fit with ease.
const REFUSALS: usize = 2 << 20;

/// How often a shard that may have something to do is told that time has passed.
const TICK: Duration = Duration::from_millis(100);

/// A pipeline, as meant.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its id as configured.
    pub id: String,
    /// The memory limiter, if it has one.
    pub limiter: Option<memory_limiter::Settings>,
    /// Its guests, in order.
    pub guests: Vec<GuestSettings>,
    /// Its exporters.
    pub exporters: Vec<Exporter>,
    /// How many shards; at least one.
    pub shards: usize,
    /// Bytes of requests at once.
    pub in_flight_bytes: usize,
}

/// A guest, as meant.
#[derive(Debug, Clone)]
pub struct GuestSettings {
    /// The id as configured.
    pub id: String,
    /// The guest of this kind that ships.
    pub embedded: Embedded,
    /// A file in its place.
    pub module: Option<PathBuf>,
    /// Its settings as JSON text.
    pub settings: String,
}

/// An exporter, as meant.
#[derive(Debug, Clone)]
pub enum Exporter {
    /// Remote write.
    RemoteWrite(remote_write::Settings),
    /// A page to be scraped.
    Prometheus(scrape::Settings),
    /// Text.
    Debug(debug::Settings),
}

/// What a pipeline needs from its host.
#[derive(Debug, Clone)]
pub struct Host {
    /// Compiles and runs guests.
    pub engine: Engine,
    /// The time.
    pub clock: Clock,
    /// Streams of all pipelines.
    pub population: Arc<Population>,
    /// Bounds on guests.
    pub limits: Limits,
}

/// Why a pipeline cannot be built.
#[derive(Debug, Error)]
pub enum BuildError {
    /// A guest cannot be loaded.
    #[error("processor {id}: {error}")]
    Load {
        /// The processor.
        id: String,
        /// Why.
        error: LoadError,
    },
    /// A guest does not accept its settings.
    #[error("processor {id}: {error}")]
    Configure {
        /// The processor.
        id: String,
        /// Why.
        error: ConfigureError,
    },
    /// Several processors have something wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Several(Vec<BuildError>),
    /// The system refuses something.
    #[error("{what}: {error}")]
    System {
        /// What was asked of it.
        what: &'static str,
        /// What it says.
        error: std::io::Error,
    },
}

/// A pipeline at work.
pub struct Pipeline {
    /// The way in.
    pub intake: Arc<Intake>,
    /// What can be observed.
    pub view: Arc<Observed>,
    inboxes: Vec<Inbox>,
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
    /// Its guests.
    pub processors: Vec<Processor>,
    /// Why points were dropped.
    pub drops: Drops,
    /// Its remote-write exporters.
    pub writes: Vec<Writes>,
    /// Its debug exporters.
    pub prints: Vec<Print>,
}

/// A debug exporter, observed.
pub struct Print {
    /// Its id.
    pub id: String,
    /// Batches that it did not show because nobody read in time.
    pub lost: Arc<AtomicU64>,
}

/// A remote-write exporter, observed.
pub struct Writes {
    /// Its id.
    pub id: String,
    /// What its shards wrote.
    pub written: Arc<Written>,
    /// What its lanes sent.
    pub sent: Arc<Sent>,
    /// Its queue.
    pub room: Room,
}

impl Settings {
    /// Builds the pipeline and starts its threads. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(self, host: &Host) -> Result<Pipeline, BuildError> {
        let (processors, drops) = guests::load(&self.guests, host)?;
        let stages = || -> Vec<Box<dyn Stage>> {
            let stage = |processor: &Processor| -> Box<dyn Stage> { Box::new(processor.stage(&host.clock)) };
            processors.iter().map(stage).collect()
        };
        let (stopping, stopped) = watch::channel(false);
        let (mut exporters, mut lanes) = (Vec::new(), Vec::new());
        for exporter in &self.exporters {
            exporters.push(exporter.build(&mut lanes)?);
        }
        // A series lives in one shard, of every exporter: shards can only be told apart by what all agree in.
        let labelling = exporters.iter().find_map(Built::labelling).cloned().unwrap_or_default();
        let agree = exporters.iter().filter_map(Built::labelling).all(|other| *other == labelling);
        let shards = if agree { self.shards } else { 1 };
        if shards < self.shards {
            let why = "its exporters label series in different ways";
            tracing::warn!(pipeline = self.id, "the pipeline runs on one shard: {why}");
        }
        let gauges: Vec<Arc<Gauges>> = (0..shards).map(|_| Arc::default()).collect();
        let (mut inboxes, mut threads) = (Vec::new(), Vec::new());
        for (number, gauges) in gauges.iter().enumerate() {
            let mut outputs = Vec::new();
            for exporter in &exporters {
                outputs.push(exporter.output(number, host, &stopped, &mut lanes));
            }
            let parts = shard::Parts {
                stages: stages(),
                outputs,
                drops: drops.clone(),
                host_population: Arc::clone(&host.population),
                forms: HOST_STREAMS as usize * FORMS_PER_STREAM / shards,
                refusals: REFUSALS / shards,
                gauges: Arc::clone(gauges),
                clock: host.clock.clone(),
            };
            #[expect(clippy::disallowed_methods, reason = "bounded by the room that each request is charged to")]
            let (inbox, messages) = crossbeam_channel::unbounded();
            let thread = thread::Builder::new()
                .name(format!("shard-{number}"))
                .stack_size(THREAD_STACK)
                .spawn(move || parts.build().run(&messages))
                .map_err(|error| BuildError::System { what: "cannot start a shard's thread", error })?;
            inboxes.push(inbox);
            threads.push(thread);
        }
        let writes: Vec<Writes> = exporters.iter().filter_map(Built::writes).collect();
        let prints = exporters.iter().filter_map(Built::print).collect();
        let in_flight = Room::new(self.in_flight_bytes);
        let rooms = writes.iter().map(|writes| writes.room.clone()).chain([in_flight.clone()]).collect();
        let parts = intake::Parts {
            shards: inboxes.clone(),
            router: (shards > 1).then(|| {
                static ROUTERS: AtomicUsize = AtomicUsize::new(0);
                Router::new(ROUTERS.fetch_add(1, Ordering::Relaxed), shards, stages(), series_key(&labelling))
            }),
            gates: exporters.iter().filter_map(Built::gate).collect(),
            limiter: self
                .limiter
                .map(|limiter| -> Box<dyn intake::Limiter> { Box::new(limiter.build(rooms, gauges.clone())) }),
            drops: drops.clone(),
            in_flight,
        };
        let pacer = tokio::spawn(keep_time(host.clock.clone(), inboxes.clone(), gauges.clone()));
        Ok(Pipeline {
            intake: Arc::new(parts.build()),
            view: Arc::new(Observed { id: self.id, shards: gauges, processors, drops, writes, prints }),
            inboxes,
            threads,
            lanes,
            stopping,
            pacer,
        })
    }
}

/// What tells series apart under that labelling.
fn series_key(labelling: &Labelling) -> SeriesKey {
    let mut labeller = labelling.labeller();
    Box::new(move |view| labeller.series(view).ok().map(encode::labels))
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

    /// A way to ask the scrape exporters of this pipeline.
    #[must_use]
    pub fn scraper(&self) -> Scraper {
        Scraper { inboxes: self.inboxes.clone() }
    }

    /// Whether all shards are at work.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.threads.iter().all(|thread| !thread.is_finished())
    }

    /// Takes no more requests, processes those that were taken, and sends what waits, each request once more if need be.
    /// Gives up after `limit`; says whether all went out.
    pub async fn stop(self, limit: Duration) -> bool {
        self.intake.stop();
        self.pacer.abort();
        for inbox in &self.inboxes {
            let (reply, answer) = oneshot::channel();
            inbox.send(Message::Stop(reply)).ok();
            answer.await.ok();
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
