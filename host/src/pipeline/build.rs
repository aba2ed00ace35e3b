//! From settings to a running pipeline.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle as Task;

use super::drops::{BUILT_IN, Drops, Reason};
use super::intake::{self, Gate, Intake};
use super::output::Output;
use super::room::Room;
use super::route::Router;
use super::shard::{self, Gauges, Inbox, Message};
use super::stage::{Population, Processor, Stage};
use crate::clock::Clock;
use crate::config::report::Place;
use crate::exporters::debug::{self, Debug, Printer};
use crate::exporters::exposition;
use crate::exporters::exposition::Visitor;
use crate::exporters::prometheus::{self, Scraped};
use crate::guest::limits::THREAD_STACK;
use crate::guest::{ConfigureError, Embedded, Engine, Limits, LoadError, Module, Needs, Source};
use crate::processors::memory_limiter;
use crate::remote_write::client::Client;
use crate::remote_write::labels::Labelling;
use crate::remote_write::lane::{self, Sent};
use crate::remote_write::settings as remote_write;
use crate::remote_write::targets::{Registry, Targets};
use crate::remote_write::writer::{Writer, Written};

/// Bytes of requests that may be read or processed at once, where nothing else is configured: six times the largest HTTP
/// request.
pub const IN_FLIGHT_BYTES: usize = 128 << 20;

/// Streams of one host, all pipelines together, where nothing else is configured. At 1 KiB each they take 4 GiB.
pub const HOST_STREAMS: u64 = 4_000_000;

/// Byte forms that a shard's memo holds for each stream that the host may have.
const FORMS_PER_STREAM: usize = 2;

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
    /// Where each path of the settings stands in the configuration.
    pub places: Vec<(String, Place)>,
}

/// An exporter, as meant.
#[derive(Debug, Clone)]
pub enum Exporter {
    /// Remote write.
    RemoteWrite(remote_write::Settings),
    /// A page to be scraped.
    Prometheus(prometheus::Settings),
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
        let (processors, drops) = processors(&self.guests, host)?;
        let stages = || -> Vec<Stage> { processors.iter().map(|processor| processor.stage(&host.clock)).collect() };
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
                Router::new(ROUTERS.fetch_add(1, Ordering::Relaxed), shards, stages(), labelling.labeller())
            }),
            gates: exporters.iter().filter_map(Built::gate).collect(),
            limiter: self.limiter.map(|limiter| limiter.build(rooms, gauges.clone())),
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

