//! The configuration as written: a tree in which everything knows its place.

use std::sync::Arc;

use super::place::{Extent, Place};
use super::quote::{quoted, shown};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where a scalar begins. What has parts, or is nothing, stands where its key does, if it has one.
    pub place: Place,
    /// All that was written for the value, without its key.
    pub extent: Extent,
    /// What it is.
    pub value: Value,
    /// What was written, if the value is what a reference stands for, or has a reference in it.
    pub expanded: Option<Arc<Expanded>>,
}

/// How something came out of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expanded {
    /// The text as written, such as `${env:NAME}`: for messages, in place of the value, which may be secret.
    pub written: Arc<str>,
    /// The value as text, before YAML made something else of it: `0123` is a number, but also this text. None for what
    /// stands within a list or a map that was looked up.
    pub text: Option<String>,
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
    /// A `${...}` that could not be looked up. It has been reported; nobody else needs to.
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
    /// What was written, if the key is part of what a reference stands for.
    pub expanded: Option<Arc<Expanded>>,
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

impl Expanded {
    /// The same for a part of the value.
    #[must_use]
    pub fn part(&self) -> Arc<Self> {
        Arc::new(Self { written: Arc::clone(&self.written), text: None })
    }

    /// What was written, for a message: cut to what a line holds, and in quotes unless it is a reference and no more.
    #[must_use]
    pub fn shown(&self) -> String {
        let shown = shown(&self.written);
        if self.written.starts_with("${") && self.written.ends_with('}') || self.text.is_none() {
            shown.trim_matches('"').to_owned()
        } else {
            shown
        }
    }
}

impl Key {
    /// A key as written.
    #[must_use]
    pub fn new(place: Place, text: impl Into<String>) -> Self {
        Self { place, text: text.into(), expanded: None }
    }

    /// Its text for a message, or the reference that it came out of.
    #[must_use]
    pub fn shown(&self) -> String {
        self.expanded.as_ref().map_or_else(|| shown(&self.text), |expanded| expanded.shown())
    }
}

impl Node {
    /// A value as written from `extent.from` on.
    #[must_use]
    pub fn new(extent: Extent, value: Value) -> Self {
        Self { place: extent.from, extent, value, expanded: None }
    }

    /// The value for a message: what was written, if it came out of a reference, and never more than a line holds.
    #[must_use]
    pub fn shown(&self) -> String {
        match (&self.expanded, &self.value) {
            (Some(expanded), _) => expanded.shown(),
            (None, Value::Plain(text)) => shown(text),
            (None, Value::Quoted(text)) => quoted(text),
            (None, other) => other.kind().to_owned(),
        }
    }

    /// The text that it is where text is expected: what was looked up stays as it was, whatever YAML makes of it.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let looked_up = self.expanded.as_ref().and_then(|expanded| expanded.text.as_deref());
        match &self.value {
            Value::Reference => None,
            Value::Plain(text) | Value::Quoted(text) => Some(looked_up.unwrap_or(text)),
            Value::Null | Value::List(_) | Value::Map(_) => looked_up,
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
