//! The exporter as a component.

use std::sync::Arc;

use clock::Clock;
use component::authenticator::Reference;
use component::error::BuildError;
use component::exporter::{Batching, Environment};
use component::forwarder::{self, Forwarder, Kind};
use config::schema::{Declared as _, Written};
use forward::destination::Counts;
use forward::forwarder::Connect;
use http::Uri;

use super::block::{Keys, Settings};
use super::client::Client;
use crate::forwarding::authentication::Authentication;
use crate::forwarding::connector::{Connector, Version, connector};
use crate::forwarding::running;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["otlp_http", "otlphttp"],
    summary: "Hands on requests over OTLP/HTTP as they came.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: Keys::schema,
    read: |id, site, report| {
        let block = Keys::read(site, report)?;
        Some(Arc::new(block.settings(id, &Written::new(site))?))
    },
};

/// Makes clients for lanes.
struct Posts {
    settings: Settings,
    connector: Connector,
    authentication: Authentication,
    clock: Clock,
}

impl Connect for Posts {
    type Client = Client;

    fn client(&self, _endpoint: &str, counts: &Arc<Counts>) -> Client {
        let Self { settings, connector, authentication, clock } = self;
        Client::new(settings, connector.clone(), authentication.clone(), clock.clone(), Arc::clone(counts))
    }
}

impl forwarder::Settings for Settings {
    fn authenticator(&self) -> Option<Reference> {
        self.authenticator.clone()
    }

    fn batched(&self, batching: Batching) -> Arc<dyn forwarder::Settings> {
        Arc::new(Self { forward: running::batched(&self.forward, batching), ..self.clone() })
    }

    fn build(&self, environment: &mut Environment<'_>) -> Result<Arc<dyn Forwarder>, BuildError> {
        let authentication = Authentication::find(&self.forward.exporter, self.authenticator.as_ref(), environment)?;
        let connector = connector(Version::Http1)
            .map_err(|error| BuildError::System { what: "cannot read the system's certificates", error })?;
        let (settings, clock) = (self.clone(), environment.clock.clone());
        let endpoint = name(&self.uri);
        let posts = Posts { settings, connector, authentication, clock };
        Ok(running::to_one(&self.forward, &endpoint, posts, environment))
    }
}

/// The receiver in logs and metrics. A query may hold a key, and is left out.
pub(super) fn name(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or("http");
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    format!("{scheme}://{authority}{}", uri.path())
}
