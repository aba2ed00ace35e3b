//! Blocks and values that several processors of attributes and streams have: which streams are meant (`block`), and
//! values that keep the type that YAML gives them (`value`). The guest `attribute-filter` judges what they mean.

pub mod block;
pub mod value;

use serde_json::{Value as Json, json};

/// Entries of a list of actions, conditions, names or attributes: far more than anybody writes by hand. The guest takes
/// as many rules, and each stream is held against every one.
pub const MOST: usize = 1000;

/// A regex as the guest's patterns write it.
#[must_use]
pub fn pattern(regex: &str) -> String {
    // There is no regex without anything between the slashes.
    if regex.is_empty() { "*".into() } else { format!("/{regex}/") }
}

/// What is wrong with a regex; nothing if the guest takes it.
#[must_use]
pub fn wrong_regex(regex: &str) -> Option<String> {
    let length = bounded_regex::check_length(&pattern(regex));
    let compiled = length.and_then(|()| bounded_regex::compile(regex).map(drop));
    compiled.err().map(|error| format!("expected a valid regex: {error}"))
}

/// A group of the guest, alone, as its settings.
#[must_use]
pub fn settings(group: Json) -> serde_json::Map<String, Json> {
    let mut settings = serde_json::Map::new();
    settings.insert("groups".into(), json!([group]));
    settings
}
