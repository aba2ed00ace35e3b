//! Remote write as a component.

use std::sync::Arc;

use budget::Room;
use component::error::BuildError;
use component::exporter::{self, Environment, Kind};
use pipeline::intake::Gate;
use pipeline::output::Output;
use prometheus::exposition::Page;
use prometheus::labels::Labelling;
use prometheus::targets::{Registry, Targets};

use super::client::Client;
use super::lane::{self, Sent};
use super::settings::{Batching, Settings};
use super::writer::{Writer, Written};
use super::{metrics, read};

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["prometheus_remote_write", "prometheusremotewrite"],
    summary: "Sends totals to Prometheus and its relatives by remote write 1.0.",
    page: include_str!("page.md"),
    read: |id, block, report| Some(Arc::new(read::read(id, block, report)?)),
};

/// What the shards share of an exporter.
pub struct RemoteWrite {
    pub(super) settings: Arc<Settings>,
    client: Client,
    /// What its shards wrote.
    pub written: Arc<Written>,
    /// What its lanes sent.
    pub sent: Arc<Sent>,
    /// Its queue.
    pub room: Room,
    targets: Registry,
}

impl exporter::Settings for Settings {
    fn labelling(&self) -> Option<&Labelling> {
        Some(&self.labelling)
    }

    fn batched(&self, batching: exporter::Batching) -> Option<Arc<dyn exporter::Settings>> {
        let samples = batching.samples.unwrap_or(self.batch.samples);
        let batch = Batching { samples, wait: batching.wait, ..self.batch };
        Some(Arc::new(Self { batch, ..self.clone() }))
    }

    fn build(&self, _environment: &mut Environment<'_>) -> Result<Arc<dyn exporter::Exporter>, BuildError> {
        let settings = Arc::new(self.clone());
        let client = Client::new(Arc::clone(&settings))
            .map_err(|error| BuildError::System { what: "cannot read the system's certificates", error })?;
        let room = Room::new(settings.queue_bytes);
        let (written, sent) = (Arc::default(), Arc::default());
        Ok(Arc::new(RemoteWrite { settings, client, written, sent, room, targets: Registry::default() }))
    }
}

impl exporter::Exporter for RemoteWrite {
    /// A writer, and the lane that it hands its requests to.
    fn output(&self, shard: usize, environment: &mut Environment<'_>) -> Box<dyn Output> {
        let (lane, sender) = lane::lane(
            Arc::clone(&self.settings),
            self.client.clone(),
            Arc::clone(&self.sent),
            environment.clock.clone(),
            environment.stopping.clone(),
        );
        environment.tasks.push(tokio::spawn(sender.run()));
        let targets = Targets::new(self.targets.clone(), shard);
        let (settings, written) = (Arc::clone(&self.settings), Arc::clone(&self.written));
        Box::new(Writer::new(settings, written, lane, self.room.clone(), targets, environment.clock.clone()))
    }

    fn gate(&self) -> Option<Gate> {
        Some(Gate {
            exporter: Arc::from(&*self.settings.id),
            room: self.room.clone(),
            waiting: Arc::clone(&self.sent.waiting),
            requests: self.settings.queue_requests,
        })
    }

    fn add_metrics(&self, page: &mut Page) {
        metrics::add(page, self);
    }
}
