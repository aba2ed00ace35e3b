//! From the tree to YAML: values of which each fits into a line.

use crate::node::{Node, Value};
use crate::number::is_typed;

/// A value on one line, so that it is read as the same.
#[must_use]
pub fn flow(node: &Node) -> String {
    match &node.value {
        Value::Null | Value::Reference => "null".into(),
        Value::Plain(text) => scalar(text, false),
        Value::Quoted(text) => scalar(text, true),
        Value::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, node)| format!("{}: {}", word(&key.text), flow(node)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A scalar, which is a text whatever it looks like if it was quoted. A dollar is doubled, as it is halved when it is read.
#[must_use]
pub fn scalar(text: &str, is_quoted: bool) -> String {
    let text = text.replace('$', "$$");
    let is_other = is_typed(&text) || matches!(text.to_lowercase().as_str(), "true" | "false");
    if is_plain(&text) && !(is_quoted && is_other) { text } else { quoted(&text) }
}

/// A key.
#[must_use]
pub fn word(key: &str) -> String {
    if is_plain(key) && !is_typed(key) { key.to_owned() } else { quoted(key) }
}

/// Whether a text means itself without quotes, wherever it stands: less than what YAML allows.
fn is_plain(text: &str) -> bool {
    let is_safe = |character: char| character.is_ascii_alphanumeric() || "_./:+-*".contains(character);
    let is_start = |first: char| first.is_ascii_alphanumeric() || "_./".contains(first);
    let unsigned = text.strip_prefix(['-', '+']).filter(|_| is_typed(text)).unwrap_or(text);
    unsigned.starts_with(is_start)
        && text.chars().all(is_safe)
        && !text.ends_with(':')
        && !matches!(text.to_lowercase().as_str(), "null" | "yes" | "no" | "on" | "off" | "y" | "n")
        && !text.starts_with("..")
}

/// A text in double quotes. What JSON writes is YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
