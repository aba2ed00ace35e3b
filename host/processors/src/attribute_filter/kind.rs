//! The processor as a component. The guest reads its rules itself.

use std::sync::Arc;

use component::processor::{Kind, Settings};
use wasm::ATTRIBUTE_FILTER;

use crate::guest::settings;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["attribute_filter"],
    summary: "Changes attributes and drops streams, by rules.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    read: |id, block, report| {
        let settings = settings::read(id, block, ATTRIBUTE_FILTER, |block, _| settings::as_written(block), report);
        Some(Settings::Stage(Arc::new(settings)))
    },
};
