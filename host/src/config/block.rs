//! A block of the configuration, read key by key. Whatever nobody asked for is an unknown key, and what was asked for is the
//! list to guess from.

use std::time::Duration;

use super::report::{Place, Report};
use super::yaml::{Key, Node, Value};

/// A mapping that is being read. [`Self::finish`] ends it.
#[derive(Debug)]
pub struct Block<'a> {
    path: String,
    place: Place,
    entries: &'a [(Key, Node)],
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
            Value::Null => &[],
            other => {
                report.error(node.place, path, format!("expected a map, found {}", other.kind()), "");
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
    pub fn entries(&self) -> impl Iterator<Item = (&'a Key, &'a Node)> {
        self.entries.iter().map(|(key, node)| (key, node))
    }

    /// The value of `key`.
    pub fn get(&mut self, key: &'static str) -> Option<&'a Node> {
        self.asked.push(key);
        self.entries.iter().find(|(known, _)| known.text == key).map(|(_, node)| node)
    }

    /// A block within this one.
    pub fn block(&mut self, key: &'static str, report: &mut Report) -> Option<Block<'a>> {
        let path = self.path_of(key);
        self.get(key).map(|node| Block::of(node, &path, report))
    }

    /// The value of `key` if it is a scalar: its place, text, and whether it was quoted. Nothing is warned of: the Collector
    /// takes it for zero, which nobody means.
    fn scalar(&mut self, key: &'static str, report: &mut Report) -> Option<At<(&'a str, bool)>> {
        let node = self.get(key)?;
        let path = self.path_of(key);
        match &node.value {
            Value::Plain(text) | Value::Quoted(text) if text.contains("${") => {
                let help = "write the value itself; expansion of ${...} is not part of this version";
                report.error(node.place, &path, format!("{text} would have to be expanded"), help);
                None
            }
            Value::Plain(text) => Some(At { place: node.place, value: (text, false) }),
            Value::Quoted(text) => Some(At { place: node.place, value: (text, true) }),
            Value::Null => {
                report.warning(node.place, &path, "no value; the default is used", "remove the key or give it a value");
                None
            }
            other => {
                report.error(node.place, &path, format!("expected one value, found {}", other.kind()), "");
                None
            }
        }
    }

    /// A text.
    pub fn text(&mut self, key: &'static str, report: &mut Report) -> Option<At<String>> {
        let At { place, value: (text, _) } = self.scalar(key, report)?;
        Some(At { place, value: text.to_owned() })
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, key: &'static str, report: &mut Report) -> Option<bool> {
        let At { place, value: (text, quoted) } = self.scalar(key, report)?;
        match (text, quoted) {
            ("true", false) => Some(true),
            ("false", false) => Some(false),
            _ => {
                let help = if quoted { "remove the quotes" } else { "" };
                report.error(place, &self.path_of(key), format!("expected true or false, found {text:?}"), help);
                None
            }
        }
    }

    /// A whole number of at least `least`.
    pub fn integer(&mut self, key: &'static str, least: u64, report: &mut Report) -> Option<At<u64>> {
        let At { place, value: (text, quoted) } = self.scalar(key, report)?;
        let path = self.path_of(key);
        match text.parse::<u64>() {
            Ok(_) if quoted => {
                report.error(place, &path, format!("expected a number, found the text {text:?}"), "remove the quotes");
                None
            }
            Ok(value) if value >= least => Some(At { place, value }),
            _ => {
                report.error(place, &path, format!("expected a whole number of at least {least}, found {text:?}"), "");
                None
            }
        }
    }

    /// A number.
    pub fn number(&mut self, key: &'static str, report: &mut Report) -> Option<f64> {
        let At { place, value: (text, _) } = self.scalar(key, report)?;
        let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
        if number.is_none() {
            report.error(place, &self.path_of(key), format!("expected a number, found {text:?}"), "");
        }
        number
    }

    /// A duration such as `1m30s`.
    pub fn duration(&mut self, key: &'static str, report: &mut Report) -> Option<At<Duration>> {
        let At { place, value: (text, _) } = self.scalar(key, report)?;
        let path = self.path_of(key);
        if let Ok(nanoseconds) = text.parse::<u64>() {
            if nanoseconds != 0 {
                let help = format!("write {text}s if seconds are meant");
                report.warning(place, &path, format!("a bare number is nanoseconds: {text} ns"), help);
            }
            return Some(At { place, value: Duration::from_nanos(nanoseconds) });
        }
        let duration = collector_duration::parse(text);
        if duration.is_none() {
            let help = "a number and a unit of ns, us, ms, s, m or h, such as 500ms, 10s or 1h30m";
            report.error(place, &path, format!("{text:?} is no duration"), help);
        }
        duration.map(|value| At { place, value })
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &'static str, report: &mut Report) -> Vec<At<String>> {
        let path = self.path_of(key);
        let Some(node) = self.get(key) else { return Vec::new() };
        let items: &[Node] = match &node.value {
            Value::List(items) => items,
            Value::Null => &[],
            other => {
                let help = format!("write {key}: [one, another]");
                report.error(node.place, &path, format!("expected a list, found {}", other.kind()), help);
                &[]
            }
        };
        let mut texts = Vec::new();
        for item in items {
            match &item.value {
                Value::Plain(text) | Value::Quoted(text) => {
                    texts.push(At { place: item.place, value: text.clone() });
                }
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
                Value::Plain(text) | Value::Quoted(text) if !text.contains("${") => {
                    texts.push((At { place: name.place, value: name.text.clone() }, text.clone()));
                }
                other => {
                    let message = format!("expected text, found {}", other.kind());
                    report.error(node.place, &block.path_of(&name.text), message, "");
                }
            }
        }
        texts
    }

    /// Ends the block: keys that nobody asked for are unknown.
    pub fn finish(self, report: &mut Report) {
        for (key, _) in self.entries {
            if !self.asked.contains(&key.text.as_str()) {
                let help = guess(&key.text, &self.asked);
                report.error(key.place, &self.path_of(&key.text), "unknown key", help);
            }
        }
    }

    /// Ends the block; keys that nobody asked for belong to somebody else.
    pub fn leave(self) {}
}

/// A help text for a word that is none of `known`.
#[must_use]
pub fn guess(word: &str, known: &[&str]) -> String {
    // Closer than a third of the word counts as a slip of the finger.
    let near = known
        .iter()
        .map(|known| (strsim::osa_distance(&word.to_lowercase(), &known.to_lowercase()), *known))
        .filter(|(distance, known)| *distance <= known.len().max(word.len()).div_ceil(3))
        .min();
    match near {
        Some((_, near)) => format!("did you mean {near}?"),
        None if known.is_empty() => "nothing is expected here".into(),
        None => format!("known here: {}", known.join(", ")),
    }
}
