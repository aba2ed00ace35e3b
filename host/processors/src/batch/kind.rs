//! The processor as a component.

use component::processor::{Kind, Settings};
use config::schema::Declared as _;

use super::block::Keys;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["batch"],
    summary: "Says when exporters close a request.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: Keys::schema,
    read: |_, site, report| Some(Settings::Batching(Keys::read(site, report)?.batching())),
};
