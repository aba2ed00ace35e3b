//! Exporters: what their shards share, and the part that each shard has.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle as Task;

use super::{BuildError, Exporter, Host, Print, Writes};
use budget::Room;
use delivery::DeliveryCounts;
use exporters::debug::{self, Debug, DebugLabels, Printer};
use exporters::remote_write::client::Client;
use exporters::remote_write::lanes::lanes;
use exporters::remote_write::settings as remote_write;
use exporters::remote_write::writer::{Writer, WriterLabels, Written};
use exporters::scrape::{self, Scraped, ScrapedLabels};
use pipeline::intake::leg::Gate;
use pipeline::output::{Label, Output};
use prometheus::labels::Labelling;
use prometheus::targets::{Registry, Targets};

/// An exporter, as far as its shards share it.
pub(super) enum Built {
    RemoteWrite {
        settings: Arc<remote_write::Settings>,
        client: Client,
        written: Arc<Written>,
        sent: Arc<DeliveryCounts>,
        room: Room,
        targets: Registry,
    },
    Prometheus {
        settings: scrape::Settings,
        targets: Registry,
    },
    Debug {
        settings: debug::Settings,
        printer: Printer,
    },
}

impl Exporter {
    pub(super) fn build(&self, host: &Host, tasks: &mut Vec<Task<()>>) -> Result<Built, BuildError> {
        match self {
            Self::RemoteWrite(settings) => {
                let settings = Arc::new(settings.clone());
                let client = Client::new(Arc::clone(&settings), host.clock.clone())
                    .map_err(|error| BuildError::System { what: "cannot read the system's certificates", error })?;
                let room = Room::new(settings.queue_bytes);
                Ok(Built::RemoteWrite {
                    settings,
                    client,
                    written: Arc::default(),
                    sent: Arc::default(),
                    room,
                    targets: Registry::default(),
                })
            }
            Self::Prometheus(settings) => {
                Ok(Built::Prometheus { settings: settings.clone(), targets: Registry::default() })
            }
            Self::Debug(settings) => {
                let what = "cannot start the thread of the debug exporter";
                let (printer, end) =
                    Printer::start(settings.target).map_err(|error| BuildError::System { what, error })?;
                // It ends when the last shard has, and then the pipeline has stopped.
                tasks.push(tokio::spawn(async move { end.await.unwrap_or_default() }));
                Ok(Built::Debug { settings: settings.clone(), printer })
            }
        }
    }
}

impl Built {
    pub(super) fn output(
        &self,
        (shard, shards): (usize, usize),
        host: &Host,
        stopped: &watch::Receiver<bool>,
        tasks: &mut Vec<Task<()>>,
    ) -> Box<dyn Output> {
        match self {
            Self::RemoteWrite { settings, client, written, sent, room, targets } => {
                let (counts, clock) = (Arc::clone(sent), host.clock.clone());
                let (lanes, runners) = lanes(settings, shards, client.clone(), counts, clock, stopped.clone());
                tasks.extend(runners.into_iter().map(|runner| tokio::spawn(runner.run())));
                let targets = Targets::new(targets.clone(), shard);
                let (settings, written) = (Arc::clone(settings), Arc::clone(written));
                Box::new(Writer::new(settings, written, lanes, room.clone(), targets))
            }
            Self::Prometheus { settings, targets } => {
                Box::new(Scraped::new(&settings.labelling, targets.clone(), shard))
            }
            Self::Debug { settings, printer } => Box::new(Debug::new(settings, printer.clone())),
        }
    }

    /// The part where streams are decided about.
    pub(super) fn label(&self) -> Box<dyn Label> {
        match self {
            Self::RemoteWrite { settings, .. } => Box::new(WriterLabels::new(settings)),
            Self::Prometheus { settings, .. } => Box::new(ScrapedLabels::new(&settings.labelling)),
            Self::Debug { .. } => Box::new(DebugLabels),
        }
    }

    /// What this exporter tells series apart by.
    pub(super) fn labelling(&self) -> Option<&Labelling> {
        match self {
            Self::RemoteWrite { settings, .. } => Some(&settings.labelling),
            Self::Prometheus { settings, .. } => Some(&settings.labelling),
            Self::Debug { .. } => None,
        }
    }

    pub(super) fn gate(&self) -> Option<Gate> {
        match self {
            Self::RemoteWrite { settings, sent, room, .. } => Some(Gate {
                exporter: Arc::from(&*settings.id),
                room: room.clone(),
                waiting: Arc::clone(&sent.waiting),
                requests: settings.queue_requests,
            }),
            Self::Prometheus { .. } | Self::Debug { .. } => None,
        }
    }

    pub(super) fn writes(&self) -> Option<Writes> {
        match self {
            Self::RemoteWrite { settings, written, sent, room, .. } => Some(Writes {
                id: settings.id.clone(),
                written: Arc::clone(written),
                sent: Arc::clone(sent),
                room: room.clone(),
            }),
            Self::Prometheus { .. } | Self::Debug { .. } => None,
        }
    }

    pub(super) fn print(&self) -> Option<Print> {
        match self {
            Self::Debug { settings, printer } => {
                Some(Print { id: settings.id.clone(), lost: Arc::clone(printer.lost()) })
            }
            Self::RemoteWrite { .. } | Self::Prometheus { .. } => None,
        }
    }
}
