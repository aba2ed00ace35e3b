//! `${...}` and `$$` in values, as the Collector reads them. This version looks nothing up: a reference is an error, so
//! that no component ever takes one for a value.

use super::node::{Node, Value};
use super::report::Report;
use super::scalar::shown;

/// Turns `$$` into `$`, and every value that refers to something into [`Value::Reference`].
pub fn expand(node: &mut Node, path: &str, report: &mut Report) {
    let place = node.place;
    match &mut node.value {
        Value::Plain(text) | Value::Quoted(text) => {
            if let Some(reference) = reference(text) {
                let message = format!("this version does not replace {}", shown(reference).trim_matches('"'));
                let help = "write the value itself, or let a tool that fills in templates write the file";
                report.error(place, path, message, help);
                node.value = Value::Reference;
            } else if text.contains("$$") {
                *text = text.replace("$$", "$");
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                expand(item, &join(path, &index.to_string()), report);
            }
        }
        Value::Map(entries) => {
            for (key, node) in entries {
                expand(node, &join(path, &key.text), report);
            }
        }
        Value::Null | Value::Reference => {}
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The first reference of a text. One behind an odd number of `$` is escaped, and one that does not end is text.
fn reference(text: &str) -> Option<&str> {
    text.match_indices("${").find_map(|(start, _)| {
        let escapes = text[..start].chars().rev().take_while(|before| *before == '$').count();
        let length = text[start..].find('}')? + 1;
        (escapes % 2 == 0).then(|| &text[start..start + length])
    })
}
