//! A forwarder with receivers that are told what to answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use budget::Budget;
use bytes::Bytes;
use clock::{Clock, Hand, UnixNanos};
use delivery::{Attempt, Outcome, Reach, Remainder, Retry};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics};
use otlp::key::Keyer;
use otlp::wire::Malformed;
use pipeline::context::RequestContext;
use pipeline::drops::Tally;
use pipeline::failed::Failed;
use pipeline::intake::forward::Forward as _;
use pipeline::request::Request;
use prost::Message as _;
use tokio::sync::{mpsc, watch};

use crate::batch::Batch;
use crate::destination::Counts;
use crate::forwarder::{Connect, Forwarder, Leg};
use crate::keeper::{Keeper, Members};
use crate::route::{Leaves, Route};
use crate::settings::{Filling, Queue, Settings};
use crate::splice::Leaf;

/// What a receiver does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    #[default]
    Takes,
    /// It fails, in a way that may pass.
    Down,
    /// It refuses for good what has a point with this time.
    Refuses(u64),
}

/// All receivers.
#[derive(Debug, Clone, Default)]
pub struct World(Arc<Mutex<BTreeMap<String, Receiver>>>);

#[derive(Debug, Default)]
struct Receiver {
    mode: Mode,
    /// Times of the points of each request that it took.
    taken: Vec<Vec<u64>>,
    attempts: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("no")]
pub struct No;

pub struct Client {
    world: World,
    endpoint: String,
}

impl Connect for World {
    type Client = Client;

    fn client(&self, endpoint: &str, _: &Arc<Counts>) -> Client {
        Client { world: self.clone(), endpoint: endpoint.to_owned() }
    }
}

impl Attempt for Client {
    type Item = Batch;
    type Pieces = Batch;
    type Error = No;

    async fn attempt(&self, batch: &Batch) -> Outcome<No> {
        let times = times(&batch.contiguous());
        let mut world = self.world.0.lock().unwrap();
        let receiver = world.entry(self.endpoint.clone()).or_default();
        receiver.attempts += 1;
        match receiver.mode {
            Mode::Down => Outcome::Failed { error: No, retry_after: None, reach: Reach::Receiver },
            Mode::Refuses(time) if times.contains(&time) => {
                Outcome::Refused { error: No, remainder: Remainder::Missing }
            }
            Mode::Refuses(_) | Mode::Takes => {
                receiver.taken.push(times);
                Outcome::Delivered
            }
        }
    }
}

impl World {
    pub fn set(&self, endpoint: &str, mode: Mode) {
        self.0.lock().unwrap().entry(endpoint.to_owned()).or_default().mode = mode;
    }

    /// Requests that a receiver took, each by the times of its points.
    pub fn taken(&self, endpoint: &str) -> Vec<Vec<u64>> {
        self.0.lock().unwrap().get(endpoint).map(|receiver| receiver.taken.clone()).unwrap_or_default()
    }

    /// The points that it took.
    pub fn points(&self, endpoint: &str) -> BTreeSet<u64> {
        self.taken(endpoint).concat().into_iter().collect()
    }

    pub fn attempts(&self, endpoint: &str) -> usize {
        self.0.lock().unwrap().get(endpoint).map(|receiver| receiver.attempts).unwrap_or_default()
    }
}

/// Points go where their times say, modulo the number of destinations.
pub struct ByTime(pub u64);

impl Route for ByTime {
    fn route(&self, request: &Leaves<'_>, slots: &mut Vec<u32>, _: &mut Tally) -> Result<(), Malformed> {
        slots.extend(request.leaves.iter().map(|leaf| match leaf {
            Leaf::Point(point) => (request.points[*point as usize].time.0 % self.0) as u32,
            _ => 0,
        }));
        Ok(())
    }
}

pub struct Rig {
    pub world: World,
    pub forwarder: Arc<Forwarder<World>>,
    pub hand: Hand,
    pub changes: mpsc::Sender<Members>,
    stopping: watch::Sender<bool>,
    keeper: tokio::task::JoinHandle<()>,
}

/// No batch is old before a second has passed.
pub const WAIT: Duration = Duration::from_secs(1);

impl Rig {
    pub fn start(endpoints: &[&str], queue_bytes: usize, batch_bytes: usize) -> Self {
        let (clock, hand) = Clock::manual(UnixNanos(1_790_000_000_000_000_000));
        let settings = Settings {
            exporter: "test".into(),
            filling: Filling { bytes: batch_bytes, points: usize::MAX, wait: WAIT },
            queue: Queue { lanes: 1, batches: 1_000, bytes: queue_bytes, total_bytes: usize::MAX },
            retry: Retry { give_up: None, ..Retry::default() },
        };
        let world = World::default();
        let forwarder = Forwarder::new(settings, world.clone(), clock, Keyer::random());
        let mut keeper = Keeper::new(Arc::clone(&forwarder));
        keeper.change(members(endpoints));
        let (changes, changed) = mpsc::channel(1);
        let (stopping, stopped) = watch::channel(false);
        let keeper = tokio::spawn(keeper.run(changed, stopped));
        Self { world, forwarder, hand, changes, stopping, keeper }
    }

    /// Takes a request of points with these times.
    pub fn submit(&self, times: &[u64]) -> Result<(), Failed> {
        self.submit_bytes(request(times))
    }

    pub fn submit_bytes(&self, bytes: Bytes) -> Result<(), Failed> {
        let in_flight = Budget::new(1 << 30);
        let mut places = otlp::scan::scan(&bytes, &self.forwarder.keyer, &mut |_| true).expect("valid OTLP");
        let points = std::mem::take(&mut places.points);
        let reservation = in_flight.empty_reservation();
        let request = Request { bytes, places, context: RequestContext::default(), reservation };
        let divided = Leg(Arc::clone(&self.forwarder)).prepare(&request, &points, &in_flight)?;
        assert_eq!(divided.commit(&request, &points), Tally::default());
        Ok(())
    }

    /// Lets time pass until `done`.
    pub async fn until(&self, done: impl Fn(&World) -> bool) {
        let waited = async {
            while !done(&self.world) {
                self.hand.advance(WAIT);
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waited).await.expect("it comes to that");
    }

    pub async fn stop(self) -> World {
        self.stopping.send_replace(true);
        self.keeper.await.expect("it ends");
        self.world
    }

    /// Bytes that are reserved.
    pub fn held(&self) -> usize {
        self.forwarder.total().used()
    }
}

pub fn members(endpoints: &[&str]) -> Members {
    let route = Arc::new(ByTime(endpoints.len() as u64));
    Members { endpoints: endpoints.iter().map(|endpoint| (*endpoint).to_owned()).collect(), route }
}

/// A request of points with these times.
pub fn request(times: &[u64]) -> Bytes {
    let point = |time: &u64| NumberDataPoint { time_unix_nano: *time, ..NumberDataPoint::default() };
    let gauge = Gauge { data_points: times.iter().map(point).collect() };
    let metric = Metric { name: "g".into(), data: Some(Data::Gauge(gauge)), ..Metric::default() };
    let scope_metrics = vec![ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec().into()
}

/// The times of all points of a request, decoded by `prost`.
pub fn times(bytes: &[u8]) -> Vec<u64> {
    let request = ExportMetricsServiceRequest::decode(bytes).expect("valid OTLP");
    let metrics = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
    let metrics = metrics.flat_map(|scope| scope.metrics);
    let points = metrics.filter_map(|metric| match metric.data {
        Some(Data::Gauge(gauge)) => Some(gauge.data_points),
        _ => None,
    });
    points.flatten().map(|point| point.time_unix_nano).collect()
}
