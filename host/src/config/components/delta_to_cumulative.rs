//! `processors.delta_to_cumulative`. The settings of the guest that ships are checked here, where their lines are
//! known; a guest from a file gets its block as written and checks it itself.

use std::path::PathBuf;

use serde_json::{Map, Value as Json, json};

use crate::config::block::{At, Block};
use crate::config::node::{Node, Value};
use crate::config::report::{Place, Report};
use crate::config::scalar::{Scalar, Wrong};
use crate::guest::DELTA_TO_CUMULATIVE;
use crate::pipeline::build::GuestSettings;

pub fn read(id: &str, mut block: Block<'_>, report: &mut Report) -> GuestSettings {
    let module = block.parsed("module", report, module).map(|at| at.value);
    let mut places = vec![(String::new(), block.place())];
    for (key, node) in block.entries() {
        note_places(&key.text, key.place, node, &mut places);
    }
    let settings = if block.has("module").is_some() { as_written(block) } else { of_the_shipped(block, report) };
    let settings = Json::Object(settings).to_string();
    GuestSettings { id: id.into(), embedded: DELTA_TO_CUMULATIVE, module, settings, places }
}

fn module(text: &str) -> Result<PathBuf, Wrong> {
    if text.is_empty() || text.contains("://") {
        let help = "write the path of a component, such as /etc/alluvium/guest.wasm".into();
        return Err(Wrong { message: format!("{text:?} is no file"), help });
    }
    Ok(PathBuf::from(text))
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

fn as_written(block: Block<'_>) -> Map<String, Json> {
    let others = block.entries().filter(|(key, _)| key.text != "module");
    let settings = others.map(|(key, node)| (key.text.clone(), as_json(node))).collect();
    block.leave();
    settings
}

/// Where each path of a guest's settings stands, for the problems that it reports.
fn note_places(path: &str, place: Place, node: &Node, places: &mut Vec<(String, Place)>) {
    places.push((path.to_owned(), place));
    match &node.value {
        Value::Map(entries) => {
            for (key, node) in entries {
                note_places(&format!("{path}.{}", key.text), key.place, node, places);
            }
        }
        Value::List(items) => {
            for (index, node) in items.iter().enumerate() {
                note_places(&format!("{path}.{index}"), node.place, node, places);
            }
        }
        Value::Null | Value::Reference | Value::Plain(_) | Value::Quoted(_) => {}
    }
}

fn as_json(node: &Node) -> Json {
    match &node.value {
        Value::Null | Value::Reference => Json::Null,
        Value::Quoted(text) => Scalar { text, quoted: true }.json(),
        Value::Plain(text) => Scalar { text, quoted: false }.json(),
        Value::List(items) => Json::Array(items.iter().map(as_json).collect()),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|(key, node)| (key.text.clone(), as_json(node))).collect())
        }
    }
}
