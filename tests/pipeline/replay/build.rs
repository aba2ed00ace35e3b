//! The shard of a run: with real guests, whose calls may be made to fail, and both exporters of Prometheus.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use budget::Budget;
use bytes::Bytes;
use clock::{Clock, Moment, UnixNanos};
use delivery::{Attempt, DeliveryCounts, Destination, Lane, Outcome, Retry, Runner};
use exporters::remote_write::request::WriteRequest;
use exporters::remote_write::settings::{Batching, Limits, Receiver, Settings, Switch, TargetInfo, TruthfulCounters};
use exporters::remote_write::truthful::added::Start;
use exporters::remote_write::writer::Writer;
use exporters::scrape::Scraped;
use fastrand::Rng;
use model::Kind;
use otlp::key::Keyer;
use pipeline::batch::Batch;
use pipeline::drops::{Drops, Reason};
use pipeline::shard::outside::Outside;
use pipeline::shard::{Parts, Shard};
use pipeline::stage::{Stage, StageError, StageLimits};
use pipeline::stream_limit::StreamLimit;
use processors::guest::Processor;
use prometheus::labels::Labelling;
use prometheus::targets::{Registry, Targets};
use streams::OutputStream;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::harness::{Rig, Setup};

pub const LANES: usize = 2;

/// A call in so many fails.
const FAULTS: u32 = 12;

/// The guests of a pipeline, in order.
pub struct Guests {
    rig: Rig,
}

impl Guests {
    /// The filter stands before or behind the sums, which are added in one of their two ways, as the seed says.
    pub fn load(runtime: &Runtime, seed: u64) -> Self {
        let processors =
            ["[attribute_filter, deltatocumulative, batch]", "[deltatocumulative, attribute_filter, batch]"];
        let ordering = if seed % 4 == 3 { "strict" } else { "merge" };
        let setup = Setup {
            processor: format!("{{max_stale: 40s, ordering: {ordering}}}"),
            processors: processors[(seed % 2) as usize],
            filter: "{rules: [{delete: pod}, {drop: true, where: {stream: s3}}]}",
            // How fast the machine is must not decide whether a call fails in a replay.
            call: Duration::from_secs(30),
            ..Setup::default()
        };
        Self { rig: runtime.block_on(setup.start()) }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Processor> {
        (0..2).map(|index| self.rig.guest(index))
    }
}

/// What the shard shares with others.
#[derive(Clone)]
pub struct Shared {
    /// Streams of the host.
    pub host: Arc<StreamLimit>,
    /// Streams of each stage.
    pub streams: Arc<StreamLimit>,
    /// Bytes of the exporter's queue.
    pub budget: Budget,
    /// Who writes which resource.
    pub targets: Registry,
}

impl Shared {
    pub fn new(host: Option<u64>, streams: Option<u64>, queue_bytes: usize, targets: Registry) -> Self {
        let [host, streams] = [host, streams].map(|limit| Arc::new(StreamLimit::new(limit)));
        Self { host, streams, budget: Budget::new(queue_bytes), targets }
    }
}

/// Keeps the bodies of the requests of a lane.
#[derive(Clone, Default)]
struct Keep(Arc<Mutex<Vec<Bytes>>>);

impl Attempt for Keep {
    type Item = WriteRequest;
    type Pieces = delivery::Undivided<WriteRequest>;
    type Error = Infallible;

    async fn attempt(&self, request: &WriteRequest) -> Outcome<Infallible> {
        self.0.lock().expect("no panic").push(request.body.clone());
        Outcome::Delivered
    }
}

/// Where the requests of a lane arrive.
struct End {
    counts: Arc<DeliveryCounts>,
    bodies: Keep,
    runner: Runner<Keep>,
}

impl End {
    fn open(clock: &Clock) -> (Lane<WriteRequest>, Self) {
        let (counts, bodies): (Arc<DeliveryCounts>, Keep) = Default::default();
        let destination = Arc::new(Destination {
            exporter: "test".into(),
            attempt: bodies.clone(),
            retry: Retry::default(),
            counts: Arc::clone(&counts),
            clock: clock.clone(),
            stopping: watch::channel(false).1,
        });
        let (lane, runner) = destination.lane();
        (lane, Self { counts, bodies, runner })
    }
}

/// A shard, and what its lanes end in.
pub struct Rigged {
    pub shard: Shard,
    ends: Vec<End>,
}

impl Rigged {
    /// Builds the shard. `clock` is its guests' own; `faults` says which of their calls fail, if any do.
    pub fn build(
        guests: &Guests,
        shared: &Shared,
        keyer: &Keyer,
        clock: &Clock,
        mut faults: Option<Rng>,
        outside: Box<dyn Outside>,
        begin: Moment,
    ) -> Self {
        let stage = |guest: &Processor| -> Box<dyn Stage> {
            let inner = guest.stage(clock);
            let own = |limits: &StageLimits| StageLimits { streams: Arc::clone(&shared.streams), ..limits.clone() };
            let limits = inner.limits().map(own);
            Box::new(Faulty { inner: Box::new(inner), limits, faults: faults.as_mut().map(Rng::fork) })
        };
        let stages = guests.iter().map(stage).collect();
        let (lanes, ends) = (0..LANES).map(|_| End::open(clock)).unzip();
        let targets = Targets::new(shared.targets.clone(), 0);
        let start = Start { now: begin, idle: Some(Duration::from_secs(40)) };
        let (settings, budget) = (Arc::new(settings()), shared.budget.clone());
        let writer = Writer::new(settings, Arc::default(), lanes, budget, targets, start);
        let scraped = Scraped::new(&Labelling::default(), Registry::default(), 0);
        let parts = Parts {
            stages,
            outputs: vec![Box::new(writer), Box::new(scraped)],
            drops: Drops::new([]),
            host_limit: Arc::clone(&shared.host),
            forms: 1 << 10,
            refusals: 1 << 10,
            keyer: keyer.clone(),
            gauges: Arc::default(),
        };
        Self { shard: parts.build(outside, begin), ends }
    }

