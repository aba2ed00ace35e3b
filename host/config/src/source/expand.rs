//! Every `${...}` is replaced by what it stands for, inner ones first, until none is left; then `$$` becomes `$`.
//!
//! A reference that is a whole scalar stands for whatever YAML makes of its value; one within a text, for its value as
//! text. Keys are left alone. What comes out remembers what was written, and no message shows more than that.

use std::sync::Arc;

use super::reference::{self, Malformed, Target};
use super::{Lookup, place_of};
use crate::guess::nearest;
use crate::node::{Expanded, Key, Node, Value};
use crate::place::{Extent, Place};
use crate::report::Report;
use crate::withheld::Reach;
use crate::yaml::{self, Bounds, DEPTH};

/// A value is looked at again so many times, as what it refers to may refer to more. The Collector's bound.
const STEPS: usize = 1_000;

/// A configuration may refer to so many things. Large ones have some hundreds of references.
const LOOK_UPS: usize = 10_000;

/// Everything that replacing makes may have so many bytes, each intermediate text counted: room for a few files of the
/// greatest size, and little enough to be made in a moment.
const EXPANDED_BYTES: usize = 16 << 20;

/// Everything that references stand for may have so many values together.
const EXPANDED_NODES: usize = 100_000;

/// Replaces all references below `root`.
pub fn expand(root: &mut Node, lookup: &dyn Lookup, report: &mut Report) {
    let mut expansion = Expansion { lookup, report, look_ups: LOOK_UPS, bytes: EXPANDED_BYTES, nodes: EXPANDED_NODES };
    expansion.node(root, "", DEPTH, None);
}

struct Expansion<'a> {
    lookup: &'a dyn Lookup,
    report: &'a mut Report,
    /// What is left of the bounds.
    look_ups: usize,
    bytes: usize,
    nodes: usize,
}

/// A scalar as written in a source.
struct Origin {
    place: Place,
    extent: Extent,
    /// What messages show in place of all that comes out of it.
    written: Arc<str>,
    /// Its text, if messages may show it.
    text: Option<String>,
    /// What stands within a list or a map that came out of it.
    within: Arc<Expanded>,
}

/// What is being looked up: a scalar, and the references that have led to a list or a map in which it stands.
#[derive(Clone, Copy)]
struct Within<'a> {
    origin: &'a Origin,
    reference: &'a str,
    above: Option<&'a Within<'a>>,
}

/// What a reference stands for.
enum Found {
    Value(String),
    /// A default: the variable is not set.
    Default(String),
    /// Neither is there.
    Nothing,
}

impl Found {
    fn into_text(self) -> String {
        match self {
            Self::Value(text) | Self::Default(text) => text,
            Self::Nothing => String::new(),
        }
    }
}

/// Why a reference cannot be replaced.
struct Fault {
    place: Place,
    message: String,
    help: String,
}

