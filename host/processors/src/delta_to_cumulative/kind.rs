//! The processor as a component.

use std::sync::Arc;

use component::processor::{Kind, Settings};
use config::schema::{Declared as _, Written};
use wasm::DELTA_TO_CUMULATIVE;

use super::block::Keys;
use crate::guest::settings::{self, MODULE};

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["delta_to_cumulative", "deltatocumulative"],
    summary: "Adds deltas up to totals.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: Keys::schema,
    read: |id, site, report| {
        let settings = if Written::new(site).has(MODULE) {
            settings::as_written(id, DELTA_TO_CUMULATIVE, site, report)?
        } else {
            Keys::read(site, report)?.settings(id)
        };
        Some(Settings::Stage(Arc::new(settings)))
    },
};
