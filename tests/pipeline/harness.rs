//! A pipeline between a test and a sink.

use std::any::Any;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use alluvium::assembly::{self, Settings};
use alluvium::build::{self, BuildError, Pipeline, Services};
use bytes::Bytes;
use clock::{Clock, Hand, UnixNanos};
use component::authenticator::Authenticators;
use component::variables::Variables;
use exporters::remote_write::{RemoteWrite, settings as remote_write};
use otlp::key::Keyer;
use pipeline::context::RequestContext;
use pipeline::intake::refusal::{Accepted, Refusal};
use pipeline::stream_limit::StreamLimit;
use processors::guest::Processor;
use wasm::{ATTRIBUTE_FILTER, DELTA_TO_CUMULATIVE, Engine, Limits, Module, Source};

use crate::support::otlp::BEGIN;
use crate::support::sink::Sink;

/// What differs from one test to the next.
pub struct Setup {
    /// The processor's block, as YAML in flow style.
    pub processor: String,
    /// More keys of the exporter, as YAML lines with two more levels of indentation.
    pub exporter: String,
    /// The exporter's block `truthful_counters`, in flow style. By default samples are those of the points.
    pub counters: &'static str,
    pub shards: usize,
    pub queue_bytes: Option<usize>,
    pub in_flight_bytes: Option<usize>,
    pub host_streams: u64,
    pub processors: &'static str,
    /// The block of `attribute_filter`, in flow style.
    pub filter: &'static str,
    /// The block of `resourcedetection`, in flow style or as lines.
    pub detection: &'static str,
    /// Blocks of other processors, as YAML lines with two more levels of indentation.
    pub others: &'static str,
    /// Samples of a request.
    pub batch: usize,
    /// How long a call of a guest may take.
    pub call: Duration,
    /// The environment variables that there are.
    pub variables: Variables,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            processor: "{max_stale: 30m}".into(),
            exporter: String::new(),
            counters: "{zeros: 0}",
            shards: 1,
            queue_bytes: None,
            in_flight_bytes: None,
            host_streams: 1_000_000,
            processors: "[deltatocumulative, batch]",
            filter: "{rules: [{delete: nothing}]}",
            detection: "{}",
            others: "",
            batch: 1_000,
            call: Duration::from_millis(100),
            variables: Variables::fixed([]),
        }
    }
}

pub struct Rig {
    pub pipeline: Pipeline,
    pub sink: Sink,
    pub clock: Clock,
    pub hand: Hand,
}

/// What outlives a process.
pub struct World {
    pub sink: Sink,
    pub clock: Clock,
    pub hand: Hand,
}

impl Setup {
    pub fn faulty(settings: &str) -> Self {
        static KEPT: OnceLock<Module> = OnceLock::new();
        let module: PathBuf = crate::support::guests::faulty();
        KEPT.get_or_init(|| code(engine(), Source::File { path: module.clone(), sha256: None }));
        Self { processor: format!("{{module: '{}', {settings}}}", module.display()), ..Self::default() }
    }

    pub async fn start(self) -> Rig {
        self.try_start().await.expect("the pipeline builds")
    }

    pub async fn try_start(self) -> Result<Rig, BuildError> {
        let (clock, hand) = Clock::manual(UnixNanos(BEGIN));
        let sink = Sink::start_at(clock.clone()).await;
        self.start_before(World { sink, clock, hand }).await
    }

    /// The pipeline of a process that starts in a world where others have been.
    pub async fn start_before(self, world: World) -> Result<Rig, BuildError> {
        let World { sink, clock, hand } = world;
        let text = format!(
            "receivers:
  otlp: {{protocols: {{http: {{}}}}}}
processors:
  deltatocumulative: {}
  attribute_filter: {}
  resourcedetection: {}
{}
  batch: {{timeout: 1s, send_batch_size: {}}}
exporters:
  prometheusremotewrite:
    endpoint: {}
    truthful_counters: {}
{}
service:
  pipelines:
    metrics: {{receivers: [otlp], processors: {}, exporters: [prometheusremotewrite]}}
",
            self.processor,
            self.filter,
            self.detection,
            self.others,
            self.batch,
            sink.url(),
            self.counters,
            self.exporter,
            self.processors,
        );
        let (settings, report) = assembly::read("test.yaml", &text);
        let Settings { pipelines, .. } = settings.unwrap_or_else(|| panic!("{report}"));
        let (mut pipeline, _) = pipelines.into_iter().next().expect("one pipeline");
        pipeline.shards = self.shards;
        pipeline.in_flight_bytes = self.in_flight_bytes.unwrap_or(pipeline.in_flight_bytes);
        for exporter in &mut pipeline.exporters {
            let settings = (&**exporter as &dyn Any).downcast_ref::<remote_write::Settings>().expect("remote write");
            let queue_bytes = self.queue_bytes.unwrap_or(settings.queue_bytes);
            *exporter = Arc::new(remote_write::Settings { queue_bytes, ..settings.clone() });
        }
        let host = Services {
            engine: engine().clone(),
            clock: clock.clone(),
            stream_limit: Arc::new(StreamLimit::new(Some(self.host_streams))),
            limits: Limits { call: self.call, ..Limits::default() },
            authenticators: Authenticators::default(),
            keyer: Keyer::random(),
            variables: self.variables,
        };
        build::prepare(std::slice::from_mut(&mut pipeline), &host).await?;
        Ok(Rig { pipeline: pipeline.build(&host)?, sink, clock, hand })
    }
}

