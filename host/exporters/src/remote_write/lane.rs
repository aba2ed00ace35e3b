//! A lane: the requests of one shard, in order, one in flight. As a series lives in one shard, its samples reach the
//! back-end in the order of their times whatever is retried.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, watch};

use super::backoff::Backoff;
use super::client::{Client, Outcome, Refusal};
use super::settings::Settings;
use super::split::Part;
use budget::Charge;
use clock::Clock;

/// Attempts that halves of a refused request may take, on top of its own: enough to find two or three bad samples among
/// thousands (each costs two attempts a halving), and few enough for a back-end that refuses everything.
const SPLIT_ATTEMPTS: usize = 64;

/// A compressed `WriteRequest`.
#[derive(Debug)]
pub struct WriteRequest {
    /// Snappy, block format.
    pub body: Bytes,
    /// Samples in it.
    pub samples: usize,
    /// The room that it takes.
    pub charge: Charge,
}

/// What became of an exporter's requests; all lanes count together.
#[derive(Debug, Default)]
pub struct Sent {
    /// Samples that the back-end took.
    pub samples: AtomicU64,
    /// Requests that the back-end took.
    pub requests: AtomicU64,
    /// Attempts that failed and were followed by another.
    pub retries: AtomicU64,
    /// Samples that the back-end refused for good.
    pub rejected: AtomicU64,
    /// Samples that were given up after the last retry, or at the end.
    pub given_up: AtomicU64,
    /// Requests that wait or are in flight.
    pub waiting: Arc<AtomicUsize>,
}

/// Where a shard puts its requests.
#[derive(Debug, Clone)]
pub struct Lane {
    queue: mpsc::UnboundedSender<WriteRequest>,
    sent: Arc<Sent>,
}

/// The sending end; a task runs it.
#[derive(Debug)]
pub struct Sender {
    queue: mpsc::UnboundedReceiver<WriteRequest>,
    client: Client,
    settings: Arc<Settings>,
    sent: Arc<Sent>,
    clock: Clock,
    /// Turns true when the host stops: waits are cut short, and each request gets one more attempt.
    stopping: watch::Receiver<bool>,
}

/// Makes a lane.
#[must_use]
pub fn lane(
    settings: Arc<Settings>,
    client: Client,
    sent: Arc<Sent>,
    clock: Clock,
    stopping: watch::Receiver<bool>,
) -> (Lane, Sender) {
    #[expect(clippy::disallowed_methods, reason = "bounded by the room that each request is charged to")]
    let (sender, queue) = mpsc::unbounded_channel();
    let lane = Lane { queue: sender, sent: Arc::clone(&sent) };
    (lane, Sender { queue, client, settings, sent, clock, stopping })
}

impl Lane {
    /// Puts a request at the lane's end.
    pub fn push(&self, request: WriteRequest) {
        self.sent.waiting.fetch_add(1, Ordering::Relaxed);
        if let Err(mpsc::error::SendError(request)) = self.queue.send(request) {
            // The sender's task is gone: the host is on its way out.
            self.sent.waiting.fetch_sub(1, Ordering::Relaxed);
            self.sent.given_up.fetch_add(request.samples as u64, Ordering::Relaxed);
        }
    }
}

impl Sender {
    /// Sends until the lane is closed and empty.
    pub async fn run(mut self) {
        while let Some(mut request) = self.queue.recv().await {
            self.deliver(&mut request).await;
            drop(request);
            self.sent.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Sends a request; if it is refused for a part of it, its halves, their halves and so on, in order.
    async fn deliver(&mut self, request: &mut WriteRequest) {
        let begun = self.clock.monotonic();
        let Some(refusal) = self.send(&request.body, request.samples, begun).await else { return };
        let Some(whole) = Some(&refusal).filter(|refusal| refusal.blames_a_part()).and(Part::read(&request.body))
        else {
            self.reject(request.samples, &refusal);
            return;
        };
        request.charge.settle(request.body.len() + whole.len());
        let mut attempts = SPLIT_ATTEMPTS;
        let mut refused = Some((whole, refusal));
        let mut untried = Vec::new();
        loop {
            if let Some((part, refusal)) = refused.take() {
                let may_split = attempts >= 2 && refusal.blames_a_part();
                match part.halves().filter(|_| may_split) {
                    Some((first, second)) => {
                        attempts -= 2;
                        untried.extend([second, first]);
                    }
                    None => self.reject(part.series(), &refusal),
                }
            }
            let Some(part) = untried.pop() else { return };
            refused = self.send(&part.body(), part.series(), begun).await.map(|refusal| (part, refusal));
        }
    }

    fn reject(&self, samples: usize, refusal: &Refusal) {
        let Refusal { status, text } = refusal;
        self.sent.rejected.fetch_add(samples as u64, Ordering::Relaxed);
        tracing::error!(
            exporter = self.settings.id,
            status = status.as_u16(),
            samples,
            answer = text,
            "the back-end refused samples; they are lost"
        );
    }

    /// Sends `body` until it is taken, given up or refused; `begun` is when its request was first tried. Returns a refusal.
    async fn send(&mut self, body: &Bytes, samples: usize, begun: u64) -> Option<Refusal> {
        let mut backoff = Backoff::new(self.settings.retry, begun);
        let samples = samples as u64;
        loop {
            let last_attempt = *self.stopping.borrow();
            match self.client.attempt(body.clone(), &self.clock).await {
                Outcome::Taken => {
                    self.sent.samples.fetch_add(samples, Ordering::Relaxed);
                    self.sent.requests.fetch_add(1, Ordering::Relaxed);
                    return None;
                }
                Outcome::Refused(refusal) => return Some(refusal),
                Outcome::Failed { why, after } => {
                    let wait = backoff.next(self.clock.monotonic(), after, fastrand::f64());
                    match wait.filter(|_| !last_attempt) {
                        Some(wait) => self.pause(&why, wait).await,
                        None => {
                            self.sent.given_up.fetch_add(samples, Ordering::Relaxed);
                            tracing::error!(exporter = self.settings.id, samples, why, "samples are given up");
                            return None;
                        }
                    }
                }
            }
        }
    }

    async fn pause(&mut self, why: &str, wait: Duration) {
        self.sent.retries.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(exporter = self.settings.id, why, ?wait, "a write failed; trying again");
        tokio::select! {
            () = self.clock.sleep(wait) => {}
            _ = self.stopping.wait_for(|stopping| *stopping) => {}
        }
    }
}
