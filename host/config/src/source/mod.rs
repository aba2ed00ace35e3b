//! From locations to one configuration: each is read ([`location`]), merged over those in front of it ([`merge`]), and then
//! every `${...}` is replaced by what it stands for ([`expand`], [`reference`]).
//!
//! The rules are those of the OpenTelemetry Collector. The environment and files come in through [`Lookup`] and in no other
//! way.

pub mod expand;
pub mod location;
pub mod merge;
pub mod reference;

use std::io;
use std::sync::Arc;

use crate::node::{Expanded, Key, Node, Value};
use crate::place::{Extent, Place, Source};
use crate::report::Report;
use crate::withheld::Reach;
use crate::yaml::{self, Bounds, DEPTH};
pub use location::Location;

/// All texts together may have so many bytes. A configuration of a thousand components takes some 100 KB.
pub const TEXT_BYTES: usize = 4 << 20;

/// More locations, `--set` among them, are no command line that anybody writes.
const LOCATIONS: usize = 1_000;

/// What a configuration may refer to.
pub trait Lookup {
    /// The value of an environment variable; none if it is not set.
    fn variable(&self, name: &str) -> Option<String>;

    /// The text of a file. No more than `most` bytes are read.
    ///
    /// # Errors
    /// It cannot be read, is larger, or is no text.
    fn file(&self, path: &str, most: usize) -> io::Result<String>;
}

/// A world in which no variable is set and no file is there.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Lookup for Nothing {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &str, _: usize) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Puts a configuration together. What is wrong goes into the report; none is returned if a part is missing then.
pub fn load(locations: &[Location], lookup: &dyn Lookup, report: &mut Report) -> Option<Node> {
    let mut loading = Loading { lookup, bytes: TEXT_BYTES, nodes: yaml::NODES };
    let mut whole: Option<Node> = None;
    let mut is_complete = true;
    for location in locations.iter().take(LOCATIONS) {
        let Some(mut node) = loading.read(location, report) else {
            is_complete = false;
            continue;
        };
        merge::split_keys(&mut node, report);
        match &mut whole {
            // An empty file changes nothing.
            Some(_) if matches!(node.value, Value::Null) => {}
            // What is no map cannot be merged, and whoever reads the configuration will say so.
            Some(whole) if is_mapping(whole) => merge::merge(whole, node),
            Some(whole) if !matches!(whole.value, Value::Null) => {}
            _ => whole = Some(node),
        }
    }
    if let Some(location) = locations.get(LOCATIONS) {
        let place = Place::of(report.add_source(location.name(), ""));
        report.error(place, "", format!("more than {LOCATIONS} locations"), "put them into fewer files");
        is_complete = false;
    }
    let mut whole = whole.filter(|_| is_complete)?;
    if is_mapping(&whole) {
        expand::expand(&mut whole, lookup, report);
        merge::split_keys(&mut whole, report);
    }
    Some(whole)
}

fn is_mapping(node: &Node) -> bool {
    matches!(node.value, Value::Map(_))
}

/// What is left of the bounds.
struct Loading<'a> {
    lookup: &'a dyn Lookup,
    bytes: usize,
    nodes: usize,
}

impl Loading<'_> {
    fn read(&mut self, location: &Location, report: &mut Report) -> Option<Node> {
        let source = report.add_source(location.name(), "");
        let text = match location {
            Location::File(path) => match self.lookup.file(path, self.bytes) {
                Ok(text) => text,
                Err(error) => {
                    report.error(Place::of(source), "", format!("cannot read the configuration: {error}"), "");
                    return None;
                }
            },
            Location::Variable(name) => self.variable(name, source, report),
            Location::Yaml(text) | Location::Text { text, .. } => text.clone(),
            Location::Set { key, value } => format!("{key}={value}"),
        };
        let Some(left) = self.bytes.checked_sub(text.len()) else {
            let message = format!("all texts together have more than {TEXT_BYTES} bytes; this is no configuration");
            report.error(Place::of(source), "", message, "");
            return None;
        };
        self.bytes = left;
        let text: Arc<str> = text.into();
        if !matches!(location, Location::Variable(_)) {
            report.set_text(source, Arc::clone(&text));
        }
        let bounds = Bounds { nodes: self.nodes, ..Bounds::default() };
        let mut node = match location {
            Location::Set { key, value } => set(key, value, source, bounds, report)?,
            _ => yaml::parse_source(&text, source, bounds, report)?,
        };
        self.nodes = self.nodes.saturating_sub(node.measure().nodes);
        if let Location::Variable(_) = location {
            let expanded = Arc::new(Expanded { written: location.name().into(), text: None });
            withhold(&mut node, &expanded, report);
        }
        Some(node)
    }

    /// The text that a variable holds. One that is not set is empty.
    fn variable(&self, name: &str, source: Source, report: &mut Report) -> String {
        self.lookup.variable(name).unwrap_or_else(|| {
            let message = format!("the environment variable {name} is not set; nothing is read from it");
            report.warning(Place::of(source), "", message, "set it, or remove the location");
            String::new()
        })
    }
}

/// The configuration that holds one value.
fn set(key: &str, value: &str, source: Source, bounds: Bounds, report: &mut Report) -> Option<Node> {
    let place = Place { source, line: 1, column: 1 };
    let keys = keys(key, place);
    if keys.len() > DEPTH {
        let message = format!("nested more than {DEPTH} levels deep");
        report.error(place, "", message, "no component has settings as deep as this");
        return None;
    }
    // A key as long as the one that was written, so that places are right.
    let text = format!("{}: {value}", "k".repeat(key.chars().count().max(2) - 1));
    let Node { value: Value::Map(mut entries), extent, .. } = yaml::parse_source(&text, source, bounds, report)? else {
        return None;
    };
    if entries.len() > 1 {
        report.error(place, "", "one value is expected behind the equal sign", "use --set once more for another key");
        return None;
    }
    let (_, value) = entries.pop()?;
    let under = keys.last().map_or(place, |key| key.place);
    Some(Node::new(extent, Value::Map(vec![merge::nested(keys, value.under(under))])))
}

/// The keys of a path, each at its place.
fn keys(path: &str, place: Place) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut column = place.column;
    for (index, part) in path.split("::").enumerate() {
        column += if index > 0 { 2 } else { 0 };
        for (index, part) in part.split('.').enumerate() {
            column += usize::from(index > 0);
            keys.push(Key::new(Place { column, ..place }, part));
            column += part.chars().count();
        }
    }
    keys
}

/// Marks all that comes out of an environment variable: no value of it is shown.
fn withhold(node: &mut Node, expanded: &Arc<Expanded>, report: &mut Report) {
    node.expanded = Some(Arc::clone(expanded));
    match &mut node.value {
        Value::Plain(text) | Value::Quoted(text) => {
            report.withhold(node.place, &expanded.written, text, Reach::Place);
        }
        Value::List(items) => items.iter_mut().for_each(|item| withhold(item, expanded, report)),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, node)| withhold(node, expanded, report)),
        Value::Null | Value::Reference => {}
    }
}

/// The place of `word` in a scalar of one line; else that of the scalar.
fn place_of(word: &str, scalar: &str, Extent { from, to }: Extent) -> Place {
    let Some(before) = scalar.find(word).map(|start| scalar[..start].chars().count()) else { return from };
    let quotes = to.column.saturating_sub(from.column).checked_sub(scalar.chars().count());
    match quotes {
        Some(quotes @ (0 | 2)) if from.line == to.line => Place { column: from.column + before + quotes / 2, ..from },
        _ => from,
    }
}
