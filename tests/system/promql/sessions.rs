//! The sessions: of five seconds to ten minutes, as the scale says.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use fastrand::Rng;
use generate::meter::Meter;
use generate::model::{
    ACTIVE_TIME, COMMITS, COST, DECISIONS, Detail, LINES, PULL_REQUESTS, SESSIONS, Session, TOKEN_KINDS, TOKENS, exact,
    model_request,
};
use generate::request;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;
use tokio::time::{Instant, sleep_until};

use super::{Play, Scale};

/// One process of a session.
pub struct Process {
    session: Arc<Session>,
    random: Rng,
    interval: Duration,
    /// When it begins and ends, from the beginning of the play.
    from: Duration,
    to: Duration,
    /// When it does nothing.
    idle: Option<(Duration, Duration)>,
    first: bool,
}

impl Process {
    /// Half of the sessions are of one question: they live for seconds and send what they have when they end. The others live
    /// for up to all of the time; every third of these stops for half of its life, and every fourth has a second process.
    pub fn all(scale: Scale) -> Vec<Self> {
        let mut random = Rng::with_seed(5);
        let mut processes = Vec::new();
        for number in 0..scale.sessions {
            let session = Arc::new(Session::new(&mut random, Detail::Full));
            let share = if number % 2 == 0 { 1.0 / 120.0 } else { 0.1 + 0.9 * random.f64() };
            let length = scale.whole.mul_f64(share);
            let count = if number % 8 == 1 { 2 } else { 1 };
            for process in 0..count {
                let from = (scale.whole - length).mul_f64(random.f64());
                let idle = (number % 6 == 3).then_some((from + length.mul_f64(0.2), from + length.mul_f64(0.7)));
                processes.push(Self {
                    session: Arc::clone(&session),
                    random: random.fork(),
                    interval: scale.interval,
                    from,
                    to: from + length,
                    idle,
                    first: process == 0,
                });
            }
        }
        processes
    }

    pub async fn run(mut self, begun: Instant, play: Arc<Play>) {
        let mut meter = Meter::default();
        let mut act_at = self.from;
        let mut export_at = self.from + self.interval;
        sleep_until(begun + self.from).await;
        if self.first {
            meter.add(SESSIONS, &vec![("start_type", "fresh".into())], 1.0, milliseconds());
        }
        loop {
            let next = act_at.min(export_at).min(self.to);
            sleep_until(begun + next).await;
            if next == act_at && next < self.to {
                if self.idle.is_none_or(|(from, to)| next < from || next >= to) {
                    self.act(&mut meter);
                }
                act_at += self.interval.mul_f64(0.05 + 0.4 * self.random.f64());
                continue;
            }
            self.export(&mut meter, &play).await;
            if next == self.to {
                return;
            }
            export_at += self.interval;
        }
    }

    fn act(&mut self, meter: &mut Meter) {
        let now = milliseconds();
        let random = &mut self.random;
        let (tokens, cost) = model_request(random);
        for (kind, tokens) in TOKEN_KINDS.into_iter().zip(tokens) {
            if tokens > 0.0 {
                meter.add(TOKENS, &self.session.model_attributes(Some(kind)), tokens, now);
            }
        }
        meter.add(COST, &self.session.model_attributes(None), cost, now);
        let kind = |kind: &str| vec![("type", kind.to_owned())];
        meter.add(ACTIVE_TIME, &kind("cli"), exact(random.f64() * 4.0), now);
        if random.u8(..3) == 0 {
            meter.add(DECISIONS, &vec![("decision", "accept".to_owned())], 1.0, now);
            meter.add(LINES, &kind("added"), f64::from(random.u8(1..)), now);
        }
        if random.u8(..6) == 0 {
            meter.add(COMMITS, &Vec::new(), 1.0, now);
        }
        if random.u8(..12) == 0 {
            meter.add(PULL_REQUESTS, &Vec::new(), 1.0, now);
        }
    }

    /// Sends what has changed. Exports are held back while the test looks.
    async fn export(&self, meter: &mut Meter, play: &Play) {
        let deltas = meter.collect(milliseconds());
        if deltas.is_empty() {
            return;
        }
        let resource_metrics = vec![request::export(&self.session, &deltas)];
        let export: Bytes = ExportMetricsServiceRequest { resource_metrics }.encode_to_vec().into();
        let workers = play.workers.read().await;
        workers.take(&export).await;
        play.expected.add(&self.session, &deltas);
    }
}

fn milliseconds() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_millis() as u64
}
