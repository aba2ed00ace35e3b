//! The extension as a component.

use std::sync::Arc;

use component::authenticator::{self, Authenticator, Unfit};
use component::error::BuildError;
use component::extension::{self, Extension, Kind, Surroundings};
use config::schema::Declared as _;
use http::Uri;
use prometheus::exposition::Page;

use super::authenticator::Signer;
use super::block::Keys;
use super::credentials::source::Chain;
use super::metrics;
use super::scope::Scope;
use super::settings::Settings;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["sigv4auth"],
    summary: "Signs the requests of exporters for Amazon Managed Service for Prometheus (Signature Version 4).",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: Keys::schema,
    read: |id, site, report| Some(Arc::new(Keys::read(site, report)?.settings(id))),
};

impl extension::Settings for Settings {
    fn authenticator(&self) -> Option<&dyn authenticator::Settings> {
        Some(self)
    }

    fn build(&self, host: &Surroundings) -> Result<Arc<dyn Extension>, BuildError> {
        let chain = Chain::new(self)
            .map_err(|error| BuildError::System { what: "cannot read the system's certificates", error })?;
        Ok(Arc::new(Running(Arc::new(Signer::new(self.clone(), Box::new(chain), host.clock.clone())))))
    }
}

impl authenticator::Settings for Settings {
    fn check(&self, endpoint: &Uri) -> Result<(), Unfit> {
        Scope::of(self, endpoint).map(|_| ())
    }
}

/// The extension at work.
struct Running(Arc<Signer>);

impl Extension for Running {
    fn authenticator(&self) -> Option<Arc<dyn Authenticator>> {
        Some(Arc::clone(&self.0) as Arc<dyn Authenticator>)
    }

    fn add_metrics(&self, page: &mut Page) {
        metrics::add(page, &self.0);
    }
}
