//! Remote write as a component.

use std::sync::Arc;

use budget::Budget;
use component::authenticator::Reference;
use component::error::BuildError;
use component::exporter::{self, Built, Environment, Kind};
use config::schema::{Declared as _, Written};
use delivery::DeliveryCounts;
use pipeline::intake::leg::Gate;
use pipeline::output::{Label, Output};
use prometheus::exposition::Page;
use prometheus::labels::Labelling;
use prometheus::targets::{Registry, Targets};

use super::client::Client;
use super::counts::WriteCounts;
use super::labels::WriterLabels;
use super::lanes::lanes;
use super::settings::{Batching, Settings};
use super::truthful::COMPRESSED_ZERO;
use super::truthful::added::Start;
use super::writer::Writer;
use super::{block, metrics};

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["prometheus_remote_write", "prometheusremotewrite"],
    summary: "Sends totals to Prometheus and its relatives by remote write 1.0.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: block::Keys::schema,
    read: |id, site, report| {
        let block = block::Keys::read(site, report)?;
        Some(Arc::new(block.settings(id, &Written::new(site))?))
    },
};

/// What can be seen of an exporter.
pub struct RemoteWrite {
    pub(super) settings: Arc<Settings>,
    /// What its shards wrote.
    pub written: Arc<WriteCounts>,
    /// What its lanes sent.
    pub sent: Arc<DeliveryCounts>,
    /// Its queue.
    pub budget: Budget,
}

impl exporter::Settings for Settings {
    fn labelling(&self) -> Option<&Labelling> {
        Some(&self.labelling)
    }

    fn authenticator(&self) -> Option<Reference> {
        self.authenticator.clone()
    }

    fn label(&self) -> Box<dyn Label> {
        Box::new(WriterLabels::new(self))
    }

    fn batched(&self, batching: exporter::Batching) -> Option<Arc<dyn exporter::Settings>> {
        let samples = batching.samples.unwrap_or(self.batch.samples);
        let batch = Batching { samples, most_samples: batching.most_samples, wait: batching.wait, ..self.batch };
        Some(Arc::new(Self { batch, ..self.clone() }))
    }

    fn build(&self, shards: usize, environment: &mut Environment<'_>) -> Result<Built, BuildError> {
        let settings = Arc::new(self.clone());
        let authenticator = self.authenticator.as_ref().map(|reference| {
            environment.authenticators.get(&reference.id).ok_or_else(|| BuildError::NoAuthenticator {
                exporter: self.id.clone(),
                authenticator: reference.id.clone(),
            })
        });
        let written: Arc<WriteCounts> = Arc::default();
        let authenticator = authenticator.transpose()?;
        let client = Client::new(Arc::clone(&settings), authenticator, Arc::clone(&written), environment.clock.clone())
            .map_err(|error| BuildError::System { what: "cannot read the system's certificates", error })?;
        let budget = Budget::new(settings.queue_bytes);
        let exporter = RemoteWrite { settings, written, sent: Arc::default(), budget };
        let targets = Registry::default();
        let part = |shard| exporter.part(&client, shards, Targets::new(targets.clone(), shard), environment);
        let outputs = (0..shards).map(part).collect();
        Ok(Built { exporter: Arc::new(exporter), outputs })
    }
}

impl RemoteWrite {
    /// The part of one of `shards` shards: a writer, and the lanes that it hands its requests to.
    fn part(
        &self,
        client: &Client,
        shards: usize,
        targets: Targets,
        environment: &mut Environment<'_>,
    ) -> Box<dyn Output> {
        let Self { settings, written, sent, budget } = self;
        let (counts, clock, stopping) = (Arc::clone(sent), environment.clock.clone(), environment.stopping.clone());
        let start = Start { now: clock.moment(), idle: environment.idle };
        let (lanes, runners) = lanes(settings, shards, client.clone(), counts, clock, stopping);
        environment.tasks.extend(runners.into_iter().map(|runner| tokio::spawn(runner.run())));
        Box::new(Writer::new(Arc::clone(settings), Arc::clone(written), lanes, budget.clone(), targets, start))
    }
}

impl exporter::Exporter for RemoteWrite {
    fn gate(&self) -> Option<Gate> {
        Some(Gate {
            exporter: Arc::from(&*self.settings.id),
            budget: self.budget.clone(),
            waiting: Arc::clone(&self.sent.waiting),
            requests: self.settings.queue_requests,
            first_total: self.settings.truthful.zeros * COMPRESSED_ZERO,
        })
    }

    fn add_metrics(&self, page: &mut Page) {
        metrics::add(page, self);
    }
}
