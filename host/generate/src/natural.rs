//! Sessions in real time: each is one process or several, which live for a while, do things, export what has changed at a
//! step of their own, and flush when they end.
#![expect(clippy::disallowed_methods, reason = "a client lives in real time, and believes its server")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::meter::Meter;
use super::model::{
    ACTIVE_TIME, Attributes, COMMITS, COST, DECISIONS, Detail, LINES, PULL_REQUESTS, SESSIONS, Session, TOKEN_KINDS,
    TOKENS, exact, model_request,
};
use super::request::export;
use super::send::Exporter;
use super::truth::Truth;
use clock::{Clock, MILLISECOND};

/// One session in so many has a second process at work on it, as with agents in the background.
const SHARED_SESSIONS: u32 = 6;

/// Time between two things that a process does, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// How it is played.
#[derive(Debug, Clone, Copy)]
pub struct Play {
    /// Where random things come from.
    pub seed: u64,
    /// How many sessions there are in all.
    pub sessions: usize,
    /// For how long they come and go.
    pub duration: Duration,
    /// Time between two exports of a process.
    pub interval: Duration,
    /// How much points say.
    pub detail: Detail,
}

/// A process of a session.
struct Process {
    session: Arc<Session>,
    random: Rng,
    /// When it begins and ends, from the beginning of the play.
    from: Duration,
    to: Duration,
    /// Whether it is the session's first.
    first: bool,
}

/// Plays, and says what the totals must be.
pub async fn play(play: Play, exporter: Exporter) -> Truth {
    let begun = Instant::now();
    let truth = Arc::new(Mutex::new(Truth::default()));
    let mut running = JoinSet::new();
    for process in processes(play) {
        running.spawn(process.run(begun, play.interval, exporter.clone(), Arc::clone(&truth)));
    }
    while running.join_next().await.is_some() {}
    let truth = truth.lock().unwrap_or_else(PoisonError::into_inner);
    truth.clone()
}

fn processes(play: Play) -> Vec<Process> {
    let mut random = Rng::with_seed(play.seed);
    let mut processes = Vec::new();
    for _ in 0..play.sessions {
        let session = Arc::new(Session::new(&mut random, play.detail));
        let count = if random.u32(..SHARED_SESSIONS) == 0 { 2 } else { 1 };
        for number in 0..count {
            let from = play.duration.mul_f64(random.f64() * 0.7);
            let to = from + (play.duration - from).mul_f64(0.2 + 0.8 * random.f64());
            let session = Arc::clone(&session);
            processes.push(Process { session, random: random.fork(), from, to, first: number == 0 });
        }
    }
    processes
}

impl Process {
    async fn run(mut self, begun: Instant, interval: Duration, exporter: Exporter, truth: Arc<Mutex<Truth>>) {
        let clock = Clock::system();
        let mut meter = Meter::default();
        let mut act_at = self.from;
        let mut export_at = self.from + interval;
        sleep_until(begun + self.from).await;
        if self.first {
            meter.add(SESSIONS, &vec![("start_type", "fresh".into())], 1.0, milliseconds(&clock));
        }
        loop {
            let next = act_at.min(export_at).min(self.to);
            sleep_until(begun + next).await;
            let now = milliseconds(&clock);
            if next == act_at && next < self.to {
                self.act(&mut meter, now);
                act_at += LONGEST_PAUSE.mul_f64(0.05 + 0.95 * self.random.f64());
                continue;
            }
            self.export(&mut meter, now, &exporter, &truth).await;
            if next == self.to {
                return;
            }
            export_at += interval;
        }
    }

    /// Something that a person or an agent does.
    fn act(&mut self, meter: &mut Meter, now: u64) {
        let random = &mut self.random;
        let (tokens, cost) = model_request(random);
        for (kind, tokens) in TOKEN_KINDS.into_iter().zip(tokens) {
            if tokens > 0.0 {
                meter.add(TOKENS, &self.session.model_attributes(Some(kind)), tokens, now);
            }
        }
        meter.add(COST, &self.session.model_attributes(None), cost, now);
        let kind = |kind: &str| -> Attributes { vec![("type", kind.to_owned())] };
        meter.add(ACTIVE_TIME, &kind("cli"), exact(random.f64() * 4.0), now);
        if random.u8(..3) == 0 {
            meter.add(ACTIVE_TIME, &kind("user"), exact(random.f64() * 2.0), now);
        }
        if random.u8(..3) == 0 {
            let decision = vec![
                ("tool_name", "Edit".to_owned()),
                ("decision", "accept".to_owned()),
                ("source", "config".to_owned()),
                ("language", "Rust".to_owned()),
            ];
            meter.add(DECISIONS, &decision, 1.0, now);
            meter.add(LINES, &kind("added"), f64::from(random.u8(1..)), now);
            meter.add(LINES, &kind("removed"), f64::from(random.u8(1..40)), now);
        }
        if random.u8(..12) == 0 {
            meter.add(COMMITS, &Attributes::new(), 1.0, now);
        }
        if random.u8(..40) == 0 {
            meter.add(PULL_REQUESTS, &Attributes::new(), 1.0, now);
        }
    }

    async fn export(&self, meter: &mut Meter, now: u64, exporter: &Exporter, truth: &Mutex<Truth>) {
        let deltas = meter.collect(now);
        if deltas.is_empty() {
            return;
        }
        let request = ExportMetricsServiceRequest { resource_metrics: vec![export(&self.session, &deltas)] };
        let bytes = request.encoded_len() as u64;
        let result = exporter.export(request).await;
        let mut truth = truth.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(delivery) => {
                truth.requests += 1;
                truth.bytes += bytes;
                truth.retries += delivery.retries;
                truth.rejected_points += delivery.rejected;
                truth.deliver(&self.session.id, &deltas);
            }
            Err(error) => {
                eprintln!("an export of session {} failed: {error}", self.session.id);
                truth.lose(&self.session.id, &deltas);
            }
        }
    }
}

fn milliseconds(clock: &Clock) -> u64 {
    clock.now().0 / MILLISECOND
}
