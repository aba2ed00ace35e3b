//! The processor at work: each stream's resource, once.

use std::sync::Arc;

use clock::Clock;
use component::error::BuildError;
use component::processor::{Preparation, Processor, Reasons, StageSettings};
use component::services::Services;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use otlp::scan::DESCRIPTION_BYTES;
use pipeline::drops;
use pipeline::stage::{Decide, Decision, StageError};
use prometheus::exposition::Page;
use prost::Message as _;
use streams::describe::{Shaped, View};

use super::detect::{Found, detect};
use super::merge::merge;
use super::metrics;
use super::settings::{Existing, Settings};

/// The processor, which knows what it adds. All pipelines share it.
#[derive(Debug, Clone, PartialEq)]
pub struct Detected(Arc<Adds>);

/// What is added. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
struct Adds {
    id: Arc<str>,
    found: Arc<Found>,
    existing: Existing,
}

impl StageSettings for Settings {
    fn prepare(&self, host: &Services) -> Option<Preparation> {
        let settings = Arc::new(self.clone());
        let (clock, variables) = (host.clock.clone(), host.variables.clone());
        Some(Box::pin(async move {
            match detect(Arc::clone(&settings), clock, variables).await {
                Ok(found) => {
                    let Settings { id, existing, .. } = &*settings;
                    let keys: Vec<&str> = found.attributes.iter().map(|(key, _)| key.as_str()).collect();
                    tracing::info!(processor = id, attributes = keys.join(" "), "detected");
                    let stage: Arc<dyn StageSettings> = Arc::new(Detected::new(id, found, *existing));
                    Ok(stage)
                }
                Err(problems) => {
                    let mut errors: Vec<BuildError> = problems.into_iter().map(BuildError::Problem).collect();
                    Err(if errors.len() == 1 { errors.remove(0) } else { BuildError::Several(errors) })
                }
            }
        }))
    }

    /// What is wrong where the host runs shows when it runs there.
    fn check(&self, _host: &Services) -> Result<(), BuildError> {
        Ok(())
    }

    fn build(&self, _host: &Services, _reasons: &mut Reasons) -> Result<Arc<dyn Processor>, BuildError> {
        Err(BuildError::Unprepared { id: self.id.clone() })
    }
}

impl Detected {
    /// A processor that adds this.
    #[must_use]
    pub fn new(id: &str, found: Found, existing: Existing) -> Self {
        Self(Arc::new(Adds { id: Arc::from(id), found: Arc::new(found), existing }))
    }
}

impl StageSettings for Detected {
    fn build(&self, _host: &Services, _reasons: &mut Reasons) -> Result<Arc<dyn Processor>, BuildError> {
        let processor: Arc<Adds> = Arc::clone(&self.0);
        Ok(processor)
    }
}

impl Processor for Adds {
    fn decide(&self, _clock: &Clock) -> Box<dyn Decide> {
        Box::new(self.clone())
    }

    fn add_metrics(&self, page: &mut Page) {
        metrics::add(page, &self.id, &self.found);
    }
}

impl Decide for Adds {
    fn decide(&mut self, views: &[View<'_>]) -> Result<Vec<Decision>, StageError> {
        Ok(views.iter().map(|view| self.decide_about(*view)).collect())
    }
}

impl Adds {
    fn decide_about(&self, view: View<'_>) -> Decision {
        let Some(resource) = merge(view.resource(), &self.found.attributes, self.existing) else {
            return Decision::Pass;
        };
        let metric = Metric { name: view.name().to_owned(), unit: view.unit().to_owned(), ..Metric::default() };
        let description = Shaped {
            resource: Some(resource.encode_to_vec().into()),
            scope: None,
            metric: metric.encode_to_vec().into(),
            point: None,
        };
        if description.length() > DESCRIPTION_BYTES {
            return Decision::Drop(drops::TOO_LONG);
        }
        Decision::Change { description: Some(Arc::new(description)), process: None }
    }
}
