//! Extensions: what stands beside the pipelines.

use std::any::Any;
use std::sync::Arc;

use clock::{Clock, Moment};
use prometheus::exposition::Page;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::authenticator::{self, Authenticator};
use crate::endpoint::{Endpoint, Sockets};
use crate::error::BuildError;
use crate::settings::Comparable;

/// A kind of extension.
pub type Kind = crate::kind::Kind<Arc<dyn Settings>>;

/// An extension, as meant.
pub trait Settings: Comparable {
    /// Where it listens.
    fn endpoints(&self) -> Vec<Endpoint> {
        Vec::new()
    }

    /// What it is to clients; none if it authenticates nobody. Then [`Extension::authenticator`] has none either.
    fn authenticator(&self) -> Option<&dyn authenticator::Settings> {
        None
    }

    /// Builds it. Called before anything else is built, within a tokio runtime.
    ///
    /// # Errors
    /// If the system refuses something.
    fn build(&self, host: &Surroundings) -> Result<Arc<dyn Extension>, BuildError>;
}

impl PartialEq for dyn Settings {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other)
    }
}

/// An extension at work.
pub trait Extension: Any + Send + Sync {
    /// Starts to work. `sockets` belong to [`Settings::endpoints`], one by one. `tasks` run until the host has stopped.
    fn start(&self, _sockets: Vec<Sockets>, _tasks: &mut JoinSet<()>) {}

    /// What clients of exporters ask; none if it is no authenticator.
    fn authenticator(&self) -> Option<Arc<dyn Authenticator>> {
        None
    }

    /// Adds its own metrics to the page of the host.
    fn add_metrics(&self, _page: &mut Page) {}
}

/// What an extension is built into.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The time.
    pub clock: Clock,
    /// What the host is doing.
    pub condition: watch::Receiver<Condition>,
}

/// What a host is doing.
#[derive(Debug, Clone, Copy)]
pub enum Condition {
    /// Not everything runs yet.
    Starting,
    /// Everything has run since then.
    Ready(Moment),
    /// A shard has ended by itself.
    Broken,
    /// It takes no more requests.
    Stopping,
}
