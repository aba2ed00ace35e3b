//! A block of the configuration, read key by key. Whatever nobody asked for is an unknown key, and what was asked for
//! is the list to guess from.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::address::Listen;
use super::guess::{guess, is_slip, nearest};
use super::node::{Key, Node, Value};
use super::report::{Place, Report};
use super::scalar::{Scalar, Span, Wrong, shown};

/// A mapping that is being read. [`Self::finish`] ends it.
#[derive(Debug)]
pub struct Block<'a> {
    path: String,
    place: Place,
    entries: &'a [(Key, Node)],
    /// What this host reads: the words to guess from.
    asked: Vec<&'static str>,
    /// What only the Collector reads; it has been spoken of.
    refused: Vec<&'static str>,
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
        Self { path: path.to_owned(), place: node.place, entries, asked: Vec::new(), refused: Vec::new() }
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

    /// A scalar, as `read` understands it. Nothing is warned of: the Collector takes it for zero, which nobody means.
    fn scalar<T>(
        &mut self,
        key: &'static str,
        report: &mut Report,
        read: impl FnOnce(Scalar<'a>) -> Result<T, Wrong>,
    ) -> Option<At<T>> {
        let node = self.get(key)?;
        let path = self.path_of(key);
        let scalar = match &node.value {
            Value::Plain(text) => Scalar { text, quoted: false },
            Value::Quoted(text) => Scalar { text, quoted: true },
            Value::Reference => return None,
            Value::Null => {
                report.warning(node.place, &path, "no value; the default is used", "remove the key or give it a value");
                return None;
            }
            other => {
                report.error(node.place, &path, format!("expected one value, found {}", other.kind()), "");
                return None;
            }
        };
        match read(scalar) {
            Ok(value) => Some(At { place: node.place, value }),
            Err(Wrong { message, help }) => {
                report.error(node.place, &path, message, help);
                None
            }
        }
    }

    /// A text.
    pub fn text(&mut self, key: &'static str, report: &mut Report) -> Option<At<String>> {
        self.scalar(key, report, |scalar| Ok(scalar.text.to_owned()))
    }

    /// What `read` makes of a text.
    pub fn parsed<T>(
        &mut self,
        key: &'static str,
        report: &mut Report,
        read: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<At<T>> {
        self.scalar(key, report, |scalar| read(scalar.text))
    }

    /// One of some words, in any case.
    pub fn choice<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)], report: &mut Report) -> Option<T> {
        let read = |scalar: Scalar<'a>| {
            let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(scalar.text));
            found.map(|(_, value)| *value).ok_or_else(|| {
                let known: Vec<&str> = words.iter().map(|(word, _)| *word).filter(|word| !word.is_empty()).collect();
                let help = nearest(scalar.text, &known).map(|near| format!("did you mean {near}?"));
                let message = format!("expected {}, found {}", known.join(" or "), shown(scalar.text));
                Wrong { message, help: help.unwrap_or_default() }
            })
        };
        self.scalar(key, report, read).map(|at| at.value)
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, key: &'static str, report: &mut Report) -> Option<bool> {
        self.scalar(key, report, Scalar::boolean).map(|at| at.value)
    }

    /// A whole number within `range`.
    pub fn integer(&mut self, key: &'static str, range: RangeInclusive<u64>, report: &mut Report) -> Option<At<u64>> {
        self.scalar(key, report, |scalar| scalar.whole(&range))
    }

    /// A number within `range`.
    pub fn number(&mut self, key: &'static str, range: RangeInclusive<f64>, report: &mut Report) -> Option<f64> {
        self.scalar(key, report, |scalar| scalar.number(&range)).map(|at| at.value)
    }

    /// A duration such as `1m30s`.
    pub fn duration(&mut self, key: &'static str, report: &mut Report) -> Option<At<Duration>> {
        let At { place, value } = self.scalar(key, report, Scalar::duration)?;
        match value {
            Span::Written(value) => Some(At { place, value }),
            Span::Bare(value) => {
                let number = value.as_nanos();
                let help = format!("write {number}s if seconds are meant");
                let message = format!("a number without a unit is nanoseconds: {number}ns");
                report.warning(place, &self.path_of(key), message, help);
                Some(At { place, value })
            }
        }
    }

    /// An address to listen on; `port` is the one to propose.
    pub fn listen(&mut self, key: &'static str, port: u16, report: &mut Report) -> Option<At<Listen>> {
        let At { place, value } = self.parsed(key, report, |text| Listen::parse(text, port))?;
        if value.is_hostless() {
            let help = format!("write {}, or the address that is meant", value.clone().with_host());
            let message = "no host means every address; this host then listens on those of IPv4";
            report.warning(place, &self.path_of(key), message, help);
        }
        Some(At { place, value: value.with_host() })
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
                report.error(node.place, &path, format!("expected a list, found {}", shown(text)), help);
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

    /// Texts by name.
    pub fn text_map(&mut self, key: &'static str, report: &mut Report) -> Vec<(At<String>, String)> {
        let Some(block) = self.block(key, report) else { return Vec::new() };
        let mut texts = Vec::new();
        for (name, node) in block.entries() {
            match &node.value {
                Value::Plain(text) | Value::Quoted(text) => {
                    texts.push((At { place: name.place, value: name.text.clone() }, text.clone()));
                }
                Value::Reference => {}
                other => {
                    let message = format!("expected text, found {}", other.kind());
                    report.error(node.place, &block.path_of(&name.text), message, "");
                }
            }
        }
        texts
    }

    /// Keys of the Collector that this host cannot honour, each with what to do instead.
    pub fn refuse(&mut self, keys: &[(&'static str, &str)], report: &mut Report) {
        for (key, help) in keys {
            self.refused.push(key);
            if let Some(place) = self.has(key) {
                report.error(
                    place,
                    &self.path_of(key),
                    "a key of the Collector that this version does not have",
                    *help,
                );
            }
        }
    }

    /// Switches of the Collector that this host has not, and that may only be off.
    pub fn refuse_if_on(&mut self, keys: &[(&'static str, &str)], report: &mut Report) {
        for (key, help) in keys {
            if let Some(At { place, value: true }) = self.scalar(key, report, Scalar::boolean) {
                report.error(place, &self.path_of(key), "this version cannot do that", *help);
            }
            self.asked.pop();
            self.refused.push(key);
        }
    }

    /// Keys that tune what this host does differently.
    pub fn ignore(&mut self, keys: &[&'static str], report: &mut Report) {
        for key in keys {
            self.refused.push(key);
            if let Some(place) = self.has(key) {
                let help = "remove it, unless a Collector reads this file as well";
                report.warning(place, &self.path_of(key), "has no effect on this host", help);
            }
        }
    }

    /// Ends the block: keys that nobody asked for are unknown.
    pub fn finish(self, report: &mut Report) {
        let mut above = None;
        for (key, node) in self.entries {
            let text = key.text.as_str();
            if !self.asked.contains(&text) && !self.refused.contains(&text) {
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

/// The beginning of a help text for a key below one that has nothing in it.
pub fn not_indented(above: &str) -> String {
    format!("indent it further if it belongs to {above}; ")
}
