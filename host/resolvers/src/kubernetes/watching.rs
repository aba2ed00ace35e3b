//! All slices once, and then each change of them. When the API server ends a watch another one goes on where it ended; when
//! it has forgotten that place, or something fails, all slices are read again.

use std::time::Duration;

use clock::{Clock, MonotonicNanos};
use component::authenticator::Pending;
use http::StatusCode;
use hyper::body::Incoming;

use super::access::Access;
use super::lines::Lines;
use super::slices::{Event, List, Naming, Slice, Slices, Status};
use crate::http::body;
use crate::polling::{Failure, Log};
use crate::resolver::{Publisher, Resolver};
use crate::watch::Members;

/// All slices of a service: 4,096 endpoints take some 2 MiB.
const LIST_BYTES: usize = 16 << 20;

/// What is shown of an error.
const TEXT_BYTES: usize = 4 << 10;

/// The pause after something has failed; each one after that is twice as long, up to the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A list that takes longer has failed; a watch that is silent for so long after its end is gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// What to watch.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) service: String,
    pub(crate) namespace: String,
    pub(crate) ports: Vec<u16>,
    pub(crate) timeout: Duration,
    pub(crate) names: Names,
}

/// What members are named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Addresses.
    Addresses,
    /// Host names.
    Hosts,
}

/// Watches a service.
pub(crate) struct Kubernetes {
    pub(crate) question: Question,
    pub(crate) access: Access,
    pub(crate) clock: Clock,
}

/// Why a watch is over.
enum Over {
    /// It goes on from here.
    Ended,
    /// All slices are to be read again.
    Forgotten,
}

impl Resolver for Kubernetes {
    fn name(&self) -> &'static str {
        "k8s"
    }

    fn run(self: Box<Self>, publisher: Publisher) -> Pending<'static, ()> {
        let Self { question, access, clock } = *self;
        let naming = match question.names {
            Names::Addresses => Naming::Addresses,
            Names::Hosts => Naming::HostNames(format!(".{}.{}", question.service, question.namespace)),
        };
        let (slices, log) = (Slices::default(), Log::default());
        let version = String::new();
        let mut following = Following { question, access, clock, naming, publisher, slices, version, log, failures: 0 };
        Box::pin(async move { following.run().await })
    }
}

/// A resolver at work.
struct Following {
    question: Question,
    access: Access,
    clock: Clock,
    naming: Naming,
    publisher: Publisher,
    slices: Slices,
    /// How far the slices are: where the next watch goes on.
    version: String,
    log: Log,
    /// Failures in a row.
    failures: u32,
}

impl Following {
    async fn run(&mut self) {
        loop {
            if let Err(failure) = self.follow().await {
                self.publisher.failed();
                self.log.failed(self.publisher.name(), &failure, self.clock.monotonic());
                let pause = PAUSE.saturating_mul(1 << self.failures.min(8)).min(LONGEST_PAUSE);
                self.failures = self.failures.saturating_add(1);
                // Up to half of it at random, so that hosts do not come back together.
                self.clock.sleep(pause.mul_f64(1.0 - 0.5 * fastrand::f64())).await;
            }
        }
    }

    /// Reads all slices, and then follows their changes until they must be read again.
    async fn follow(&mut self) -> Result<(), Failure> {
        self.list().await?;
        self.failures = 0;
        loop {
            let begun = self.clock.monotonic();
            let path = self.path(&format!("&watch=true&allowWatchBookmarks=true&resourceVersion={}", self.version));
            let answer = self.soon(self.access.get(&path)).await?;
            let over = if answer.status() == StatusCode::GONE {
                Over::Forgotten
            } else {
                let lines = Lines::of(answered(answer).await?);
                self.events(lines, begun.plus(self.question.timeout).plus(PATIENCE)).await?
            };
            // A server that ends each watch at once is not asked without a pause.
            self.clock.sleep(begun.plus(PAUSE).since(self.clock.monotonic())).await;
            if let Over::Forgotten = over {
                return Ok(());
            }
        }
    }

    async fn list(&mut self) -> Result<(), Failure> {
        let read = async {
            let answer = self.access.get(&self.path("")).await?;
            body(answered(answer).await?, LIST_BYTES).await
        };
        let bytes = self.soon(read).await?;
        let list: List = serde_json::from_slice(&bytes).map_err(|error| no_slices(&error))?;
        self.slices = Slices::default();
        for slice in list.items {
            self.slices.set(slice, &self.naming);
        }
        self.version = list.metadata.resource_version;
        self.tell();
        Ok(())
    }

    /// Takes events until the watch is over, or until `end`.
    async fn events(&mut self, mut lines: Lines, end: MonotonicNanos) -> Result<Over, Failure> {
        loop {
            let line = tokio::select! {
                line = lines.next() => line?,
                () = self.clock.sleep(end.since(self.clock.monotonic())) => None,
            };
            let Some(line) = line else { return Ok(Over::Ended) };
            let event: Event<'_> = serde_json::from_slice(&line).map_err(|error| no_slices(&error))?;
            if event.kind == "ERROR" {
                let status: Status = serde_json::from_str(event.object.get()).map_err(|error| no_slices(&error))?;
                if status.code == StatusCode::GONE.as_u16() {
                    return Ok(Over::Forgotten);
                }
                return Err(Failure::Other(format!("{}: {}", status.code, status.message)));
            }
            let slice: Slice = serde_json::from_str(event.object.get()).map_err(|error| no_slices(&error))?;
            self.version.clone_from(&slice.metadata.resource_version);
            match event.kind {
                "ADDED" | "MODIFIED" => self.slices.set(slice, &self.naming),
                "DELETED" => self.slices.remove(&slice),
                // A bookmark only says how far this is.
                _ => continue,
            }
            self.tell();
        }
    }

    /// Tells of the members that there are. Of none nobody is told: those that were known stay.
    fn tell(&mut self) {
        let (members, now) = (self.slices.members(&self.question.ports), self.clock.monotonic());
        if members.is_empty() {
            self.publisher.failed();
            self.log.failed(self.publisher.name(), &Failure::Empty, now);
        } else {
            self.publisher.publish(Members::new(members));
            self.publisher.resolved();
            self.log.answered(self.publisher.name(), None, now);
        }
    }

    fn path(&self, more: &str) -> String {
        let Question { service, namespace, timeout, .. } = &self.question;
        let seconds = timeout.as_secs().max(1);
        format!(
            "/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices\
             ?labelSelector=kubernetes.io%2Fservice-name%3D{service}&timeoutSeconds={seconds}{more}"
        )
    }

    /// What comes of `asked`, if it comes in time.
    async fn soon<T>(&self, asked: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            answer = asked => answer,
            () = self.clock.sleep(PATIENCE) => Err(Failure::Late(PATIENCE)),
        }
    }
}

/// The body of an answer that is none of failure.
async fn answered(answer: http::Response<Incoming>) -> Result<Incoming, Failure> {
    let (parts, incoming) = answer.into_parts();
    if parts.status.is_success() {
        return Ok(incoming);
    }
    let bytes = body(incoming, TEXT_BYTES).await.unwrap_or_default();
    let message = serde_json::from_slice(&bytes).map(|status: Status| status.message).unwrap_or_default();
    let message: String = message.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    Err(Failure::Other(format!("the API server answers {}: {message}", parts.status.as_u16())))
}

fn no_slices(error: &serde_json::Error) -> Failure {
    Failure::Other(format!("no EndpointSlices: {error}"))
}