impl Expansion<'_> {
    /// Expands what stands at `path`. `depth` more levels may follow.
    fn node(&mut self, node: &mut Node, path: &str, depth: usize, within: Option<Within<'_>>) {
        if let Some(Within { origin, .. }) = within {
            node.place = origin.place;
            node.extent = origin.extent;
            node.expanded = Some(Arc::clone(&origin.within));
        }
        let depth = depth.saturating_sub(1);
        match &mut node.value {
            Value::Plain(text) | Value::Quoted(text) => {
                if reference::find(text).is_some() {
                    let text = std::mem::take(text);
                    self.scalar(node, text, path, depth, within);
                } else {
                    unescape(text);
                    if let Some(Within { origin, .. }) = within {
                        self.report.withhold(node.place, &origin.written, text, Reach::Place);
                    }
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.node(item, &join(path, &index.to_string()), depth, within);
                }
            }
            Value::Map(entries) => {
                for (key, node) in entries {
                    if let Some(Within { origin, .. }) = within {
                        *key = Key {
                            place: origin.place,
                            expanded: Some(Arc::clone(&origin.within)),
                            text: std::mem::take(&mut key.text),
                        };
                    }
                    self.node(node, &join(path, &key.text), depth, within);
                }
            }
            Value::Null | Value::Reference => {}
        }
    }

    /// Expands a scalar that has a reference in it.
    fn scalar(&mut self, node: &mut Node, text: String, path: &str, depth: usize, within: Option<Within<'_>>) {
        let own;
        let origin = match within {
            Some(Within { origin, .. }) => origin,
            None => {
                own = Origin::of(node, &text);
                &own
            }
        };
        match self.resolve(text, path, depth, origin, within) {
            Ok((value, text)) => {
                let text_or_nothing = text.as_deref().unwrap_or_default();
                self.report.withhold(node.place, &origin.written, text_or_nothing, Reach::Anywhere);
                node.value = value;
                node.expanded = Some(Arc::new(Expanded { written: Arc::clone(&origin.written), text }));
            }
            Err(Fault { place, message, help }) => {
                self.report.error(place, path, message, help);
                node.value = Value::Reference;
            }
        }
    }

    /// What a scalar stands for: as a value, and as text.
    fn resolve(
        &mut self,
        mut text: String,
        path: &str,
        depth: usize,
        origin: &Origin,
        within: Option<Within<'_>>,
    ) -> Result<(Value, Option<String>), Fault> {
        for _ in 0..STEPS {
            let Some(found) = reference::find(&text) else {
                unescape(&mut text);
                return Ok((Value::Quoted(text.clone()), Some(text)));
            };
            let reference = &text[found.clone()];
            let mut above = within.as_ref();
            while let Some(Within { reference: known, above: next, .. }) = above {
                if *known == reference {
                    return Err(origin.endless(reference));
                }
                above = *next;
            }
            let found_value = self.look_up(reference, origin)?;
            if let Found::Nothing = found_value {
                self.warn_of_unset(reference, path, origin);
            }
            // A default of nothing is a text; a value of nothing is nothing.
            let is_empty_default = matches!(&found_value, Found::Default(text) if text.is_empty());
            let replacement = found_value.into_text();
            self.charge(reference, text.len() + replacement.len(), origin)?;
            if found.len() < text.len() {
                self.report.withhold(origin.place, &origin.written, &replacement, Reach::Anywhere);
                text.replace_range(found, &replacement);
                continue;
            }
            let bounds = Bounds { depth: depth + 1, nodes: self.nodes };
            let too_much = |message| origin.fault(reference, |shown| format!("what {shown} stands for: {message}"), "");
            let value = yaml::value(&replacement, bounds).map_err(too_much)?;
            if matches!(value, Value::Quoted(_)) || is_empty_default {
                text = replacement;
                continue;
            }
            if within.is_none() {
                self.report.withhold_keys(origin.place, path);
            }
            let mut node = Node { place: origin.place, extent: origin.extent, value, expanded: None };
            self.nodes = self.nodes.saturating_sub(node.measure().nodes);
            let inner = Within { origin, reference, above: within.as_ref() };
            self.node(&mut node, path, depth + 1, Some(inner));
            // As text it has its references replaced as well.
            let text = self.inline(replacement, origin);
            return Ok((node.value, text));
        }
        Err(origin.endless(&text))
    }

    /// A text with all references replaced by text; none if one cannot be. Nothing is said of any: what stands within the
    /// value has been spoken of, and all others stand in comments.
    fn inline(&mut self, mut text: String, origin: &Origin) -> Option<String> {
        for _ in 0..STEPS {
            let Some(found) = reference::find(&text) else {
                unescape(&mut text);
                return Some(text);
            };
            let reference = &text[found.clone()];
            let replacement = self.look_up(reference, origin).ok()?.into_text();
            self.charge(reference, text.len() + replacement.len(), origin).ok()?;
            text.replace_range(found, &replacement);
        }
        None
    }

    fn charge(&mut self, reference: &str, bytes: usize, origin: &Origin) -> Result<(), Fault> {
        let left = self.bytes.checked_sub(bytes).ok_or_else(|| {
            let message = |shown: &str| format!("with {shown} all references make more than {EXPANDED_BYTES} bytes");
            origin.fault(reference, message, "this is no configuration")
        })?;
        self.bytes = left;
        Ok(())
    }

    /// What a reference stands for.
    fn look_up(&mut self, reference: &str, origin: &Origin) -> Result<Found, Fault> {
        self.look_ups = self.look_ups.checked_sub(1).ok_or_else(|| {
            let message = |_: &str| format!("more than {LOOK_UPS} references in all");
            origin.fault(reference, message, "this is no configuration")
        })?;
        match reference::target(reference).map_err(|malformed| origin.malformed(reference, malformed))? {
            Target::Yaml(text) => Ok(Found::Value(text.to_owned())),
            Target::File(file) => self.lookup.file(file, self.bytes).map(Found::Value).map_err(|error| {
                let message = |shown: &str| format!("cannot read the file of {shown}: {error}");
                origin.fault(reference, message, "")
            }),
            Target::Variable { name, default } => Ok(match (self.lookup.variable(name), default) {
                (Some(value), _) => Found::Value(value),
                (None, Some(default)) => Found::Default(default.to_owned()),
                (None, None) => Found::Nothing,
            }),
        }
    }

    fn warn_of_unset(&mut self, reference: &str, path: &str, origin: &Origin) {
        let name = reference.trim_start_matches("${").trim_start_matches("env:").trim_end_matches('}');
        let name = if origin.shows(reference) { name } else { "NAME" };
        let help = format!("set it, or write ${{env:{name}:-value}} with a value for when it is not");
        let message = |shown: &str| format!("{shown} is not set; nothing stands here");
        let Fault { place, message, help } = origin.fault(reference, message, &help);
        self.report.warning(place, path, message, help);
    }
}

