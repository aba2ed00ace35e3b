//! Settings of guests, and how they are read from a block: as JSON.
//!
//! A guest checks its settings itself, and what it finds is shown with the lines of the configuration.

use std::path::PathBuf;

use serde_json::{Map, Value as Json};

use config::block::Block;
use config::node::{Node, Value};
use config::report::Report;
use config::scalar::{Scalar, Wrong};
use wasm::Embedded;

/// A guest, as meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestSettings {
    /// The id as configured.
    pub id: String,
    /// The guest of this kind that ships.
    pub embedded: Embedded,
    /// A file in its place.
    pub module: Option<PathBuf>,
    /// Its settings as JSON text.
    pub settings: String,
}

/// Reads a block: the guest `embedded`, or the one from the file that `module` names. `shipped` reads the settings of the former; the
/// latter gets them as written.
pub fn read(
    id: &str,
    mut block: Block<'_>,
    embedded: Embedded,
    shipped: impl FnOnce(Block<'_>, &mut Report) -> Map<String, Json>,
    report: &mut Report,
) -> GuestSettings {
    let module = block.parsed("module", report, module).map(|at| at.value);
    let settings = if block.has("module").is_some() { as_written(block) } else { shipped(block, report) };
    let settings = Json::Object(settings).to_string();
    GuestSettings { id: id.into(), embedded, module, settings }
}

fn module(text: &str) -> Result<PathBuf, Wrong> {
    if text.is_empty() || text.contains("://") {
        let help = "write the path of a component, such as /etc/alluvium/guest.wasm".into();
        return Err(Wrong { message: format!("{text:?} is no file"), help });
    }
    Ok(PathBuf::from(text))
}

/// All keys that are not the host's.
pub fn as_written(block: Block<'_>) -> Map<String, Json> {
    let others = block.entries().filter(|(key, _)| key.text != "module");
    let settings = others.map(|(key, node)| (key.text.clone(), as_json(node))).collect();
    block.leave();
    settings
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
