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

use super::block::{CallSettings, Keys, Settings};
use super::client::{Client, Parts};
use super::target::Target;
use crate::forwarding::authentication::Authentication;
use crate::forwarding::connector::{Connector, Version, connector};
use crate::forwarding::running;
use crate::forwarding::transport::Transport;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["otlp_grpc", "otlp"],
    summary: "Hands on requests over OTLP/gRPC as they came.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: Keys::schema,
    read: |id, site, report| {
        let block = Keys::read(site, report)?;
        Some(Arc::new(block.settings(id, &Written::new(site))?))
    },
};

/// Makes clients for lanes.
pub struct Calls {
    settings: CallSettings,
    connector: Connector,
    authentication: Authentication,
    clock: Clock,
    /// The address, where it is configured with a scheme.
    target: Option<Target>,
}

impl Calls {
    /// Clients for receivers of any address, or for `target`.
    ///
    /// # Errors
    /// If the system's certificates cannot be read, or the authenticator does not run.
    pub fn new(
        settings: CallSettings,
        target: Option<Target>,
        reference: Option<&Reference>,
        environment: &Environment<'_>,
    ) -> Result<Self, BuildError> {
        let authentication = Authentication::find(&settings.forward.exporter, reference, environment)?;
        let connector = connector(Version::Http2)
            .map_err(|error| BuildError::System { what: "cannot read the system's certificates", error })?;
        Ok(Self { settings, connector, authentication, clock: environment.clock.clone(), target })
    }
}

impl Connect for Calls {
    type Client = Client;

    fn client(&self, endpoint: &str, counts: &Arc<Counts>) -> Client {
        let CallSettings { forward, timeout, compression, headers, insecure, .. } = &self.settings;
        let target = self.target.clone().or_else(|| Target::parse(endpoint).ok());
        let uri = target.map(|target| target.uri(*insecure)).unwrap_or_default();
        let transport =
            Transport::new(uri.clone(), self.connector.clone(), Version::Http2, *timeout, self.clock.clone());
        let parts = Parts {
            exporter: Arc::clone(&forward.exporter),
            endpoint: endpoint.into(),
            uri,
            transport,
            headers: headers.clone(),
            authentication: self.authentication.clone(),
            compression: *compression,
            counts: Arc::clone(counts),
        };
        parts.build()
    }
}

impl forwarder::Settings for Settings {
    fn authenticator(&self) -> Option<Reference> {
        self.reference()
    }

    fn batched(&self, batching: Batching) -> Arc<dyn forwarder::Settings> {
        let forward = running::batched(&self.call.forward, batching);
        Arc::new(Self { call: CallSettings { forward, ..self.call.clone() }, ..self.clone() })
    }

    fn build(&self, environment: &mut Environment<'_>) -> Result<Arc<dyn Forwarder>, BuildError> {
        let target = Some(self.target.clone());
        let calls = Calls::new(self.call.clone(), target, self.reference().as_ref(), environment)?;
        Ok(running::to_one(&self.call.forward, self.target.endpoint(), calls, environment))
    }
}
