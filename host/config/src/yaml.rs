//! From YAML to the tree.
//!
//! The one module that knows a YAML library. `serde_yaml` would be the obvious one, but it is archived, and it forgets
//! where things stood; an error without its line is half an error.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::node::{Key, Node, Value};
use super::report::{Place, Report};

/// Mappings and lists may nest so deep. No configuration of the Collector comes near.
const DEPTH: usize = 64;

/// All aliases together may stand for so many nodes, against files that unfold to gigabytes.
const ALIASED_NODES: usize = 10_000;

/// And for so many bytes, against one long text that many stand for.
const ALIASED_BYTES: usize = 1 << 20;

/// Reads the first document. Syntax errors go into the report; none is then returned. A key that stands twice is an
/// error behind which reading goes on.
pub fn parse(text: &str, report: &mut Report) -> Option<Node> {
    let parser = Parser::new_from_str(text);
    let mut tree =
        Tree { parser, report, path: Vec::new(), anchors: HashMap::new(), aliased_nodes: 0, aliased_bytes: 0 };
    match tree.document() {
        Ok(node) => Some(node),
        Err(fault) => {
            let path = tree.path.join(".");
            // Where the grammar is broken, nobody knows which key a place belongs to.
            let path = if fault.is_syntax { "" } else { path.as_str() };
            tree.report.error(fault.place, path, fault.message, fault.help);
            None
        }
    }
}

struct Tree<'a, 'r> {
    parser: Parser<'a, StrInput<'a>>,
    report: &'r mut Report,
    /// The keys that lead to what is being read.
    path: Vec<String>,
    anchors: HashMap<usize, Node>,
    aliased_nodes: usize,
    aliased_bytes: usize,
}

/// What ends the reading.
struct Fault {
    place: Place,
    is_syntax: bool,
    message: String,
    help: &'static str,
}

impl Fault {
    fn new(place: Place, message: impl Into<String>, help: &'static str) -> Self {
        Self { place, is_syntax: false, message: message.into(), help }
    }

    fn too_deep(place: Place) -> Self {
        let message = format!("nested more than {DEPTH} levels deep");
        Self { is_syntax: true, ..Self::new(place, message, "no component has settings as deep as this") }
    }

    fn syntax(error: &ScanError) -> Self {
        let marker = error.marker();
        let place = Place { line: marker.line(), column: marker.col() + 1 };
        let (message, help) = match error.info() {
            "recursion limit exceeded" => return Self::too_deep(place),
            info if info.split(' ').any(|word| matches!(word, "tab" | "tabs")) => {
                // The parser stands behind it.
                let place = Place { column: marker.col().max(1), ..place };
                let help = "indent with spaces; YAML takes no tabs";
                return Self { is_syntax: true, ..Self::new(place, "not valid YAML: a tab in the indentation", help) };
            }
            "mapping values are not allowed in this context" => (
                "a colon where none is expected",
                "a value that holds a colon needs quotes; behind the colon of a key, and of the keys above, \
                 stands a blank",
            ),
            "simple key expect ':'" => ("a key without its colon, here or in the line above", "write key: value"),
            "while parsing a block mapping, did not find expected key" => {
                ("this line does not stand in one column with those that it belongs to", "mend its indentation")
            }
            "illegal placement of ':' indicator" | "while parsing a flow mapping, did not find expected ',' or '}'" => {
                ("a bracket or brace above is not closed", "close it, and write a comma between two entries")
            }
            "invalid indentation in quoted scalar" => ("a quote is not closed", "end the text with the same quote"),
            "while parsing node, found unknown anchor" => {
                ("an alias without its anchor", "write &name in front of the value, above the alias")
            }
            info if info.starts_with("unexpected character") => {
                ("a value cannot begin with this character", "put the value into quotes")
            }
            other => return Self { is_syntax: true, ..Self::new(place, format!("not valid YAML: {other}"), "") },
        };
        Self { is_syntax: true, ..Self::new(place, format!("not valid YAML: {message}"), help) }
    }
}

