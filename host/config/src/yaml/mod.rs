//! From YAML to the tree.
//!
//! The one module that knows a YAML library; `fault` says what its errors mean. `serde_yaml` would be the obvious one, but it is archived, and it forgets
//! where things stood; an error without its line is half an error.

mod fault;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput, Tag};

use crate::node::{Key, Node, Value};
use crate::number;
use crate::place::{Extent, Place, Source};
use crate::report::Report;
use fault::{Fault, FaultKind};

/// Mappings and lists may nest so deep. No configuration of the Collector comes near.
pub const DEPTH: usize = 64;

/// All files together may have so many values, what aliases stand for included. A configuration of a thousand components has
/// some 50,000.
pub const NODES: usize = 500_000;

/// All aliases together may stand for so many nodes, against files that unfold to gigabytes.
const ALIASED_NODES: usize = 10_000;

/// And for so many bytes, against one long text that many stand for.
const ALIASED_BYTES: usize = 1 << 20;

/// What a document may hold at most.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Levels of nesting.
    pub depth: usize,
    /// Values.
    pub nodes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { depth: DEPTH, nodes: NODES }
    }
}

/// Reads the first document of a text that is the first source of `report`. Syntax errors go into the report; none is then
/// returned. A key that stands twice is an error behind which reading goes on.
pub fn parse(text: &str, report: &mut Report) -> Option<Node> {
    parse_source(text, Source::default(), Bounds::default(), report)
}

/// The same with a text that is `source`.
pub fn parse_source(text: &str, source: Source, bounds: Bounds, report: &mut Report) -> Option<Node> {
    let mut tree = Tree::new(text, source, bounds, report);
    match tree.document() {
        Ok(node) => {
            tree.look_behind();
            Some(node)
        }
        Err(mut fault) => {
            fault.look_at(&text.replace("\r\n", "\n").replace('\r', "\n"));
            let path = tree.path.join(".");
            // Where the grammar is broken, nobody knows which key a place belongs to; and no path is as long as a deep one.
            let path = if matches!(fault.kind, FaultKind::Value | FaultKind::Bound) { path.as_str() } else { "" };
            tree.report.error(fault.place, path, fault.message, fault.help);
            None
        }
    }
}

/// What YAML makes of a text that stands for a value: a text that is no YAML is itself, and so is one that YAML takes for
/// text, quotes and comments included.
///
/// # Errors
/// It holds more than it may.
pub fn value(text: &str, bounds: Bounds) -> Result<Value, String> {
    let itself = || Value::Quoted(text.to_owned());
    let mut report = Report::default();
    let mut tree = Tree::new(text, Source::default(), bounds, &mut report);
    match tree.document() {
        Ok(node) => Ok(match node.value {
            _ if report.has_errors() => itself(),
            Value::Plain(plain) if number::is_typed(&plain) => Value::Plain(plain),
            Value::Plain(_) | Value::Quoted(_) => itself(),
            other => other,
        }),
        Err(fault) if matches!(fault.kind, FaultKind::Bound | FaultKind::Depth) => Err(fault.message),
        Err(_) => Ok(itself()),
    }
}

struct Tree<'a, 'r> {
    parser: Parser<'a, StrInput<'a>>,
    source: Source,
    bounds: Bounds,
    report: &'r mut Report,
    /// The keys that lead to what is being read.
    path: Vec<String>,
    anchors: HashMap<usize, Node>,
    aliased_nodes: usize,
    aliased_bytes: usize,
    nodes: usize,
}

