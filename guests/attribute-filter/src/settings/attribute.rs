//! An action of the Collector's attributes processor, as the host writes it: `action`, `key`, and what the action takes
//! of `value`, `from_attribute`, `default_value`, `pattern` and `converted_type`. The host has checked them.

use bounded_regex::{Regex, compile};

use super::action::read_value;
use super::entry::{Entry, Keys, Problems};
use crate::action::{Action, Others, Place, Source, Type};
use crate::pattern::{Pattern, Patterns};

const KEYS: [&str; 7] = ["action", "key", "value", "from_attribute", "default_value", "pattern", "converted_type"];

/// Reads an action; one by key and by pattern becomes two.
pub(super) fn read(action: &Entry, problems: &mut Problems) -> Vec<Action> {
    let Some(keys) = action.map("an action", problems) else { return Vec::new() };
    keys.refuse_others("an action", &KEYS, problems);
    let name = keys.require("action", "what becomes of the attribute", problems);
    let read = match name.as_ref().and_then(|name| name.value.as_str()) {
        Some("insert") => put(&keys, Place::New, problems),
        Some("update") => put(&keys, Place::Old, problems),
        Some("upsert") => put(&keys, Place::Any, problems),
        Some("extract") => extract(&keys, problems),
        Some("convert") => convert(&keys, problems),
        Some("delete") => return each(&keys, problems).into_iter().map(Action::Delete).collect(),
        Some("hash") => {
            return each(&keys, problems).into_iter().map(|keys| Action::Hash(keys, Others::Emptied)).collect();
        }
        _ => {
            action.expected("insert, update, upsert, delete, hash, extract or convert", problems);
            None
        }
    };
    read.into_iter().collect()
}

fn put(keys: &Keys, place: Place, problems: &mut Problems) -> Option<Action> {
    let key = key(keys, problems);
    let mut value = |name| keys.get(name).and_then(|value| read_value(&value, problems));
    let (value, default) = (value("value"), value("default_value"));
    let source = match keys.get("from_attribute") {
        Some(from) => Source::Attribute { key: from.name(problems)?.to_owned(), default },
        None => match value.or(default) {
            Some(value) => Source::Value(value),
            None => {
                problems.add(&keys.path, "required: value, from_attribute or default_value");
                return None;
            }
        },
    };
    Some(Action::Put { key: key?, source, place })
}

fn extract(keys: &Keys, problems: &mut Problems) -> Option<Action> {
    let key = key(keys, problems);
    let pattern = keys.require("pattern", "a regex with named groups", problems)?;
    let regex = regex(&pattern, problems);
    Some(Action::Extract { key: key?, regex: regex? })
}

fn convert(keys: &Keys, problems: &mut Problems) -> Option<Action> {
    let key = key(keys, problems);
    let wanted = "int, double or string";
    let written = keys.require("converted_type", wanted, problems)?;
    let to = match written.value.as_str() {
        Some("int") => Type::Integer,
        Some("double") => Type::Double,
        Some("string") => Type::Text,
        _ => {
            written.expected(wanted, problems);
            return None;
        }
    };
    Some(Action::Convert { key: key?, to })
}

/// The attributes of `key`, and those of `pattern`.
fn each(keys: &Keys, problems: &mut Problems) -> Vec<Patterns> {
    let key = keys.get("key").and_then(|key| key.name(problems)).map(|key| Pattern::Exact(key.to_owned()));
    let pattern = keys.get("pattern").and_then(|pattern| regex(&pattern, problems)).map(Pattern::Regex);
    let each: Vec<Patterns> = key.into_iter().chain(pattern).map(|one| Patterns(vec![one])).collect();
    if each.is_empty() {
        problems.add(&keys.path, "required: key or pattern");
    }
    each
}

fn key(keys: &Keys, problems: &mut Problems) -> Option<String> {
    keys.require("key", "the key of the attribute", problems)?.name(problems).map(str::to_owned)
}

fn regex(pattern: &Entry, problems: &mut Problems) -> Option<Regex> {
    let compiled = compile(pattern.name(problems)?);
    compiled.map_err(|error| problems.add(&pattern.path, format!("expected a valid regex: {error}"))).ok()
}
