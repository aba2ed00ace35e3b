//! The processor as a component. The settings of the guest that ships are checked here, where their lines are known, as
//! the Collector checks them.

use std::sync::Arc;

use component::processor::{Kind, Settings};
use config::block::{At, Block};
use config::report::Report;
use serde_json::{Map, Value as Json, json};
use wasm::DELTA_TO_CUMULATIVE;

use crate::guest::settings;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["delta_to_cumulative", "deltatocumulative"],
    summary: "Adds deltas up to totals.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    read: |id, block, report| {
        let settings = settings::read(id, block, DELTA_TO_CUMULATIVE, of_the_shipped, report);
        Some(Settings::Stage(Arc::new(settings)))
    },
};

fn of_the_shipped(mut block: Block<'_>, report: &mut Report) -> Map<String, Json> {
    let mut settings = Map::new();
    match block.duration("max_stale", report) {
        Some(At { place, value }) if value.is_zero() => {
            let help = "write how long a stream may be silent before it is forgotten, such as 5m";
            report.error(place, &block.path_of("max_stale"), "must be greater than zero", help);
        }
        Some(at) => drop(settings.insert("max_stale".into(), json!(format!("{}ns", at.value.as_nanos())))),
        None => {}
    }
    match block.integer("max_streams", 0..=i64::MAX as u64, report) {
        Some(At { place, value: 0 }) => {
            let help = "remove the key if there is to be no limit; else write one, such as 1000000";
            let message = "0 sets no limit here; the Collector would refuse every stream";
            report.warning(place, &block.path_of("max_streams"), message, help);
        }
        Some(at) => drop(settings.insert("max_streams".into(), json!(at.value))),
        None => {}
    }
    if let Some(ordering) = block.choice("ordering", &[("merge", "merge"), ("strict", "strict")], report) {
        settings.insert("ordering".into(), json!(ordering));
    }
    block.finish(report);
    settings
}
