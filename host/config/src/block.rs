//! A block whose keys are ids or sections, read key by key: the frame of a file. Whatever nobody asked for is an unknown
//! key, and what was asked for is the list to guess from. Blocks of settings are declared, see [`schema`](crate::schema).

use super::guess::{guess, is_slip, nearest, not_indented};
use super::node::{Key, Node, Value};
use super::place::Place;
use super::report::Report;

/// A mapping that is being read. [`Self::finish`] ends it.
#[derive(Debug)]
pub struct Block<'a> {
    path: String,
    place: Place,
    entries: &'a [(Key, Node)],
    /// What this host reads: the words to guess from.
    asked: Vec<&'static str>,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct At<T> {
    /// Where.
    pub place: Place,
    /// What.
    pub value: T,
}

impl<'a> Block<'a> {
    /// The block at `path`; nothing counts as an empty one.
    pub fn of(node: &'a Node, path: &str, report: &mut Report) -> Self {
        let entries: &[(Key, Node)] = match &node.value {
            Value::Map(entries) => entries,
            Value::Null | Value::Reference => &[],
            other => {
                let message = format!("expected a map, found {}", other.kind());
                report.error(node.place, path, message, "write its keys in lines of their own, each indented further");
                &[]
            }
        };
        Self { path: path.to_owned(), place: node.place, entries, asked: Vec::new() }
    }

    /// Where the block stands.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// The keys that lead to `key`.
    #[must_use]
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// All entries, for blocks whose keys are names.
    pub fn entries(&self) -> impl Iterator<Item = (&'a Key, &'a Node)> + use<'a> {
        self.entries.iter().map(|(key, node)| (key, node))
    }

    /// Where `key` stands, if it is there and has a value.
    #[must_use]
    pub fn has(&self, key: &str) -> Option<Place> {
        let (key, _) = self.entries().find(|(known, node)| known.text == key && !matches!(node.value, Value::Null))?;
        Some(key.place)
    }

    /// Whether something like `key` stands here.
    #[must_use]
    pub fn is_misspelt(&self, key: &str) -> bool {
        self.entries().any(|(known, _)| known.text != key && is_slip(&known.text, key))
    }

    /// Whether `key` is missing, or there is nothing in it.
    #[must_use]
    pub fn lacks(&self, key: &str) -> bool {
        self.entries().find(|(known, _)| known.text == key).is_none_or(|(_, node)| node.value.is_empty())
    }

    /// Whether `key` has a value. That it has none is an error; a slip of the finger is reported as the unknown key.
    pub fn demand(&mut self, key: &'static str, help: &str, report: &mut Report) -> bool {
        self.asked.push(key);
        let is_there = self.has(key).is_some();
        if !is_there && !self.is_misspelt(key) {
            report.error(self.place, &self.path_of(key), "required", help);
        }
        is_there
    }

    /// The value of `key`.
    pub fn get(&mut self, key: &'static str) -> Option<&'a Node> {
        self.asked.push(key);
        self.entries().find(|(known, _)| known.text == key).map(|(_, node)| node)
    }

    /// A block within this one.
    pub fn block(&mut self, key: &'static str, report: &mut Report) -> Option<Block<'a>> {
        let path = self.path_of(key);
        self.get(key).map(|node| Block::of(node, &path, report))
    }

    /// A block that others depend on. A misspelt one is read as what was meant, as its absence would be reported
    /// wherever it is missed; it is still an unknown key. `siblings` are all keys that may stand here.
    pub fn main_block(&mut self, key: &'static str, siblings: &[&str], report: &mut Report) -> Option<Block<'a>> {
        if self.has(key).is_none() {
            let slip =
                self.entries().find(|(known, _)| nearest(&known.text, siblings) == Some(key) && known.text != key);
            if let Some((slip, node)) = slip {
                self.asked.push(key);
                return Some(Block::of(node, &self.path_of(&slip.text), report));
            }
        }
        self.block(key, report).filter(|_| self.has(key).is_some())
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &'static str, report: &mut Report) -> Vec<At<String>> {
        let path = self.path_of(key);
        let Some(node) = self.get(key) else { return Vec::new() };
        let items: &[Node] = match &node.value {
            Value::List(items) => items,
            Value::Null | Value::Reference => &[],
            Value::Plain(text) | Value::Quoted(text) => {
                let help = format!("write {key}: [{text}]");
                report.error(node.place, &path, format!("expected a list, found {}", node.shown()), help);
                &[]
            }
            Value::Map(_) => {
                let help = format!("write {key}: [one, another]");
                report.error(node.place, &path, "expected a list, found a map", help);
                &[]
            }
        };
        let mut texts = Vec::new();
        for item in items {
            match &item.value {
                Value::Plain(text) | Value::Quoted(text) => {
                    texts.push(At { place: item.place, value: text.clone() });
                }
                Value::Reference => {}
                other => report.error(item.place, &path, format!("expected text, found {}", other.kind()), ""),
            }
        }
        texts
    }

    /// Ends the block: keys that nobody asked for are unknown.
    pub fn finish(self, report: &mut Report) {
        let mut above = None;
        for (key, node) in self.entries {
            let text = key.text.as_str();
            if !self.asked.contains(&text) {
                report.hide(node);
                let above = above.filter(|_| nearest(text, &self.asked).is_none());
                let help = above.map(not_indented).unwrap_or_default() + &guess(text, &self.asked);
                report.error(key.place, &self.path_of(text), "unknown key", help);
            }
            above = Some(key.text.as_str()).filter(|_| matches!(node.value, Value::Null));
        }
    }

    /// Ends the block; keys that nobody asked for belong to somebody else.
    pub fn leave(self) {}
}
