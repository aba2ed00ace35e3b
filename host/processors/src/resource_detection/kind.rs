//! The processor as a component.

use std::sync::Arc;

use component::processor::{self, Kind};
use config::schema::Declared as _;

use super::block::Keys;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["resource_detection", "resourcedetection"],
    summary: "Adds to each resource where the host runs: container, instance, system.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: Keys::schema,
    read: |id, site, report| {
        let settings = Keys::read(site, report)?.settings(id);
        Some(processor::Settings::Stage(Arc::new(settings)))
    },
};
