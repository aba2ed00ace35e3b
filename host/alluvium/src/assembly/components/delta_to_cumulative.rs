//! `processors.delta_to_cumulative`. The settings of the guest that ships are checked here, where their lines are
//! known, as the Collector checks them.

use serde_json::{Map, Value as Json, json};

use super::guest;
use crate::build::GuestSettings;
use config::block::{At, Block};
use config::report::Report;
use wasm::DELTA_TO_CUMULATIVE;

pub fn read(id: &str, block: Block<'_>, report: &mut Report) -> GuestSettings {
    guest::read(id, block, DELTA_TO_CUMULATIVE, of_the_shipped, report)
}

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
