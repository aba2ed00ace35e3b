//! Forwarders: exporters that hand on requests as they came. They stand in pipelines in which nothing looks at points, and no
//! shard runs for them.

use std::any::Any;
use std::sync::Arc;

use budget::Budget;
use pipeline::intake::forward::Forward;
use prometheus::exposition::Page;

use crate::authenticator::Reference;
use crate::error::BuildError;
use crate::exporter::{Batching, Environment};
use crate::settings::Comparable;

/// A kind of forwarder.
pub type Kind = crate::kind::Kind<Arc<dyn Settings>>;

/// A forwarder, as meant.
pub trait Settings: Comparable {
    /// The authenticator of its client, if it has one. Reading checks that there is such an extension.
    fn authenticator(&self) -> Option<Reference> {
        None
    }

    /// The same forwarder with requests filled in that way.
    fn batched(&self, batching: Batching) -> Arc<dyn Settings>;

    /// Builds it, and starts what delivers. Called within a tokio runtime.
    ///
    /// # Errors
    /// If the system refuses something.
    fn build(&self, environment: &mut Environment<'_>) -> Result<Arc<dyn Forwarder>, BuildError>;
}

impl PartialEq for dyn Settings {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other)
    }
}

/// A forwarder at work.
pub trait Forwarder: Any + Send + Sync {
    /// Takes the requests of its pipeline.
    fn leg(&self) -> Arc<dyn Forward>;

    /// Bytes that wait in it.
    fn budget(&self) -> Budget;

    /// Adds its own metrics to the page of the host.
    fn add_metrics(&self, page: &mut Page);
}
