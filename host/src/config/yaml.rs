//! YAML as written: a tree in which everything knows its place.
//!
//! The one module that knows a YAML library. `serde_yaml` would be the obvious one, but it is archived, and it forgets
//! where things stood; an error without its line is half an error.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

use super::report::{Place, Report};

/// Mappings and lists may nest so deep. No configuration of the Collector comes near.
const DEPTH: usize = 64;

/// An alias may stand for so many nodes in all, against files that unfold to gigabytes.
const ALIASED_NODES: usize = 10_000;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it begins.
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

impl Value {
    /// What it is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Plain(text) if text.parse::<f64>().is_ok() => "a number",
            Self::Plain(text) if text == "true" || text == "false" => "a boolean",
            Self::Plain(_) | Self::Quoted(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

/// Reads the first document of the report's text. Syntax errors go into the report; none is then returned.
pub fn parse(text: &str, report: &mut Report) -> Option<Node> {
    let mut tree = Tree { parser: Parser::new_from_str(text), anchors: HashMap::new(), aliased: 0 };
    match tree.document() {
        Ok(node) => Some(node),
        Err(fault) => {
            report.error(fault.place, "", fault.message, fault.help);
            None
        }
    }
}

struct Tree<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    aliased: usize,
}

struct Fault {
    place: Place,
    message: String,
    help: &'static str,
}

impl<'a> Tree<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Place), Fault> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, place(span))),
            Some(Err(error)) => {
                let marker = error.marker();
                let place = Place { line: marker.line(), column: marker.col() + 1 };
                let help =
                    if error.info().contains("tab") { "indent with spaces; YAML does not allow tabs" } else { "" };
                Err(Fault { place, message: format!("not valid YAML: {}", error.info()), help })
            }
            None => Ok((Event::StreamEnd, Place::default())),
        }
    }

    fn document(&mut self) -> Result<Node, Fault> {
        loop {
            let (event, place) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                Event::StreamEnd | Event::DocumentEnd => return Ok(Node { place, value: Value::Null }),
                event => return self.node(event, place, DEPTH),
            }
        }
    }

    fn node(&mut self, event: Event<'a>, place: Place, depth: usize) -> Result<Node, Fault> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(Fault { place, message: format!("nested more than {DEPTH} levels deep"), help: "" });
        };
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, _) => (anchor, scalar(text, style)),
            Event::SequenceStart(anchor, _) => (anchor, Value::List(self.list(depth)?)),
            Event::MappingStart(anchor, _) => (anchor, Value::Map(self.map(depth)?)),
            Event::Alias(anchor) => return self.alias(anchor, place),
            _ => (0, Value::Null),
        };
        let node = Node { place, value };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<Node, Fault> {
        let node = self.anchors.get(&anchor).cloned();
        let node = node.ok_or(Fault { place, message: "an alias without its anchor".into(), help: "" })?;
        self.aliased += size(&node);
        if self.aliased > ALIASED_NODES {
            let message = format!("aliases stand for more than {ALIASED_NODES} values");
            return Err(Fault { place, message, help: "" });
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Fault> {
        let mut list = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(list),
                (event, place) => list.push(self.node(event, place, depth)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(Key, Node)>, Fault> {
        let mut map: Vec<(Key, Node)> = Vec::new();
        let mut merged = Vec::new();
        loop {
            let (key, place) = match self.next()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(text, ..), place) => (text.into_owned(), place),
                (_, place) => {
                    return Err(Fault { place, message: "a key must be a plain word".into(), help: "" });
                }
            };
            let (event, at) = self.next()?;
            let node = self.node(event, at, depth)?;
            if key == "<<" {
                merged.push(node);
                continue;
            }
            if let Some((first, _)) = map.iter().find(|(known, _)| known.text == key) {
                let message = format!("key {key} stands here a second time; first in line {}", first.place.line);
                return Err(Fault { place, message, help: "put both into one block, or remove one" });
            }
            map.push((Key { place, text: key }, node));
        }
        for node in merged {
            merge(&mut map, node)?;
        }
        Ok(map)
    }
}

/// `<<`: keys of another mapping, or of several, where the mapping has none of its own.
fn merge(map: &mut Vec<(Key, Node)>, node: Node) -> Result<(), Fault> {
    match node.value {
        Value::Map(entries) => {
            for (key, node) in entries {
                if !map.iter().any(|(known, _)| known.text == key.text) {
                    map.push((key, node));
                }
            }
            Ok(())
        }
        Value::List(list) => list.into_iter().try_for_each(|node| merge(map, node)),
        _ => Err(Fault { place: node.place, message: "<< takes a map or a list of maps".into(), help: "" }),
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(list) => list.iter().map(size).sum(),
        Value::Map(map) => map.iter().map(|(_, node)| size(node)).sum(),
        Value::Null | Value::Plain(_) | Value::Quoted(_) => 0,
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle) -> Value {
    match style {
        ScalarStyle::Plain if matches!(&*text, "" | "~" | "null" | "Null" | "NULL") => Value::Null,
        ScalarStyle::Plain => Value::Plain(text.into_owned()),
        _ => Value::Quoted(text.into_owned()),
    }
}

fn place(span: Span) -> Place {
    Place { line: span.start.line(), column: span.start.col() + 1 }
}
