//! What a rule does to the attributes of one part. They are sorted by key and stay so.
//!
//! A sender may have sent a key twice. An action that touches such a key leaves the first of its values only.

mod convert;
mod hash;

use bounded_regex::Regex;

use crate::pattern::Patterns;
use crate::types::{Attribute, Value};

pub(crate) use convert::Type;
pub(crate) use hash::Others;

/// A change of attributes.
#[derive(Debug)]
pub(crate) enum Action {
    /// Those whose key matches go.
    Delete(Patterns),
    /// All others go.
    Keep(Patterns),
    /// Another key for the same value. An attribute that has the key already gives way.
    Rename { from: String, to: String },
    /// A value for a key, if there is one.
    Put { key: String, source: Source, place: Place },
    /// The hash of the value takes its place.
    Hash(Patterns, Others),
    /// What the groups of a regex match in a text becomes attributes, by the groups' names, which write over others.
    Extract { key: String, regex: Regex },
    /// The value takes another type, if it has a meaning in it.
    Convert { key: String, to: Type },
}

/// Where a value comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// It is written in the rule.
    Value(Value),
    /// It is that of another attribute of the part; if there is none, the written one.
    Attribute { key: String, default: Option<Value> },
}

/// Whether the key may be there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is not there.
    New,
    /// It is there, and its value gives way.
    Old,
    /// Either.
    Any,
}

impl Action {
    pub(crate) fn apply(&self, attributes: &mut Vec<Attribute>) {
        match self {
            Self::Delete(keys) => attributes.retain(|attribute| !keys.match_any(&attribute.key)),
            Self::Keep(keys) => attributes.retain(|attribute| keys.match_any(&attribute.key)),
            Self::Rename { from, to } => rename(attributes, from, to),
            Self::Put { key, source, place } => {
                let is_there = get(attributes, key).is_some();
                let fits = match place {
                    Place::New => !is_there,
                    Place::Old => is_there,
                    Place::Any => true,
                };
                if let Some(value) = source.value(attributes).filter(|_| fits) {
                    put(attributes, key, value.clone());
                }
            }
            Self::Hash(keys, others) => change(attributes, keys, |value| hash::hash(value, *others)),
            Self::Extract { key, regex } => extract(attributes, key, regex),
            Self::Convert { key, to } => {
                if let Some(value) = get(attributes, key).and_then(|value| to.of(value)) {
                    put(attributes, key, value);
                }
            }
        }
    }
}

impl Source {
    fn value<'a>(&'a self, attributes: &'a [Attribute]) -> Option<&'a Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Attribute { key, default } => get(attributes, key).or(default.as_ref()),
        }
    }
}

fn change(attributes: &mut Vec<Attribute>, keys: &Patterns, change: impl Fn(&Value) -> Value) {
    attributes.dedup_by(|later, first| later.key == first.key && keys.match_any(&later.key));
    for attribute in attributes.iter_mut().filter(|attribute| keys.match_any(&attribute.key)) {
        attribute.value = change(&attribute.value);
    }
}

fn rename(attributes: &mut Vec<Attribute>, from: &str, to: &str) {
    if let Some(value) = take(attributes, from) {
        put(attributes, to, value);
    }
}

fn extract(attributes: &mut Vec<Attribute>, key: &str, regex: &Regex) {
    let Some(Value::Text(text)) = get(attributes, key) else { return };
    let Some(found) = regex.captures(text) else { return };
    // A group that has no part in the match gives the empty text, as in the Collector.
    let text_of = |name: &str| found.name(name).map_or(String::new(), |group| group.as_str().to_owned());
    let names = regex.capture_names().flatten();
    let extracted: Vec<(&str, String)> = names.map(|name| (name, text_of(name))).collect();
    for (name, text) in extracted {
        put(attributes, name, Value::Text(text));
    }
}

/// The first value of a key.
fn get<'a>(attributes: &'a [Attribute], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
}

/// Removes a key; returns the first of its values.
fn take(attributes: &mut Vec<Attribute>, key: &str) -> Option<Value> {
    let mut taken = attributes.extract_if(.., |attribute| attribute.key == key);
    let first = taken.next();
    taken.for_each(drop);
    first.map(|attribute| attribute.value)
}

fn put(attributes: &mut Vec<Attribute>, key: &str, value: Value) {
    take(attributes, key);
    let place = attributes.partition_point(|other| *other.key < *key);
    attributes.insert(place, Attribute { key: key.to_owned(), value });
}
