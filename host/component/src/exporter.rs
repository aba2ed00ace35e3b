//! Exporters: where points go.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use otlp::key::Keyer;
use pipeline::intake::leg::Gate;
use pipeline::output::{Label, Output};
use prometheus::exposition::Page;
use prometheus::labels::Labelling;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::authenticator::{Authenticators, Reference};
use crate::endpoint::{Endpoint, Sockets};
use crate::error::BuildError;
use crate::settings::Comparable;
use crate::shards::Shards;

/// A kind of exporter.
pub type Kind = crate::kind::Kind<Arc<dyn Settings>>;

/// An exporter, as meant.
pub trait Settings: Comparable {
    /// Where it listens. One that does can show one pipeline only, as an address can be bound once.
    fn endpoints(&self) -> Vec<Endpoint> {
        Vec::new()
    }

    /// The authenticator of its client, if it has one. Reading checks that there is such an extension.
    fn authenticator(&self) -> Option<Reference> {
        None
    }

    /// What it tells series apart by; none if it does not. Where the exporters of a pipeline differ in this, the pipeline
    /// has one shard, as a series lives in one shard of every exporter.
    fn labelling(&self) -> Option<&Labelling> {
        None
    }

    /// Its part where streams are decided about.
    fn label(&self) -> Box<dyn Label>;

    /// The same exporter with requests filled in that way; none if it makes no requests.
    fn batched(&self, _batching: Batching) -> Option<Arc<dyn Settings>> {
        None
    }

    /// Builds its parts, one for each of so many shards, and what they share. Called within a tokio runtime.
    ///
    /// # Errors
    /// If the system refuses something.
    fn build(&self, shards: usize, environment: &mut Environment<'_>) -> Result<Built, BuildError>;
}

impl PartialEq for dyn Settings {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other)
    }
}

/// An exporter that has been built.
pub struct Built {
    /// What its parts share.
    pub exporter: Arc<dyn Exporter>,
    /// Its parts, in the order of the shards.
    pub outputs: Vec<Box<dyn Output>>,
}

/// What the parts of an exporter share, as far as others ask for it. It outlives the pipeline, as pages are made from it:
/// what ends with the last part does not belong here.
pub trait Exporter: Any + Send + Sync {
    /// What is reserved before a request is taken; none if points take no room once they are written.
    fn gate(&self) -> Option<Gate> {
        None
    }

    /// Starts to serve what its parts in `shards` know. `sockets` belong to [`Settings::endpoints`], one by one. `tasks` run
    /// until the host ends. Called within a tokio runtime, once.
    fn serve(&self, _sockets: Vec<Sockets>, _shards: Shards, _tasks: &mut JoinSet<()>) {}

    /// Adds its own metrics to the page of the host.
    fn add_metrics(&self, _page: &mut Page) {}
}

/// What an exporter is built into.
pub struct Environment<'a> {
    /// The time.
    pub clock: &'a Clock,
    /// The authenticators that there are.
    pub authenticators: &'a Authenticators,
    /// Makes the keys of byte forms.
    pub keyer: &'a Keyer,
    /// How long the streams of the pipeline live without a point; none if they do for ever.
    pub idle: Option<Duration>,
    /// Turns true when all shards have stopped: what waits is tried until it is sent, or the time of the host is over.
    pub stopping: &'a watch::Receiver<bool>,
    /// What has to end by itself, behind `stopping` and the last shard, before the pipeline has stopped.
    pub tasks: &'a mut Vec<JoinHandle<()>>,
}

/// When a request is full, as a processor says to all exporters of its pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batching {
    /// So many samples; none leaves it to the exporter.
    pub samples: Option<usize>,
    /// It never has more samples; none leaves it to the exporter.
    pub most_samples: Option<usize>,
    /// The first sample in it has waited so long.
    pub wait: Duration,
}
