//! A load: twelve streams a session, each with a point in every round, as fast as the server takes them or at a rate.
//!
//! Times are those of sessions that export every interval and have just ended their last round: a round takes as long as it
//! takes, and its points say that it took an interval.
#![expect(clippy::disallowed_methods, reason = "a client lives in real time, and believes its server")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::meter::Delta;
use super::model::{
    ACTIVE_TIME, Attributes, COMMITS, COST, DECISIONS, Detail, LINES, Metric, PULL_REQUESTS, SESSIONS, Session,
    TOKEN_KINDS, TOKENS, exact,
};
use super::request::{export, make_histograms, points_mut};
use super::send::{Exporter, Packing, pack};
use super::truth::Truth;
use clock::{Clock, MILLISECOND};

/// Streams of one session.
pub const STREAMS: usize = 12;

/// The load.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Where random things come from.
    pub seed: u64,
    /// Sessions, of [`STREAMS`] streams each.
    pub sessions: usize,
    /// Points of each stream.
    pub rounds: usize,
    /// Sessions whose points go into one request, as a gateway in front would put them together.
    pub sessions_per_request: usize,
    /// Requests at once, each on a connection of its own.
    pub connections: usize,
    /// Time between two rounds, as the points have it.
    pub interval: Duration,
    /// Points a second; none for as many as the server takes.
    pub rate: Option<f64>,
    /// How much points say.
    pub detail: Detail,
    /// How bodies are compressed.
    pub packing: Packing,
    /// Histograms in place of counters.
    pub histograms: bool,
}

/// The sessions that go into one request, round after round.
struct Group {
    sessions: Vec<Session>,
    request: ExportMetricsServiceRequest,
    random: Rng,
    /// Delivered, in 2^-20, by point.
    sums: Vec<i64>,
    points: u64,
    lost: u64,
}

/// Sends the load, and says what the totals must be.
///
/// # Errors
/// None; what was not delivered is in the truth.
pub async fn run(load: Load, exporters: Vec<Exporter>) -> Truth {
    let groups = groups(load);
    let lanes = exporters.len().max(1);
    let mut dealt: Vec<Vec<Group>> = (0..lanes).map(|_| Vec::new()).collect();
    for (index, group) in groups.into_iter().enumerate() {
        dealt[index % lanes].push(group);
    }
    let last = Clock::system().now().0 / MILLISECOND;
    let truth = Arc::new(Mutex::new(Truth::default()));
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for (groups, exporter) in dealt.into_iter().zip(exporters) {
        running.spawn(lane(load, groups, exporter, lanes, last, begun, Arc::clone(&truth)));
    }
    while running.join_next().await.is_some() {}
    let truth = truth.lock().unwrap_or_else(PoisonError::into_inner);
    truth.clone()
}

fn groups(load: Load) -> Vec<Group> {
    let mut random = Rng::with_seed(load.seed);
    let sessions: Vec<Session> = (0..load.sessions).map(|_| Session::new(&mut random, load.detail)).collect();
    sessions
        .chunks(load.sessions_per_request.max(1))
        .map(|sessions| Group {
            request: request(sessions, load.histograms),
            sums: vec![0; sessions.len() * STREAMS],
            sessions: sessions.to_vec(),
            random: random.fork(),
            points: 0,
            lost: 0,
        })
        .collect()
}

fn request(sessions: &[Session], histograms: bool) -> ExportMetricsServiceRequest {
    let resource_metrics = sessions.iter().map(|session| export(session, &streams(session))).collect();
    let mut request = ExportMetricsServiceRequest { resource_metrics };
    if histograms {
        make_histograms(&mut request);
    }
    request
}

/// One point of each stream of a session; only its shape matters.
fn streams(session: &Session) -> Vec<Delta> {
    let kind = |kind: &str| -> Attributes { vec![("type", kind.to_owned())] };
    let mut series: Vec<(Metric, Attributes)> =
        TOKEN_KINDS.map(|kind| (TOKENS, session.model_attributes(Some(kind)))).to_vec();
    series.extend([
        (COST, session.model_attributes(None)),
        (SESSIONS, vec![("start_type", "fresh".into())]),
        (LINES, kind("added")),
        (LINES, kind("removed")),
        (COMMITS, Attributes::new()),
        (PULL_REQUESTS, Attributes::new()),
        (DECISIONS, vec![("tool_name", "Edit".into()), ("decision", "accept".into()), ("language", "Rust".into())]),
        (ACTIVE_TIME, kind("cli")),
    ]);
    series.into_iter().map(|(metric, attributes)| Delta { metric, attributes, start: 0, time: 0, value: 0.0 }).collect()
}

async fn lane(
    load: Load,
    mut groups: Vec<Group>,
    exporter: Exporter,
    lanes: usize,
    last: u64,
    begun: Instant,
    truth: Arc<Mutex<Truth>>,
) {
    let interval = load.interval.as_millis() as u64;
    let mut mine = Truth::default();
    let mut sent = 0_u64;
    for round in 0..load.rounds {
        let time = last.saturating_sub((load.rounds - 1 - round) as u64 * interval);
        for group in &mut groups {
            if let Some(rate) = load.rate {
                let due = Duration::from_secs_f64(sent as f64 * lanes as f64 / rate);
                tokio::time::sleep_until(begun + due).await;
            }
            let added = group.fill(time.saturating_sub(interval), time);
            sent += added.len() as u64;
            let bytes = group.request.encoded_len() as u64;
            let result = match &exporter {
                Exporter::Http { .. } => exporter.export_bytes(pack(group.request.encode_to_vec(), load.packing)).await,
                Exporter::Grpc(_) => exporter.export(group.request.clone()).await,
            };
            match result {
                Ok(delivery) => {
                    mine.requests += 1;
                    mine.retries += delivery.retries;
                    mine.rejected_points += delivery.rejected;
                    mine.bytes += bytes;
                    group.points += added.len() as u64;
                    group.sums.iter_mut().zip(added).for_each(|(sum, added)| *sum += added);
                }
                Err(error) => {
                    eprintln!("a request failed: {error}");
                    group.lost += added.len() as u64;
                }
            }
        }
    }
    for group in &groups {
        group.report(&mut mine);
    }
    truth.lock().unwrap_or_else(PoisonError::into_inner).merge(&mine);
}

impl Group {
    /// Gives each point its times and a value; returns the values in 2^-20.
    fn fill(&mut self, start: u64, time: u64) -> Vec<i64> {
        let Self { request, random, .. } = self;
        let mut added = Vec::with_capacity(self.sums.len());
        for mut point in points_mut(request) {
            let steps = i64::from(random.u32(1..1 << 22));
            point.fill(start * MILLISECOND, time * MILLISECOND, value(steps));
            added.push(steps);
        }
        added
    }

    fn report(&self, truth: &mut Truth) {
        truth.points += self.points;
        truth.lost_points += self.lost;
        for (session, sums) in self.sessions.iter().zip(self.sums.chunks(STREAMS)) {
            // Points are grouped by metric in a request, in the order of first appearance.
            for (delta, sum) in streams(session).iter().zip(sums) {
                truth.deliver_total(&session.id, delta.metric.name, value(*sum));
            }
        }
    }
}

fn value(steps: i64) -> f64 {
    exact(steps as f64 / f64::from(1 << 20))
}