impl<'a> Tree<'a, '_> {
    fn next(&mut self) -> Result<(Event<'a>, Place), Fault> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, place(span))),
            Some(Err(error)) => Err(Fault::syntax(&error)),
            None => Err(Fault::new(Place::default(), "the file ends within a value", "")),
        }
    }

    fn document(&mut self) -> Result<Node, Fault> {
        loop {
            let (event, place) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                Event::StreamEnd | Event::DocumentEnd => {
                    return Ok(Node { place: Place { line: 1, column: 1 }, value: Value::Null });
                }
                event => {
                    let root = self.node(event, place, DEPTH)?;
                    self.look_behind();
                    return Ok(root);
                }
            }
        }
    }

    /// The Collector reads one document of a file, and says nothing about others.
    fn look_behind(&mut self) {
        let mut begin = None;
        while let Ok((event, place)) = self.next() {
            match (event, begin) {
                (Event::StreamEnd, _) => return,
                (Event::DocumentStart(_), _) => begin = Some(place),
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

    fn node(&mut self, event: Event<'a>, place: Place, depth: usize) -> Result<Node, Fault> {
        let depth = depth.checked_sub(1).ok_or_else(|| Fault::too_deep(place))?;
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => (anchor, scalar(text, style, tag.as_deref())),
            Event::SequenceStart(anchor, _) => (anchor, Value::List(self.list(depth)?)),
            Event::MappingStart(anchor, _) => (anchor, Value::Map(self.map(depth)?)),
            Event::Alias(anchor) => return self.alias(anchor, place, depth),
            _ => return Err(Fault::new(place, "no value where one is expected", "")),
        };
        let node = Node { place, value };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, place: Place, depth: usize) -> Result<Node, Fault> {
        const HELP: &str = "write the values themselves";
        let node = self.anchors.get(&anchor);
        let node = node.ok_or_else(|| Fault::new(place, "an alias within its own anchor", HELP))?;
        let measure = node.measure();
        self.aliased_nodes += measure.nodes;
        self.aliased_bytes += measure.bytes;
        if measure.depth > depth + 1 {
            return Err(Fault::too_deep(place));
        }
        if self.aliased_nodes > ALIASED_NODES {
            return Err(Fault::new(place, format!("aliases stand for more than {ALIASED_NODES} values"), HELP));
        }
        if self.aliased_bytes > ALIASED_BYTES {
            return Err(Fault::new(place, format!("aliases stand for more than {ALIASED_BYTES} bytes"), HELP));
        }
        Ok(node.clone())
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Fault> {
        let mut list = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(list),
                (event, place) => {
                    self.path.push(list.len().to_string());
                    list.push(self.node(event, place, depth)?);
                    self.path.pop();
                }
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(Key, Node)>, Fault> {
        let mut map: Vec<(Key, Node)> = Vec::new();
        let mut lines: HashMap<String, usize> = HashMap::new();
        let mut merged = Vec::new();
        loop {
            let (text, place) = match self.next()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(text, ..), place) => (text.into_owned(), place),
                (_, place) => return Err(Fault::new(place, "a key must be a word", "write key: value")),
            };
            let (event, at) = self.next()?;
            self.path.push(text.clone());
            let node = self.node(event, at, depth)?.under(place);
            if text == "<<" {
                merged.push(node);
            } else if let Some(first) = lines.get(&text) {
                let message = format!("stands here a second time; first in line {first}");
                self.report.error(place, &self.path.join("."), message, "put both into one block, or remove one");
            } else {
                lines.insert(text.clone(), place.line);
                map.push((Key { place, text }, node));
            }
            self.path.pop();
        }
        let mut known = lines.into_keys().collect();
        for node in merged {
            merge(&mut map, &mut known, node)?;
        }
        Ok(map)
    }
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

fn place(span: Span) -> Place {
    Place { line: span.start.line(), column: span.start.col() + 1 }
}
