//! Pipelines of signals that this host does not process, and what only they use.

use std::collections::{BTreeMap, BTreeSet};

use config::node::{Key, Node, Value};
use config::report::Report;

use super::id;

/// The signals of the Collector that are not metrics.
pub const OTHERS: [&str; 3] = ["logs", "traces", "profiles"];

/// The lists of a pipeline, and the sections whose ids they hold. A connector is a receiver of one pipeline and an exporter
/// of another.
const LISTS: [(&str, &[&str]); 3] = [
    ("receivers", &["receivers", "connectors"]),
    ("processors", &["processors"]),
    ("exporters", &["exporters", "connectors"]),
];

/// Components and pipelines that a note names.
const NAMED: usize = 20;

/// What to do with pipelines of other signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signals {
    /// They are errors: whoever runs a file wants all of it.
    Metrics,
    /// They are ignored.
    MetricsOnly,
}

/// What is not read.
#[derive(Debug, Default)]
pub struct LeftOut {
    /// By id: how messages show it.
    pipelines: BTreeMap<String, String>,
    /// By section and id: how messages show it.
    components: BTreeMap<(&'static str, String), String>,
    has_all_connectors: bool,
}

impl LeftOut {
    /// Finds what to leave out, and says so.
    pub fn find(root: &Node, signals: Signals, report: &mut Report) -> Self {
        let mut left_out = Self::default();
        if signals == Signals::Metrics {
            return left_out;
        }
        let (mut others, mut kept) = (BTreeSet::new(), BTreeSet::new());
        for (key, node) in entries(child(child(Some(root), "service"), "pipelines")) {
            let is_other = id::split(&key.text).is_ok_and(|(signal, _)| OTHERS.contains(&signal));
            let used = if is_other { &mut others } else { &mut kept };
            used.extend(uses(node));
            if is_other {
                left_out.pipelines.insert(key.text.clone(), shown(key));
            }
        }
        for section in ["receivers", "processors", "exporters", "connectors"] {
            for (key, _) in entries(child(Some(root), section)) {
                let component = (section, key.text.clone());
                if others.contains(&component) && !kept.contains(&component) {
                    left_out.components.insert(component, format!("{section}.{}", shown(key)));
                }
            }
        }
        let mut connectors = entries(child(Some(root), "connectors"));
        left_out.has_all_connectors = connectors.all(|(key, _)| left_out.has_component("connectors", &key.text));
        if !left_out.pipelines.is_empty() {
            report.note(left_out.line());
        }
        left_out
    }

    /// Whether the pipeline is ignored.
    pub fn has_pipeline(&self, id: &str) -> bool {
        self.pipelines.contains_key(id)
    }

    /// Whether only ignored pipelines use the component.
    pub fn has_component(&self, section: &'static str, id: &str) -> bool {
        self.components.contains_key(&(section, id.to_owned()))
    }

    /// Whether no other pipeline has to do with connectors.
    pub fn has_all_connectors(&self) -> bool {
        self.has_all_connectors
    }

    /// What is left out, in a line.
    fn line(&self) -> String {
        let pipelines: Vec<&str> = self.pipelines.values().map(String::as_str).collect();
        let components: Vec<&str> = self.components.values().map(String::as_str).collect();
        let mut line = format!("--metrics-only ignores the pipelines {}", listed(&pipelines));
        if !components.is_empty() {
            line += &format!(", and what only they use: {}", listed(&components));
        }
        line
    }
}

fn listed(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let shown = names[..names.len() - more].join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// What a pipeline lists: sections and ids.
fn uses(pipeline: &Node) -> impl Iterator<Item = (&'static str, String)> {
    LISTS.into_iter().flat_map(move |(list, sections)| {
        let items: &[Node] = match child(Some(pipeline), list).map(|node| &node.value) {
            Some(Value::List(items)) => items,
            _ => &[],
        };
        let ids = items.iter().filter_map(Node::text);
        ids.flat_map(move |id| sections.iter().map(move |section| (*section, id.to_owned())))
    })
}

fn child<'a>(node: Option<&'a Node>, key: &str) -> Option<&'a Node> {
    entries(node).find(|(known, _)| known.text == key).map(|(_, node)| node)
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = (&Key, &Node)> {
    let entries: &[(Key, Node)] = match node.map(|node| &node.value) {
        Some(Value::Map(entries)) => entries,
        _ => &[],
    };
    entries.iter().map(|(key, node)| (key, node))
}

fn shown(key: &Key) -> String {
    key.shown().trim_matches('"').to_owned()
}
