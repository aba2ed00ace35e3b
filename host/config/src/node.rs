//! The configuration as written: a tree in which everything knows its place.

use super::report::Place;
use super::scalar::{quoted, shown};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where a scalar begins. What has parts, or is nothing, stands where its key does, if it has one.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing: `key:`, `~` or `null`.
    Null,
    /// A scalar that was not quoted: its text may be a number or a boolean.
    Plain(String),
    /// A scalar that was quoted, or a block of text.
    Quoted(String),
    /// A `${...}` that would have to be looked up. It has been reported; nobody else needs to.
    Reference,
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping and where it stands.
#[derive(Debug, Clone)]
pub struct Key {
    /// Where it begins.
    pub place: Place,
    /// Its text.
    pub text: String,
}

/// What stands at a path.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// Where its key stands; an item of a list has none, and stands where it begins.
    pub key: Place,
    /// What is there.
    pub node: &'a Node,
}

/// How much a node holds, itself included.
#[derive(Debug, Clone, Copy, Default)]
pub struct Measure {
    /// Nodes.
    pub nodes: usize,
    /// Bytes of keys and scalars.
    pub bytes: usize,
    /// Nodes on the longest way down.
    pub depth: usize,
}

impl Value {
    /// What it is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Plain(text) if text.parse::<f64>().is_ok_and(f64::is_finite) => "a number",
            Self::Plain(text) if text == "true" || text == "false" => "a boolean",
            Self::Plain(_) | Self::Quoted(_) => "text",
            Self::Reference => "a reference",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Plain(_) | Self::Quoted(_) | Self::Reference => false,
        }
    }

    /// Whether it is one text, number or boolean.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        matches!(self, Self::Plain(_) | Self::Quoted(_) | Self::Reference)
    }
}

impl Node {
    /// The value for a message: all messages that quote one get it here.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.value {
            Value::Plain(text) => shown(text),
            Value::Quoted(text) => quoted(text),
            other => other.kind().to_owned(),
        }
    }

    /// The same node as the value of a key: see [`Self::place`].
    #[must_use]
    pub fn under(self, key: Place) -> Self {
        let place = if self.value.is_scalar() { self.place } else { key };
        Self { place, ..self }
    }

    /// What `path` leads to from here, keys and indexes joined by dots; else the last part of the way that is there. A key
    /// may have dots in it.
    #[must_use]
    pub fn find<'a>(&'a self, path: &str) -> Found<'a> {
        let mut found = Found { key: self.place, node: self };
        let mut path = path;
        while let Some((next, rest)) = found.node.step(path) {
            (found, path) = (next, rest);
        }
        found
    }

    /// The part of this node that `path` begins with, and the rest of the path.
    fn step<'a, 'p>(&'a self, path: &'p str) -> Option<(Found<'a>, &'p str)> {
        let behind = |name: &str| match path.strip_prefix(name)? {
            "" => Some(""),
            rest => rest.strip_prefix('.'),
        };
        match &self.value {
            _ if path.is_empty() => None,
            Value::Map(entries) => {
                let mut entries = entries.iter();
                entries.find_map(|(key, node)| Some((Found { key: key.place, node }, behind(&key.text)?)))
            }
            Value::List(items) => {
                let (index, rest) = path.split_once('.').unwrap_or((path, ""));
                let node = items.get(index.parse::<usize>().ok()?)?;
                Some((Found { key: node.place, node }, rest))
            }
            Value::Null | Value::Reference | Value::Plain(_) | Value::Quoted(_) => None,
        }
    }

    /// How much it holds.
    #[must_use]
    pub fn measure(&self) -> Measure {
        let parts: Vec<Measure> = match &self.value {
            Value::Null | Value::Reference => Vec::new(),
            Value::Plain(text) | Value::Quoted(text) => return Measure { nodes: 1, bytes: text.len(), depth: 1 },
            Value::List(items) => items.iter().map(Self::measure).collect(),
            Value::Map(entries) => entries.iter().map(|(key, node)| node.measure().with_key(key)).collect(),
        };
        parts.into_iter().fold(Measure { nodes: 1, bytes: 0, depth: 1 }, |whole, part| Measure {
            nodes: whole.nodes + part.nodes,
            bytes: whole.bytes + part.bytes,
            depth: whole.depth.max(part.depth + 1),
        })
    }
}

impl Measure {
    fn with_key(self, key: &Key) -> Self {
        Self { bytes: self.bytes + key.text.len(), ..self }
    }
}