impl<'a, 'r> Tree<'a, 'r> {
    fn new(text: &'a str, source: Source, bounds: Bounds, report: &'r mut Report) -> Self {
        Self {
            parser: Parser::new_from_str(text),
            source,
            bounds,
            report,
            path: Vec::new(),
            anchors: HashMap::new(),
            aliased_nodes: 0,
            aliased_bytes: 0,
            nodes: 0,
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Extent), Fault> {
        let source = self.source;
        let place = |marker: &Marker| Place { source, line: marker.line(), column: marker.col() + 1 };
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, Extent { from: place(&span.start), to: place(&span.end) })),
            Some(Err(error)) => Err(Fault::syntax(&error, source)),
            None => Err(Fault::new(Place::of(source), "the file ends within a value", "")),
        }
    }

    fn document(&mut self) -> Result<Node, Fault> {
        loop {
            let (event, extent) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                Event::StreamEnd | Event::DocumentEnd => {
                    let start = Place { source: self.source, line: 1, column: 1 };
                    return Ok(Node::new(Extent { from: start, to: start }, Value::Null));
                }
                event => return self.node(event, extent, self.bounds.depth),
            }
        }
    }

    /// The Collector reads one document of a file, and says nothing about others.
    fn look_behind(&mut self) {
        let mut begin = None;
        while let Ok((event, extent)) = self.next() {
            match (event, begin) {
                (Event::StreamEnd, _) => return,
                (Event::DocumentStart(_), _) => begin = Some(extent.from),
                (Event::Scalar(text, ..), Some(_)) if text.is_empty() => {}
                (Event::DocumentEnd, _) | (_, None) => {}
                (_, Some(begin)) => {
                    let message = "a second document begins here; only the first is read";
                    self.report.warning(begin, "", message, "put everything into one document, without a line ---");
                    return;
                }
            }
        }
    }

    fn node(&mut self, event: Event<'a>, extent: Extent, depth: usize) -> Result<Node, Fault> {
        let place = extent.from;
        let depth = depth.checked_sub(1).ok_or_else(|| Fault::too_deep(place))?;
        self.count(1, place)?;
        let (anchor, value, to) = match event {
            Event::Scalar(text, style, anchor, tag) => (anchor, scalar(text, style, tag.as_deref()), extent.to),
            Event::SequenceStart(anchor, _) => {
                let (list, to) = self.list(depth)?;
                (anchor, Value::List(list), to)
            }
            Event::MappingStart(anchor, _) => {
                let (map, to) = self.map(depth)?;
                (anchor, Value::Map(map), to)
            }
            Event::Alias(anchor) => return self.alias(anchor, place, depth),
            _ => return Err(Fault::new(place, "no value where one is expected", "")),
        };
        let node = Node::new(Extent { from: place, to }, value);
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn count(&mut self, nodes: usize, place: Place) -> Result<(), Fault> {
        self.nodes += nodes;
        if self.nodes > self.bounds.nodes {
            return Err(Fault::too_much(place, "more values than all of a configuration may have", ""));
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, place: Place, depth: usize) -> Result<Node, Fault> {
        const HELP: &str = "write the values themselves";
        let node = self.anchors.get(&anchor);
        let node = node.ok_or_else(|| Fault::new(place, "an alias within its own anchor", HELP))?;
        let measure = node.measure();
        let node = node.clone();
        self.aliased_nodes += measure.nodes;
        self.aliased_bytes += measure.bytes;
        if measure.depth > depth + 1 {
            return Err(Fault::too_deep(place));
        }
        if self.aliased_nodes > ALIASED_NODES {
            return Err(Fault::too_much(place, format!("aliases stand for more than {ALIASED_NODES} values"), HELP));
        }
        if self.aliased_bytes > ALIASED_BYTES {
            return Err(Fault::too_much(place, format!("aliases stand for more than {ALIASED_BYTES} bytes"), HELP));
        }
        self.count(measure.nodes, place)?;
        Ok(node)
    }

    /// The items, and where the list has ended.
    fn list(&mut self, depth: usize) -> Result<(Vec<Node>, Place), Fault> {
        let mut list: Vec<Node> = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, end) => {
                    let to = list.last().map_or(end.from, |last| last.extent.to);
                    return Ok((list, closed(end, to)));
                }
                (event, extent) => {
                    self.path.push(list.len().to_string());
                    list.push(self.node(event, extent, depth)?);
                    self.path.pop();
                }
            }
        }
    }

    /// The entries, and where the mapping has ended.
    fn map(&mut self, depth: usize) -> Result<(Vec<(Key, Node)>, Place), Fault> {
        let mut map: Vec<(Key, Node)> = Vec::new();
        let mut places: HashMap<String, Place> = HashMap::new();
        let mut merged = Vec::new();
        let mut last = None;
        let end = loop {
            let (text, place) = match self.next()? {
                (Event::MappingEnd, end) => break closed(end, last.unwrap_or(end.from)),
                (Event::Scalar(text, ..), extent) => (text.into_owned(), extent.from),
                (_, extent) => return Err(Fault::new(extent.from, "a key must be a word", "write key: value")),
            };
            let (event, extent) = self.next()?;
            self.path.push(text.clone());
            let is_alias = matches!(event, Event::Alias(_));
            let node = self.node(event, extent, depth)?.under(place);
            last = Some(if is_alias { extent.to } else { node.extent.to });
            if text == "<<" {
                merged.push(node);
            } else if let Some(first) = places.get(&text) {
                let help = "put both into one block, or remove one";
                self.report.error(place, &self.path.join("."), "stands here a second time", help);
                self.report.beside(*first, "the first is here");
            } else {
                places.insert(text.clone(), place);
                map.push((Key::new(place, text), node));
            }
            self.path.pop();
        };
        let mut known = places.into_keys().collect();
        for node in merged {
            merge(&mut map, &mut known, node)?;
        }
        Ok((map, end))
    }
}

/// Where a list or a mapping has ended: behind its bracket, or behind the `last` that is in it.
fn closed(end: Extent, last: Place) -> Place {
    if end.to > end.from { end.to } else { last }
}

/// `<<`: keys of another mapping, or of several, where the mapping has none of its own.
fn merge(map: &mut Vec<(Key, Node)>, known: &mut HashSet<String>, node: Node) -> Result<(), Fault> {
    match node.value {
        Value::Map(entries) => {
            map.extend(entries.into_iter().filter(|(key, _)| known.insert(key.text.clone())));
            Ok(())
        }
        Value::List(list) => list.into_iter().try_for_each(|node| merge(map, known, node)),
        _ => Err(Fault::new(node.place, "<< takes a map or a list of maps", "write <<: *name, and &name at a map")),
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    match style {
        ScalarStyle::Plain if is_text => Value::Quoted(text.into_owned()),
        ScalarStyle::Plain if matches!(&*text, "" | "~" | "null" | "Null" | "NULL") => Value::Null,
        ScalarStyle::Plain => Value::Plain(text.into_owned()),
        _ => Value::Quoted(text.into_owned()),
    }
}
