//! A block with all its keys as they are in effect, as YAML: each with where it comes from. What is printed can be read
//! again, apart from secrets.

use std::fmt::Write as _;

use super::{Key, Preset, Schema, Shape, Status};
use crate::node::{Node, Value};
use crate::place::Place;
use crate::secret::MASK;
use crate::write::{flow, scalar, word};

/// Where a key of a printed configuration comes from that is written nowhere.
const DEFAULT: &str = "default";

/// Writes blocks.
pub struct Printer<'a> {
    page: String,
    origin: &'a dyn Fn(Place) -> String,
}

impl std::fmt::Debug for Printer<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Printer").field("page", &self.page).finish_non_exhaustive()
    }
}

impl<'a> Printer<'a> {
    /// An empty page. `origin` says where a place is.
    pub fn new(origin: &'a dyn Fn(Place) -> String) -> Self {
        Self { page: String::new(), origin }
    }

    /// The page.
    #[must_use]
    pub fn finish(self) -> String {
        self.page
    }

    /// A key whose value, if any, is the rest of the line.
    pub fn line(&mut self, indent: usize, key: &str, value: &str, remark: &str) {
        let blank = if value.is_empty() { "" } else { " " };
        let remark = if remark.is_empty() { String::new() } else { format!(" # {remark}") };
        // Writing to a string cannot fail.
        let _ = writeln!(self.page, "{}{}:{blank}{value}{remark}", " ".repeat(indent), word(key));
    }

    /// A key that nobody declared, as it was written.
    pub fn as_written(&mut self, indent: usize, key: &str, node: &Node) {
        let origin = (self.origin)(node.place);
        match &node.value {
            Value::Map(entries) if !entries.is_empty() => {
                self.line(indent, key, "", &origin);
                entries.iter().for_each(|(key, node)| self.as_written(indent + 2, &key.text, node));
            }
            _ => self.line(indent, key, &flow(node), &origin),
        }
    }

    /// A block under its key: its declared keys with their defaults, and all others as they were written.
    pub fn block(&mut self, indent: usize, key: &str, node: Option<&Node>, schema: &Schema) {
        let origin = node.map_or(DEFAULT.to_owned(), |node| (self.origin)(node.place));
        self.line(indent, key, "", &origin);
        self.keys(indent + 2, node, schema);
    }

    fn keys(&mut self, indent: usize, node: Option<&Node>, schema: &Schema) {
        let entries = match node.map(|node| &node.value) {
            Some(Value::Map(entries)) => entries.as_slice(),
            _ => &[],
        };
        for key in &schema.keys {
            let names = || std::iter::once(&key.name).chain(key.old);
            let find = |name: &str| entries.iter().find(|(known, _)| known.text == name).map(|(_, node)| node);
            let written = names().find_map(|name| find(name));
            let is_moot = key.unless.and_then(find).is_some_and(|other| !matches!(other.value, Value::Null));
            if written.is_some() || !is_moot {
                self.key(indent, key, written);
            }
        }
        for (key, node) in entries.iter().filter(|(key, _)| schema.key(&key.text).is_none()) {
            self.as_written(indent, &key.text, node);
        }
    }

    fn key(&mut self, indent: usize, key: &Key, written: Option<&Node>) {
        match (key.status, written) {
            (Status::Read, _) => self.value(indent, key, written),
            (Status::NoEffect(why), Some(node)) => {
                let remark = format!("{}; no effect: {why}", (self.origin)(node.place));
                // Who knows what stands in a block that nobody reads.
                let is_hidden = matches!(key.shape, Shape::Free) && !node.value.is_scalar() && !node.value.is_empty();
                let value = if is_hidden { scalar(MASK, true) } else { flow(node) };
                self.line(indent, key.name, &value, &remark);
            }
            (Status::Off(_), Some(node)) => self.line(indent, key.name, &flow(node), &(self.origin)(node.place)),
            (Status::Refused(_), _) | (_, None) => {}
        }
    }

    fn value(&mut self, indent: usize, key: &Key, written: Option<&Node>) {
        let origin = written.map_or(DEFAULT.to_owned(), |node| (self.origin)(node.place));
        let is_null = written.is_none_or(|node| matches!(node.value, Value::Null));
        match (&key.shape, &key.preset) {
            (_, Preset::Unset | Preset::Required) if written.is_none() => {
                let _ = writeln!(self.page, "{}# {} is not set", " ".repeat(indent), key.name);
            }
            (_, Preset::Unset) if is_null => self.line(indent, key.name, "", &origin),
            (Shape::Block(inner), _) => self.block(indent, key.name, written, inner),
            (Shape::List(items), _) => match (&**items, written.map(|node| &node.value)) {
                (Shape::Block(inner), Some(Value::List(blocks))) => {
                    self.line(indent, key.name, "", &origin);
                    blocks.iter().for_each(|block| self.item(indent + 2, block, inner));
                }
                _ => self.line(indent, key.name, &written.map_or("[]".into(), flow), &origin),
            },
            (Shape::Map(values), _) => match written.map(|node| &node.value) {
                Some(Value::Map(entries)) if !entries.is_empty() => {
                    self.line(indent, key.name, "", &origin);
                    for (name, node) in entries {
                        self.line(indent + 2, &name.text, &shown(node, values), &(self.origin)(node.place));
                    }
                }
                _ => self.line(indent, key.name, "{}", &origin),
            },
            (shape, preset) => {
                let value = match (written, preset) {
                    (Some(_), _) if is_null => zero(shape),
                    (Some(node), _) => shown(node, shape),
                    (None, Preset::Value(value)) => scalar(value, false),
                    (None, _) => String::new(),
                };
                self.line(indent, key.name, &value, &origin);
            }
        }
    }

    /// A block of a list: its first line begins with a dash.
    fn item(&mut self, indent: usize, node: &Node, schema: &Schema) {
        let start = self.page.len();
        self.keys(indent + 2, Some(node), schema);
        let first = start + indent;
        if self.page.len() > first && self.page[start..].starts_with(&" ".repeat(indent + 2)) {
            self.page.replace_range(first..=first, "-");
        }
    }
}

/// The value of a key, unless nobody is to see it.
fn shown(node: &Node, shape: &Shape) -> String {
    match (shape, &node.value) {
        (Shape::Secret, _) => scalar(MASK, true),
        // A number alone is nanoseconds.
        (Shape::Duration, Value::Plain(text)) if text != "0" && text.chars().all(|digit| digit.is_ascii_digit()) => {
            format!("{text}ns")
        }
        _ => flow(node),
    }
}

/// What the Collector takes nothing for.
fn zero(shape: &Shape) -> String {
    match shape {
        Shape::Boolean => "false".into(),
        Shape::Integer(..) | Shape::Number(..) => "0".into(),
        Shape::Duration => "0s".into(),
        _ => scalar("", true),
    }
}
