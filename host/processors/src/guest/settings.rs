//! Settings of guests, and how they are read from a block: as JSON.
//!
//! A guest checks its settings itself, and what it finds is shown with the lines of the configuration.

use std::path::PathBuf;

use serde_json::{Map, Value as Json};

use config::node::{Node, Value};
use config::report::Report;
use config::scalar::{Scalar, Wrong};
use config::schema::{Declared as _, Site, Written};
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

/// The key that names a file in place of the guest that ships.
pub const MODULE: &str = "module";

impl GuestSettings {
    /// The guest `embedded`, or a file in its place, with its settings as JSON.
    #[must_use]
    pub fn new(id: &str, embedded: Embedded, module: Option<PathBuf>, settings: Map<String, Json>) -> Self {
        Self { id: id.to_owned(), embedded, module, settings: Json::Object(settings).to_string() }
    }
}

/// The file that a text names.
///
/// # Errors
/// If it names none.
pub fn module(text: &str) -> Result<PathBuf, Wrong> {
    if text.is_empty() || text.contains("://") {
        let help = "write the path of a component, such as /etc/alluvium/guest.wasm".into();
        return Err(Wrong { message: "this is no file".into(), help });
    }
    Ok(PathBuf::from(text))
}

config::block! {
    /// The host's own key of a guest.
    pub struct Module {
        /// A component file to run in place of the guest that ships; the other keys are then its own.
        module: Option<PathBuf> = maybe(parsed(module, PathBuf::new)),
    }
    others "The other keys are the guest's.";
}

/// The guest in the block at a place, with all keys but the host's own, as written.
pub fn as_written(id: &str, embedded: Embedded, site: Site<'_>, report: &mut Report) -> Option<GuestSettings> {
    let Module { module } = Module::read(site, report)?;
    let guests = Written::new(site).entries().iter().filter(|(key, _)| key.text != MODULE);
    let settings = guests.map(|(key, node)| (key.text.clone(), as_json(node))).collect();
    Some(GuestSettings::new(id, embedded, module, settings))
}

fn as_json(node: &Node) -> Json {
    match &node.value {
        Value::Null | Value::Reference => Json::Null,
        Value::Plain(_) | Value::Quoted(_) => Scalar::of(node).map_or(Json::Null, Scalar::json),
        Value::List(items) => Json::Array(items.iter().map(as_json).collect()),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|(key, node)| (key.text.clone(), as_json(node))).collect())
        }
    }
}