/// One for all tests of the process, so that the guests that ship are compiled once.
fn engine() -> &'static Engine {
    static SHARED: OnceLock<(Engine, [Module; 2])> = OnceLock::new();
    let (engine, _) = SHARED.get_or_init(|| {
        let engine = Engine::start().expect("the engine starts");
        let kept = [DELTA_TO_CUMULATIVE, ATTRIBUTE_FILTER].map(|guest| code(&engine, Source::Embedded(guest)));
        (engine, kept)
    });
    engine
}

/// A guest's code: while it is kept, pipelines that load the guest share it.
fn code(engine: &Engine, source: Source) -> Module {
    Module::load(engine, &source, Limits::default()).expect("the guest loads")
}

impl Rig {
    /// Stops it, as SIGTERM does; what is left is the back-end and the time.
    pub async fn stop(self) -> World {
        let Self { pipeline, sink, clock, hand } = self;
        assert!(pipeline.stop(Duration::from_secs(5)).await, "it stops in time");
        World { sink, clock, hand }
    }

    /// The guest at `index`.
    pub fn guest(&self, index: usize) -> &Processor {
        let processor: &dyn Any = &*self.pipeline.view.processors[index];
        processor.downcast_ref().expect("a guest")
    }

    /// The exporter.
    pub fn written(&self) -> &RemoteWrite {
        let exporter: &dyn Any = &*self.pipeline.view.exporters[0];
        exporter.downcast_ref().expect("remote write")
    }

    pub async fn submit(&self, bytes: Bytes) -> Result<Accepted, Refusal> {
        let reservation = self.pipeline.intake.admit()?;
        self.pipeline.intake.submit(bytes, reservation, RequestContext::default()).await
    }

    /// Moves the clock, and lets the shards see it.
    pub async fn pass(&self, span: Duration) {
        self.hand.advance(span);
        self.pipeline.tick().await;
    }

    /// Sends on what waits in open requests.
    pub async fn flush(&self) {
        self.pass(Duration::from_secs(1)).await;
    }

    /// Sends on what waits, and waits until the back-end has it: an answer that is under way must not meet a clock that
    /// jumps. A lane that is busy keeps its request open, which then leaves at another time.
    pub async fn settle(&self) {
        for _ in 0..5 {
            self.flush().await;
            while self.written().sent.waiting.load(Ordering::Relaxed) > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            if self.written().budget.used() == 0 {
                return;
            }
        }
    }

    /// Points dropped for a reason.
    pub fn dropped(&self, reason: &str) -> u64 {
        self.pipeline.view.drops.read().filter(|(_, name, _)| *name == reason).map(|(.., points)| points).sum()
    }

    /// Streams that the guest at `index` holds state of.
    pub fn held(&self, index: usize) -> u64 {
        self.guest(index).stream_limit.count()
    }

    pub fn resent(&self) -> u64 {
        self.pipeline.view.shards.iter().map(|shard| shard.resent.load(Ordering::Relaxed)).sum()
    }

    /// Streams that were decided about.
    pub fn decided(&self) -> u64 {
        self.pipeline.view.deciders.iter().map(|decider| decider.decided.load(Ordering::Relaxed)).sum()
    }

    /// Points that took the slow path.
    pub fn unknown(&self) -> u64 {
        self.pipeline.view.shards.iter().map(|shard| shard.unknown.load(Ordering::Relaxed)).sum()
    }

    pub fn streams(&self) -> usize {
        self.pipeline.view.shards.iter().map(|shard| shard.streams.load(Ordering::Relaxed)).sum()
    }
}
