//! The processor as a component.

use std::sync::Arc;

use component::processor::{Kind, Settings};
use config::schema::Declared as _;

use super::block::Keys;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["filter"],
    summary: "Drops metrics and data points by conditions, as the Collector does.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: Keys::schema,
    read: |id, site, report| Some(Settings::Stage(Arc::new(Keys::read(site, report)?.settings(id)))),
};
