//! Settings of guests, and how they are read from a block: as JSON.
//!
//! A guest checks its settings itself, and what it finds is shown with the lines of the configuration.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value as Json};

use config::node::{Node, Value};
use config::place::Place;
use config::report::Report;
use config::scalar::{Scalar, Wrong};
use config::schema::{Declared as _, Site, Written};
use wasm::{Embedded, Limits, Source};

/// A guest, as meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestSettings {
    /// The id as configured.
    pub id: String,
    /// The component.
    pub source: Source,
    /// Its settings as JSON text.
    pub settings: String,
    /// The key under which its settings stand in the processor's block; empty if they stand in the block itself.
    pub within: &'static str,
    /// Bounds of its own.
    pub bounds: Bounds,
}

/// What a guest may use up, where that is not the host's default or the guest's own wish.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Time, and memory.
    pub limits: Option<Limits>,
    /// Streams with state, in place of what the guest asks for.
    pub max_streams: Option<u64>,
    /// How long a stream may be silent, in place of what the guest asks for.
    pub max_idle: Option<Duration>,
}

/// The key that names a file in place of the guest that ships.
pub const MODULE: &str = "module";

impl GuestSettings {
    /// A component with its settings as JSON, which stand in the processor's block itself.
    #[must_use]
    pub fn new(id: &str, source: Source, settings: Map<String, Json>) -> Self {
        let settings = Json::Object(settings).to_string();
        Self { id: id.to_owned(), source, settings, within: "", bounds: Bounds::default() }
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
    let source = module.map_or(Source::Embedded(embedded), |path| {
        let path = beside(&path, Written::new(site).place(MODULE), report);
        Source::File { path, sha256: None }
    });
    let guests = Written::new(site).entries().iter().filter(|(key, _)| key.text != MODULE);
    let settings = guests.map(|(key, node)| (key.text.clone(), as_json(node))).collect();
    Some(GuestSettings::new(id, source, settings))
}

/// A file as it is named at a place: a relative path begins in the folder of the configuration.
#[must_use]
pub fn beside(path: &Path, place: Place, report: &Report) -> PathBuf {
    Path::new(report.name_of(place)).parent().map_or_else(|| path.to_owned(), |folder| folder.join(path))
}

/// What is written, as JSON.
#[must_use]
pub fn as_json(node: &Node) -> Json {
    match &node.value {
        Value::Null | Value::Reference => Json::Null,
        Value::Plain(_) | Value::Quoted(_) => Scalar::of(node).map_or(Json::Null, Scalar::json),
        Value::List(items) => Json::Array(items.iter().map(as_json).collect()),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|(key, node)| (key.text.clone(), as_json(node))).collect())
        }
    }
}
