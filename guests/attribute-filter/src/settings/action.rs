//! The action of a rule as written.

use serde_json::Value as Json;

use super::entry::{Entry, Keys, Problems};
use super::patterns::names;
use crate::action::{Action, Others, Place, Source};
use crate::part::Part;
use crate::rule::Effect;
use crate::types::Value;

/// The keys of a rule that say what it does.
pub(super) const NAMES: [&str; 6] = ["delete", "keep", "rename", "set", "hash", "drop"];

/// Reads the action `name` of a rule about `on`.
pub(super) fn read(name: &str, on: Part, rule: &Keys, problems: &mut Problems) -> Option<Effect> {
    let entry = rule.get(name)?;
    let action = match name {
        "delete" => Action::Delete(names(&entry, problems)),
        "keep" => Action::Keep(names(&entry, problems)),
        "hash" => Action::Hash(names(&entry, problems), Others::Hashed),
        "rename" => read_rename(&entry, problems)?,
        "set" => read_set(&entry, problems)?,
        _ => return read_drop(rule, &entry, problems),
    };
    Some(Effect::Change(on, action))
}

fn read_rename(rename: &Entry, problems: &mut Problems) -> Option<Action> {
    let keys = rename.map("a map with from and to", problems)?;
    keys.refuse_others("rename", &["from", "to"], problems);
    let from = keys.require("from", "the key that the attribute has", problems);
    let to = keys.require("to", "the key that it is to have", problems);
    let from = from.and_then(|from| from.name(problems));
    let to = to.and_then(|to| to.name(problems));
    let (from, to) = (from?.to_owned(), to?.to_owned());
    if from == to {
        problems.add(&keys.path, "from and to must differ");
    }
    Some(Action::Rename { from, to })
}

fn read_set(set: &Entry, problems: &mut Problems) -> Option<Action> {
    let keys = set.map("a map with key and value", problems)?;
    keys.refuse_others("set", &["key", "value"], problems);
    let key = keys.require("key", "the key of the attribute", problems);
    let value = keys.require("value", "a text, a boolean, an integer or a double", problems);
    let key = key.and_then(|key| key.name(problems));
    let value = value.and_then(|value| read_value(&value, problems));
    Some(Action::Put { key: key?.to_owned(), source: Source::Value(value?), place: Place::Any })
}

/// Reads the value of an attribute.
pub(super) fn read_value(value: &Entry, problems: &mut Problems) -> Option<Value> {
    match value.value {
        Json::String(text) => return Some(Value::Text(text.clone())),
        Json::Bool(value) => return Some(Value::Boolean(*value)),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => return Some(Value::Integer(integer)),
            (None, Some(double)) if number.is_f64() => return Some(Value::Double(double)),
            _ => problems.add(&value.path, format!("expected an integer of at most {} (got {number})", i64::MAX)),
        },
        _ => value.expected("a text, a boolean, an integer or a double", problems),
    }
    None
}

fn read_drop(rule: &Keys, drop: &Entry, problems: &mut Problems) -> Option<Effect> {
    if drop.value != &Json::Bool(true) {
        problems.add(&drop.path, "expected true; leave the rule out to drop nothing");
    }
    // A rule that drops all there is would be a mistake.
    if rule.get("metrics").is_none() && rule.get("where").is_none() {
        problems.add(&rule.path, "say what is dropped: add metrics or where");
    }
    Some(Effect::Drop)
}
