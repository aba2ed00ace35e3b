//! The extension as a component.

use std::sync::Arc;

use component::endpoint::{Endpoint, Sockets};
use component::error::BuildError;
use component::extension::{Extension, Kind, Settings, Surroundings};
use config::schema::Declared as _;
use telemetry::server;
use tokio::task::JoinSet;

use super::answer::answer;
use super::block::Keys;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["health_check"],
    summary: "Says over HTTP whether the host takes requests.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: Keys::schema,
    read: |_, site, report| Some(Arc::new(Keys::read(site, report)?)),
};

/// The extension at work.
struct HealthCheck {
    keys: Keys,
    host: Surroundings,
}

impl Settings for Keys {
    fn endpoints(&self) -> Vec<Endpoint> {
        vec![Endpoint { key: "endpoint", transport: "health_check", listen: self.endpoint.clone() }]
    }

    fn build(&self, host: &Surroundings) -> Result<Arc<dyn Extension>, BuildError> {
        Ok(Arc::new(HealthCheck { keys: self.clone(), host: host.clone() }))
    }
}

impl Extension for HealthCheck {
    fn start(&self, sockets: Vec<Sockets>, tasks: &mut JoinSet<()>) {
        for sockets in sockets {
            if let Some(address) = sockets.address() {
                tracing::info!(%address, path = self.keys.path, "serving health checks");
            }
            for listener in sockets.0 {
                let (keys, host) = (self.keys.clone(), self.host.clone());
                tasks.spawn(server::serve(listener, move |request| {
                    let condition = *host.condition.borrow();
                    let made = answer(&keys, request.uri.path(), condition, host.clock.moment());
                    async move { made }
                }));
            }
        }
    }
}