/// Loads and configures the guests once, which shows whether they will work, and lays out all drop reasons.
fn processors(guests: &[GuestSettings], host: &Host) -> Result<(Vec<Processor>, Drops), BuildError> {
    let mut processors = Vec::new();
    let mut errors = Vec::new();
    let mut reasons: Vec<(Arc<str>, String)> = Vec::new();
    for guest in guests {
        let (id, module, needs) = match try_out(guest, host) {
            Ok(parts) => parts,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let limit_reason = Reason((BUILT_IN.len() + reasons.len()) as u16);
        reasons.push((Arc::clone(&id), "limit".into()));
        reasons.extend(needs.drop_reasons.iter().map(|reason| (Arc::clone(&id), reason.clone())));
        processors.push(Processor {
            id,
            module,
            settings: Arc::from(&*guest.settings),
            population: Arc::new(Population::new(needs.max_streams)),
            needs: Arc::new(needs),
            health: Arc::default(),
            limit_reason,
        });
    }
    match errors.pop() {
        None => Ok((processors, Drops::new(reasons))),
        Some(error) if errors.is_empty() => Err(error),
        Some(error) => {
            errors.push(error);
            Err(BuildError::Several(errors))
        }
    }
}

fn try_out(guest: &GuestSettings, host: &Host) -> Result<(Arc<str>, Module, Needs), BuildError> {
    let source = match &guest.module {
        Some(path) => Source::File(path.clone()),
        None => Source::Embedded(guest.embedded),
    };
    let id: Arc<str> = Arc::from(&*guest.id);
    let module = Module::load(&host.engine, &source, host.limits)
        .map_err(|error| BuildError::Load { id: guest.id.clone(), error })?;
    let (_, needs) = module
        .instantiate(&id, &guest.settings, &host.clock)
        .map_err(|error| BuildError::Configure { id: guest.id.clone(), error })?;
    Ok((id, module, needs))
}

/// An exporter, as far as its shards share it.
enum Built {
    RemoteWrite {
        settings: Arc<remote_write::Settings>,
        client: Client,
        written: Arc<Written>,
        sent: Arc<Sent>,
        room: Room,
        targets: Registry,
    },
    Prometheus {
        settings: prometheus::Settings,
        targets: Registry,
    },
    Debug {
        settings: debug::Settings,
        printer: Printer,
    },
}

impl Exporter {
    fn build(&self, lanes: &mut Vec<Task<()>>) -> Result<Built, BuildError> {
        match self {
            Self::RemoteWrite(settings) => {
                let settings = Arc::new(settings.clone());
                let client = Client::new(Arc::clone(&settings))
                    .map_err(|error| BuildError::System { what: "cannot read the system's certificates", error })?;
                let room = Room::new(settings.queue_bytes);
                Ok(Built::RemoteWrite {
                    settings,
                    client,
                    written: Arc::default(),
                    sent: Arc::default(),
                    room,
                    targets: Registry::default(),
                })
            }
            Self::Prometheus(settings) => {
                Ok(Built::Prometheus { settings: settings.clone(), targets: Registry::default() })
            }
            Self::Debug(settings) => {
                let what = "cannot start the thread of the debug exporter";
                let (printer, end) =
                    Printer::start(settings.target).map_err(|error| BuildError::System { what, error })?;
                // It ends when the last shard has, and then the pipeline has stopped.
                lanes.push(tokio::spawn(async move { end.await.unwrap_or_default() }));
                Ok(Built::Debug { settings: settings.clone(), printer })
            }
        }
    }
}

impl Built {
    fn output(
        &self,
        shard: usize,
        host: &Host,
        stopped: &watch::Receiver<bool>,
        lanes: &mut Vec<Task<()>>,
    ) -> Box<dyn Output> {
        match self {
            Self::RemoteWrite { settings, client, written, sent, room, targets } => {
                let (lane, sender) = lane::lane(
                    Arc::clone(settings),
                    client.clone(),
                    Arc::clone(sent),
                    host.clock.clone(),
                    stopped.clone(),
                );
                lanes.push(tokio::spawn(sender.run()));
                let targets = Targets::new(targets.clone(), shard);
                let (settings, written) = (Arc::clone(settings), Arc::clone(written));
                Box::new(Writer::new(settings, written, lane, room.clone(), targets, host.clock.clone()))
            }
            Self::Prometheus { settings, targets } => {
                Box::new(Scraped::new(&settings.labelling, targets.clone(), shard))
            }
            Self::Debug { settings, printer } => Box::new(Debug::new(settings, printer.clone())),
        }
    }

    /// What this exporter tells series apart by.
    fn labelling(&self) -> Option<&Labelling> {
        match self {
            Self::RemoteWrite { settings, .. } => Some(&settings.labelling),
            Self::Prometheus { settings, .. } => Some(&settings.labelling),
            Self::Debug { .. } => None,
        }
    }

    fn gate(&self) -> Option<Gate> {
        match self {
            Self::RemoteWrite { settings, sent, room, .. } => Some(Gate {
                exporter: Arc::from(&*settings.id),
                room: room.clone(),
                sent: Arc::clone(sent),
                requests: settings.queue_requests,
            }),
            Self::Prometheus { .. } | Self::Debug { .. } => None,
        }
    }

    fn writes(&self) -> Option<Writes> {
        match self {
            Self::RemoteWrite { settings, written, sent, room, .. } => Some(Writes {
                id: settings.id.clone(),
                written: Arc::clone(written),
                sent: Arc::clone(sent),
                room: room.clone(),
            }),
            Self::Prometheus { .. } | Self::Debug { .. } => None,
        }
    }

    fn print(&self) -> Option<Print> {
        match self {
            Self::Debug { settings, printer } => {
                Some(Print { id: settings.id.clone(), lost: Arc::clone(printer.lost()) })
            }
            Self::RemoteWrite { .. } | Self::Prometheus { .. } => None,
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

/// Asks all shards for what they show.
#[derive(Debug, Clone)]
pub struct Scraper {
    inboxes: Vec<Inbox>,
}

impl Scraper {
    /// The page, for that visitor.
    pub async fn scrape(&self, visitor: Visitor) -> String {
        let (mut lines, mut help) = (BTreeSet::new(), HashMap::new());
        for inbox in &self.inboxes {
            let (reply, answer) = oneshot::channel();
            inbox.send(Message::Scrape(visitor, reply)).ok();
            let (shown, described) = answer.await.unwrap_or_default();
            // Two shards may know the same resource; its line counts once.
            lines.extend(shown);
            help.extend(described);
        }
        let mut page = exposition::Page::default();
        for line in &lines {
            page.add_line(line, help.get(line.family()).map_or("", String::as_str));
        }
        page.render()
    }
}
