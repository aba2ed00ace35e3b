//! Processors: what stands between receivers and exporters. In a pipeline they are of three sorts: some decide whether a
//! request may come in, some say how exporters fill their requests, and all others are stages.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use budget::Budget;
use clock::Clock;
use pipeline::decide;
use pipeline::drops::{BUILT_IN, Drops, Reason};
use pipeline::intake::leg::Limiter;
use pipeline::shard::Gauges;
use pipeline::stage::{Decide, OnlyShapes, Stage};
use prometheus::exposition::Page;

use crate::error::BuildError;
use crate::exporter::Batching;
use crate::services::Services;
use crate::settings::Comparable;

/// A kind of processor.
pub type Kind = crate::kind::Kind<Settings>;

/// A processor, as meant.
#[derive(Debug, Clone, PartialEq)]
pub enum Settings {
    /// Refuses requests while the host holds too much. A pipeline has one at most.
    Limiter(Arc<dyn LimiterSettings>),
    /// Is nothing that runs: it tells the pipeline's exporters how to fill their requests.
    Batching(Batching),
    /// Decides about streams and processes their points.
    Stage(Arc<dyn StageSettings>),
}

/// A limiter, as meant.
pub trait LimiterSettings: Comparable {
    /// A limiter of a pipeline whose queues and requests are charged to `rooms`, and which has these shards and deciders.
    fn build(
        &self,
        budgets: Vec<Budget>,
        shards: Vec<Arc<Gauges>>,
        deciders: Vec<Arc<decide::Gauges>>,
    ) -> Box<dyn Limiter>;
}

/// Finds out what a stage needs to know before it is built; ends with the same stage, which knows it.
pub type Preparation = Pin<Box<dyn Future<Output = Result<Arc<dyn StageSettings>, BuildError>> + Send>>;

/// A stage, as meant.
pub trait StageSettings: Comparable {
    /// What has to be waited for before it is built; none if nothing has. All stages of the host are prepared at once, each
    /// one once however many pipelines have it. Called within a tokio runtime.
    fn prepare(&self, _host: &Services) -> Option<Preparation> {
        None
    }

    /// Checks what only shows when it is built. Asks nobody else, and starts nothing.
    ///
    /// # Errors
    /// See [`BuildError`].
    fn check(&self, host: &Services) -> Result<(), BuildError> {
        self.build(host, &mut Reasons::default()).map(drop)
    }

    /// Whether deltas may come out of it as totals.
    fn may_make_totals(&self) -> bool {
        false
    }

    /// Builds what its parts in all shards share. Tries out whatever may fail, and announces why it may drop points.
    ///
    /// # Errors
    /// See [`BuildError`]. What was announced before stays without meaning.
    fn build(&self, host: &Services, reasons: &mut Reasons) -> Result<Arc<dyn Processor>, BuildError>;

    /// This stage and the one behind it as one that does the same with less work; none if they stay two.
    fn fold(&self, _next: &dyn StageSettings) -> Option<Arc<dyn StageSettings>> {
        None
    }
}

impl PartialEq for dyn LimiterSettings {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other)
    }
}

impl PartialEq for dyn StageSettings {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other)
    }
}

/// What all shards share of a stage.
pub trait Processor: Any + Send + Sync {
    /// Its part where streams are decided about.
    fn decide(&self, clock: &Clock) -> Box<dyn Decide>;

    /// Its part in one shard; whatever only shapes has none of its own.
    fn stage(&self, _clock: &Clock) -> Box<dyn Stage> {
        Box::new(OnlyShapes)
    }

    /// How long a stream lives without a point if this processor has state of it; none if it does not care.
    fn max_idle(&self) -> Option<Duration> {
        None
    }

    /// Adds its own metrics to the page of the host.
    fn add_metrics(&self, page: &mut Page);
}

/// Why points of a pipeline may be dropped, beside the built-in reasons.
#[derive(Debug, Default)]
pub struct Reasons(Vec<(Arc<str>, String)>);

impl Reasons {
    /// A reason of the component `id`. Those that follow each other have numbers that follow each other.
    pub fn announce(&mut self, id: &Arc<str>, reason: &str) -> Reason {
        let number = BUILT_IN.len() + self.0.len();
        self.0.push((Arc::clone(id), reason.to_owned()));
        Reason(number as u16)
    }

    /// Counters for all of them.
    #[must_use]
    pub fn into_drops(self) -> Drops {
        Drops::new(self.0)
    }
}
