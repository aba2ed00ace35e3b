//! Receivers: where requests come in.

use std::sync::Arc;

use pipeline::intake::Intake;
use prometheus::exposition::Page;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::endpoint::{Endpoint, Sockets};
use crate::settings::Comparable;

/// A kind of receiver.
pub type Kind = crate::kind::Kind<Arc<dyn Settings>>;

/// A receiver, as meant.
pub trait Settings: Comparable {
    /// Where it listens.
    fn endpoints(&self) -> Vec<Endpoint> {
        Vec::new()
    }

    /// A receiver in front of `intake`, which leads to all pipelines that it feeds.
    fn build(&self, intake: Arc<Intake>) -> Arc<dyn Receiver>;
}

impl PartialEq for dyn Settings {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other)
    }
}

/// A receiver at work.
pub trait Receiver: Send + Sync {
    /// Starts to receive. `sockets` belong to [`Settings::endpoints`], one by one. Adds to `tasks` what is to end once
    /// `stopping` has turned true and the requests in hand are answered. Called within a tokio runtime, once.
    fn start(&self, sockets: Vec<Sockets>, stopping: &watch::Receiver<bool>, tasks: &mut JoinSet<()>);

    /// Adds its own metrics to the page of the host.
    fn add_metrics(&self, page: &mut Page);
}
