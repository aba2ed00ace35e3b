//! The processor as a component. The guest reads its rules itself.

use std::sync::Arc;

use component::processor::{Kind, Settings};
use config::schema::Declared as _;
use wasm::ATTRIBUTE_FILTER;

use super::block::Keys;
use crate::guest::settings;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["attribute_filter"],
    summary: "Changes attributes and drops streams, by rules.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: Keys::schema,
    read: |id, site, report| {
        let settings = settings::as_written(id, ATTRIBUTE_FILTER, site, report)?;
        Some(Settings::Stage(Arc::new(settings)))
    },
};
