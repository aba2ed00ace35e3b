//! Several configurations become one: maps are merged at every depth, and all else is replaced by what comes later.

use std::collections::HashMap;

use crate::node::{Key, Node, Value};
use crate::place::Extent;
use crate::report::Report;
use crate::yaml::DEPTH;

/// Stands between the keys of a path that is written as one key.
const SEPARATOR: &str = "::";

/// Merges `over` into `under`.
pub fn merge(under: &mut Node, over: Node) {
    match (&mut under.value, over) {
        (Value::Map(known), Node { value: Value::Map(entries), .. }) => merge_entries(known, entries),
        (_, over) => *under = over,
    }
}

fn merge_entries(known: &mut Vec<(Key, Node)>, entries: Vec<(Key, Node)>) {
    let mut indexes: HashMap<String, usize> =
        known.iter().enumerate().map(|(index, (key, _))| (key.text.clone(), index)).collect();
    for (key, node) in entries {
        match indexes.get(&key.text) {
            Some(&index) => {
                let (known_key, known_node) = &mut known[index];
                // What is replaced stands where its successor does.
                if !matches!((&known_node.value, &node.value), (Value::Map(_), Value::Map(_))) {
                    *known_key = key;
                }
                merge(known_node, node);
            }
            None => {
                indexes.insert(key.text.clone(), known.len());
                known.push((key, node));
            }
        }
    }
}

/// Makes maps of keys such as `processors::batch::timeout`, wherever they stand but in lists.
pub fn split_keys(node: &mut Node, report: &mut Report) {
    split(node, DEPTH, report);
}

/// `depth` more levels may come out of it.
fn split(node: &mut Node, depth: usize, report: &mut Report) {
    let Value::Map(entries) = &mut node.value else { return };
    if entries.iter().any(|(key, _)| key.text.contains(SEPARATOR)) {
        let mut all = Vec::new();
        for (key, node) in std::mem::take(entries) {
            let parts: Vec<&str> = key.text.split(SEPARATOR).collect();
            if parts.len() > depth {
                let message = format!("nested more than {DEPTH} levels deep");
                report.error(key.place, "", message, "no component has settings as deep as this");
                continue;
            }
            let parts = parts.into_iter().map(|part| Key { text: part.to_owned(), ..key.clone() }).collect();
            all.push(nested(parts, node));
        }
        merge_entries(entries, all);
    }
    for (_, node) in entries {
        split(node, depth.saturating_sub(1), report);
    }
}

/// One entry that leads over all of `keys` to `node`. There must be a key.
pub fn nested(mut keys: Vec<Key>, node: Node) -> (Key, Node) {
    let last = keys.pop().unwrap_or_else(|| Key::new(node.place, ""));
    let extent = Extent { from: last.place, to: node.extent.to };
    keys.into_iter().rev().fold((last, node), |entry, key| {
        let map = Node::new(Extent { from: entry.0.place, ..extent }, Value::Map(vec![entry]));
        let map = map.under(key.place);
        (key, map)
    })
}
