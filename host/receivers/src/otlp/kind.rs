//! The receiver as a component.

use std::sync::Arc;

use component::endpoint::{Endpoint, Sockets};
use component::receiver::{self, Kind};
use config::schema::Declared as _;
use pipeline::intake::Intake;
use prometheus::exposition::Page;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::metrics;
use super::receiver::{Protocol, Receiver};
use super::settings::{self, Settings};

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["otlp"],
    summary: "Takes metrics over OTLP/gRPC and OTLP/HTTP.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: settings::Keys::schema,
    read: |id, site, report| Some(Arc::new(settings::Keys::read(site, report)?.settings(id))),
};

/// The receivers of all endpoints.
struct Otlp(Vec<Arc<Receiver>>);

impl receiver::Settings for Settings {
    fn endpoints(&self) -> Vec<Endpoint> {
        let endpoint = |endpoint: &settings::Endpoint| Endpoint {
            key: match endpoint.protocol {
                Protocol::Grpc => "protocols.grpc.endpoint",
                Protocol::Http => "protocols.http.endpoint",
            },
            transport: endpoint.protocol.name(),
            listen: endpoint.listen.clone(),
        };
        self.endpoints.iter().map(endpoint).collect()
    }

    fn build(&self, intake: Arc<Intake>) -> Arc<dyn receiver::Receiver> {
        let build = |endpoint: &settings::Endpoint| {
            let settings = super::receiver::Settings {
                id: self.id.clone(),
                protocol: endpoint.protocol,
                endpoint: endpoint.listen.to_string(),
                limit: endpoint.limit,
            };
            settings.build(Arc::clone(&intake))
        };
        Arc::new(Otlp(self.endpoints.iter().map(build).collect()))
    }
}

impl receiver::Receiver for Otlp {
    fn start(&self, sockets: Vec<Sockets>, stopping: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
        for (receiver, sockets) in self.0.iter().zip(sockets) {
            if let Some(address) = sockets.address() {
                let transport = receiver.protocol.name();
                tracing::info!(receiver = receiver.id, transport, %address, "listening");
            }
            for listener in sockets.0 {
                tasks.spawn(Receiver::run(Arc::clone(receiver), listener, stopping.clone()));
            }
        }
    }

    fn add_metrics(&self, page: &mut Page) {
        self.0.iter().for_each(|receiver| metrics::add(page, receiver));
    }
}
