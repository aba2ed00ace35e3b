//! Lists, and values by name.

use std::collections::BTreeMap;

use super::texts::{Text, text};
use crate::node::{Node, Value};
use crate::report::Report;
use crate::schema::kind::Kind;
use crate::schema::{Preset, Shape, Site};

/// Any number of values.
#[derive(Debug)]
pub struct List<K>(K);

/// Any number of values of one kind; none by default.
#[must_use]
pub fn list<K: Kind>(kind: K) -> List<K> {
    List(kind)
}

/// Any number of texts.
#[must_use]
pub fn texts() -> List<Text> {
    List(text(""))
}

impl<K: Kind> Kind for List<K> {
    type Value = Vec<K::Value>;

    fn shape(&self) -> Shape {
        Shape::List(Box::new(self.0.shape()))
    }

    fn preset(&self) -> Preset {
        Preset::Value("[]".into())
    }

    fn absent(&self) -> Self::Value {
        Vec::new()
    }

    fn read(&self, site: Site<'_>, report: &mut Report) -> Option<Self::Value> {
        let Site { node, path } = site;
        let separate;
        let items: &[Node] = match &node.value {
            Value::List(items) => items,
            Value::Null => &[],
            Value::Reference => return None,
            Value::Plain(written) | Value::Quoted(written) if matches!(self.0.shape(), Shape::Text) => {
                let text = node.text().unwrap_or(written);
                separate = split(node, text);
                let message = format!("a text where a list belongs; it is taken for {}", separate.len());
                let help = format!("write it as a list: [{}]", text.replace(',', ", "));
                report.warning(node.place, path, message + " separated by commas", help);
                &separate
            }
            other => {
                let help = "write [one, another], or each in a line of its own behind a dash";
                report.error(node.place, path, format!("expected a list, found {}", other.kind()), help);
                return None;
            }
        };
        let mut all = Some(Vec::new());
        for (index, node) in items.iter().enumerate() {
            let value = self.0.read(Site { node, path: &format!("{path}.{index}") }, report);
            all = all.zip(value).map(|(mut all, value)| {
                all.push(value);
                all
            });
        }
        all
    }
}

/// The parts of a text between commas. An empty text has none.
fn split(node: &Node, text: &str) -> Vec<Node> {
    let parts = text.split(',').filter(|_| !text.is_empty());
    let expanded = node.expanded.as_ref().map(|expanded| expanded.part());
    let part = |part: &str| Node {
        value: Value::Quoted(part.to_owned()),
        expanded: expanded.clone(),
        place: node.place,
        extent: node.extent,
    };
    parts.map(part).collect()
}

/// Values by name.
#[derive(Debug)]
pub struct Map<K>(K);

/// Values of one kind, by name; none by default.
#[must_use]
pub fn map<K: Kind>(kind: K) -> Map<K> {
    Map(kind)
}

impl<K: Kind> Kind for Map<K> {
    type Value = BTreeMap<String, K::Value>;

    fn shape(&self) -> Shape {
        Shape::Map(Box::new(self.0.shape()))
    }

    fn preset(&self) -> Preset {
        Preset::Value("{}".into())
    }

    fn absent(&self) -> Self::Value {
        BTreeMap::new()
    }

    fn read(&self, site: Site<'_>, report: &mut Report) -> Option<Self::Value> {
        let Site { node, path } = site;
        let entries = match &node.value {
            Value::Map(entries) => entries.as_slice(),
            Value::Null => &[],
            Value::Reference => return None,
            other => {
                if matches!(self.0.shape(), Shape::Secret) {
                    report.hide(node);
                }
                let message = format!("expected a map, found {}", other.kind());
                report.error(node.place, path, message, "write name: value, each in a line of its own");
                return None;
            }
        };
        let mut all = Some(BTreeMap::new());
        for (key, node) in entries {
            let value = self.0.read(Site { node, path: &format!("{path}.{}", key.text) }, report);
            all = all.zip(value).map(|(mut all, value)| {
                all.insert(key.text.clone(), value);
                all
            });
        }
        all
    }
}
