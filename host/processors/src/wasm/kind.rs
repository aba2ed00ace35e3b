//! The processor as a component.

use std::sync::Arc;

use component::processor::{Kind, Settings};
use config::schema::{Declared as _, Written};

use super::block::Keys;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["wasm"],
    summary: "Runs a processor of your own: a WebAssembly component in a file.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: Keys::schema,
    read: |id, site, report| {
        let settings = Keys::read(site, report)?.settings(id, &Written::new(site), report);
        Some(Settings::Stage(Arc::new(settings)))
    },
};