    /// Requests that were handed to each lane so far.
    pub fn handed_on(&self) -> Vec<usize> {
        self.ends.iter().map(|end| end.counts.waiting.load(std::sync::atomic::Ordering::Relaxed)).collect()
    }

    /// Ends the shard; the bodies of all requests, lane by lane.
    pub fn finish(self, runtime: &Runtime) -> Vec<Vec<Bytes>> {
        let Self { shard, ends } = self;
        drop(shard);
        let deliver = |End { bodies, runner, .. }: End| {
            runtime.block_on(runner.run());
            std::mem::take(&mut *bodies.0.lock().expect("no panic"))
        };
        ends.into_iter().map(deliver).collect()
    }
}

/// Small requests, so that there are many.
pub fn settings() -> Settings {
    Settings {
        authenticator: None,
        id: "test".into(),
        endpoint: http::Uri::from_static("http://localhost/"),
        receiver: Receiver::Prometheus,
        limits: Limits::default(),
        headers: http::HeaderMap::new(),
        labelling: Labelling::default(),
        target_info: TargetInfo::Written,
        metadata: true,
        timeout: Duration::from_secs(1),
        retry: Retry::default(),
        lanes: None,
        queue_requests: 1_000,
        queue_bytes: 1 << 20,
        batch: Batching { samples: 40, most_samples: None, bytes: 8 << 10, wait: Duration::from_secs(5) },
        truthful: TruthfulCounters {
            zeros: 3,
            repeats: Switch::On,
            repeat_interval: Duration::from_secs(10),
            stale_markers: Switch::On,
            ..TruthfulCounters::OFF
        },
    }
}

/// A stage with a limit that the test sets, whose calls fail at random: before the guest is called, or when it has answered.
/// A guest that processes nothing is not called, so that the calls of the other guest are not all there is to fail.
struct Faulty {
    inner: Box<dyn Stage>,
    limits: Option<StageLimits>,
    faults: Option<Rng>,
}

impl Faulty {
    fn fails(&mut self) -> bool {
        self.faults.as_mut().is_some_and(|random| random.u32(..2 * FAULTS) == 0)
    }

    fn failure(&mut self) -> StageError {
        let may_retry = self.faults.as_mut().is_some_and(Rng::bool);
        StageError { error: Arc::new(io::Error::other("a fault of the test")), may_retry }
    }
}

impl Stage for Faulty {
    fn limits(&self) -> Option<&StageLimits> {
        self.limits.as_ref()
    }

    fn processes(&self) -> bool {
        true
    }

    fn register(&mut self, stream: OutputStream, kind: Kind, seed: &[u64]) -> io::Result<()> {
        self.inner.register(stream, kind, seed)
    }

    fn evict(&mut self, stream: OutputStream) {
        self.inner.evict(stream);
    }

    fn process(
        &mut self,
        batch: &mut Batch,
        now: UnixNanos,
        processes: &dyn Fn(OutputStream) -> bool,
        dropped: &mut dyn FnMut(usize, Reason),
    ) -> Result<(), StageError> {
        if self.fails() {
            return Err(self.failure());
        }
        if self.inner.processes() {
            self.inner.process(batch, now, processes, dropped)?;
        }
        if self.fails() { Err(self.failure()) } else { Ok(()) }
    }

    fn commit(&mut self) {
        self.inner.commit();
    }

    fn state(&self, stream: OutputStream, kind: Kind) -> Vec<u64> {
        self.inner.state(stream, kind)
    }

    fn memory(&self) -> usize {
        self.inner.memory()
    }
}
