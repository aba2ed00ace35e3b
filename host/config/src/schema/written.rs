//! What was written of a block, for rules across its keys.

use crate::node::{Key, Node, Value};
use crate::place::Place;

/// A value, and the keys that lead to it.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// The value.
    pub node: &'a Node,
    /// The keys, joined by dots.
    pub path: &'a str,
}

/// A block as written.
#[derive(Debug, Clone)]
pub struct Written<'a> {
    node: &'a Node,
    path: String,
}

impl<'a> Written<'a> {
    /// What is written at a place.
    #[must_use]
    pub fn new(site: Site<'a>) -> Self {
        Self { node: site.node, path: site.path.to_owned() }
    }

    /// All entries, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &'a [(Key, Node)] {
        if let Value::Map(entries) = &self.node.value { entries } else { &[] }
    }

    /// What is written under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a (Key, Node)> {
        self.entries().iter().find(|(known, _)| known.text == key)
    }

    /// Whether a key is written and has a value.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some_and(|(_, node)| !matches!(node.value, Value::Null))
    }

    /// What is written of the block under a key.
    #[must_use]
    pub fn within(&self, key: &str) -> Option<Self> {
        self.get(key).map(|(_, node)| Self { node, path: self.path(key) })
    }

    /// The value of a key, else the block. Keys of blocks within are joined by dots.
    #[must_use]
    pub fn value(&self, key: &str) -> &'a Node {
        self.node.find(key).node
    }

    /// Where the value of a key stands, else the block. Keys of blocks within are joined by dots.
    #[must_use]
    pub fn place(&self, key: &str) -> Place {
        self.node.find(key).node.place
    }

    /// Where a key stands, else the block.
    #[must_use]
    pub fn key_place(&self, key: &str) -> Place {
        self.node.find(key).key
    }

    /// The keys that lead to a key of this block, or to the block itself if it is empty.
    #[must_use]
    pub fn path(&self, key: &str) -> String {
        match (self.path.as_str(), key) {
            (path, "") => path.to_owned(),
            ("", key) => key.to_owned(),
            (path, key) => format!("{path}.{key}"),
        }
    }
}
