//! What a rule does to the attributes of one part. They are sorted by key and stay so.
//!
//! A sender may have sent a key twice. An action that touches such a key leaves the first of its values only.

use crate::hash::hash;
use crate::pattern::Patterns;
use crate::types::{Attribute, Value};

/// A change of attributes.
#[derive(Debug)]
pub(crate) enum Action {
    /// Those whose key matches go.
    Delete(Patterns),
    /// All others go.
    Keep(Patterns),
    /// Another key for the same value. An attribute that has the key already gives way.
    Rename { from: String, to: String },
    /// Put in, or written over.
    Set(Attribute),
    /// The hash of the value takes its place.
    Hash(Patterns),
}

impl Action {
    pub(crate) fn apply(&self, attributes: &mut Vec<Attribute>) {
        match self {
            Self::Delete(keys) => attributes.retain(|attribute| !keys.match_any(&attribute.key)),
            Self::Keep(keys) => attributes.retain(|attribute| keys.match_any(&attribute.key)),
            Self::Rename { from, to } => rename(attributes, from, to),
            Self::Set(attribute) => put(attributes, attribute.clone()),
            Self::Hash(keys) => {
                attributes.dedup_by(|later, first| later.key == first.key && keys.match_any(&later.key));
                for attribute in attributes.iter_mut().filter(|attribute| keys.match_any(&attribute.key)) {
                    attribute.value = hash(&attribute.value);
                }
            }
        }
    }
}

fn rename(attributes: &mut Vec<Attribute>, from: &str, to: &str) {
    if let Some(value) = take(attributes, from) {
        put(attributes, Attribute { key: to.to_owned(), value });
    }
}

/// Removes a key; returns the first of its values.
fn take(attributes: &mut Vec<Attribute>, key: &str) -> Option<Value> {
    let mut taken = attributes.extract_if(.., |attribute| attribute.key == key);
    let first = taken.next();
    taken.for_each(drop);
    first.map(|attribute| attribute.value)
}

fn put(attributes: &mut Vec<Attribute>, attribute: Attribute) {
    take(attributes, &attribute.key);
    let place = attributes.partition_point(|other| other.key < attribute.key);
    attributes.insert(place, attribute);
}
