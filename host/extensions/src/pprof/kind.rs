//! The extension as a component.

use std::sync::Arc;

use component::error::BuildError;
use component::extension::{Extension, Kind, Settings, Surroundings};
use config::schema::Declared as _;

use super::block::Keys;
use crate::idle;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["pprof"],
    summary: "Is taken, and does nothing: it profiles a Go runtime.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: Keys::schema,
    read: |_, site, report| Some(Arc::new(Keys::read(site, report)?)),
};

impl Settings for Keys {
    fn build(&self, host: &Surroundings) -> Result<Arc<dyn Extension>, BuildError> {
        idle::build(host)
    }
}