impl Origin {
    fn of(node: &Node, text: &str) -> Self {
        let above = node.expanded.as_ref().map(|expanded| Arc::clone(&expanded.written));
        let shown = above.is_none().then(|| text.to_owned());
        let written = above.unwrap_or_else(|| text.into());
        Self {
            place: node.place,
            extent: node.extent,
            text: shown,
            within: Arc::new(Expanded { written: Arc::clone(&written), text: None }),
            written,
        }
    }

    /// Whether a reference stands in the source, and so may be shown: others are made of what was looked up.
    fn shows(&self, reference: &str) -> bool {
        self.text.as_ref().is_some_and(|text| text.contains(reference))
    }

    fn fault(&self, reference: &str, message: impl FnOnce(&str) -> String, help: &str) -> Fault {
        let (place, shown) = match &self.text {
            Some(text) if text.contains(reference) => (place_of(reference, text, self.extent), reference.to_owned()),
            _ => (self.place, format!("a reference that {} leads to", self.within.shown())),
        };
        Fault { place, message: message(&shown), help: help.to_owned() }
    }

    fn endless(&self, reference: &str) -> Fault {
        let message = |shown: &str| format!("too many recursive expansions: {shown} leads to itself, or too far");
        self.fault(reference, message, "look at what the variables and files that it names refer to")
    }

    fn malformed(&self, reference: &str, malformed: Malformed<'_>) -> Fault {
        const KNOWN: [&str; 3] = ["env", "file", "yaml"];
        const FORMS: &str = "write ${env:NAME}, ${env:NAME:-default}, ${file:PATH} or ${yaml:TEXT}; $${ is the text ${";
        if !self.shows(reference) {
            return self.fault(reference, |shown| format!("{shown} is malformed"), FORMS);
        }
        let rest = reference.trim_start_matches("${").trim_end_matches('}');
        match malformed {
            Malformed::Scheme(scheme) => {
                let value = rest.get(scheme.len() + 1..).unwrap_or_default();
                let help = match nearest(scheme, &KNOWN) {
                    _ if value.starts_with('-') => format!("write ${{env:{rest}}} for a variable with a default"),
                    Some(near) => format!("did you mean ${{{near}:{value}}}?"),
                    None => FORMS.to_owned(),
                };
                self.fault(reference, |shown| format!("{shown} has an unknown scheme, {scheme:?}"), &help)
            }
            Malformed::Name(name) => {
                let help = match name.split_once([':', '-']) {
                    Some((name, default)) if reference::is_name(name) => {
                        format!("write ${{env:{name}:-{}}} for a default", default.trim_start_matches(['-', '=']))
                    }
                    _ => "a name has letters, digits and _, and no digit in front".to_owned(),
                };
                let message = |_: &str| format!("environment variable {name:?} has invalid name");
                self.fault(reference, message, &help)
            }
            Malformed::Dollar => {
                self.fault(reference, |shown| format!("{shown} has a $ that begins no reference"), FORMS)
            }
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// What is left of escapes, when all references have been replaced.
fn unescape(text: &mut String) {
    if text.contains("$$") {
        *text = text.replace("$$", "$");
    }
}
