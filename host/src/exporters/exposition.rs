//! Prometheus' text format 0.0.4: what is scraped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::remote_write::label_set::{LabelSet, NAME};

/// The media type of a page.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Who asks for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visitor {
    /// Prometheus, or what scrapes as it does.
    Scraper,
    /// Anybody else: a person, a script.
    Person,
}

/// A page, family by family: all lines of a family must stand together.
#[derive(Debug, Default)]
pub struct Page {
    families: BTreeMap<String, Family>,
}

#[derive(Debug)]
struct Family {
    kind: &'static str,
    help: &'static str,
    lines: String,
}

impl Page {
    /// Adds lines that have been rendered to the family `name`.
    pub fn add_lines(&mut self, name: &str, kind: &'static str, lines: &str) {
        self.family(name, kind, "").lines.push_str(lines);
    }

    /// Adds one sample. `labels` are names and values, in the order in which they shall stand.
    pub fn add(&mut self, name: &str, kind: &'static str, help: &'static str, labels: &[(&str, &str)], value: f64) {
        let mut line = series(name, labels.iter().copied());
        // Writing to a string cannot fail.
        let _ = writeln!(line, " {}", number(value));
        self.family(name, kind, help).lines.push_str(&line);
    }

    fn family(&mut self, name: &str, kind: &'static str, help: &'static str) -> &mut Family {
        self.families.entry(name.to_owned()).or_insert_with(|| Family { kind, help, lines: String::new() })
    }

    /// The page's text.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        for (name, Family { kind, help, lines }) in &self.families {
            if !help.is_empty() {
                let _ = writeln!(text, "# HELP {name} {help}");
            }
            let _ = writeln!(text, "# TYPE {name} {kind}");
            text.push_str(lines);
        }
        text
    }
}

/// Name and labels of a series as they stand in front of its value.
#[must_use]
pub fn series<'a>(name: &str, labels: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = name.to_owned();
    let mut first = true;
    for (label, value) in labels {
        text.push(if std::mem::take(&mut first) { '{' } else { ',' });
        text.push_str(label);
        text.push_str("=\"");
        for character in value.chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                _ => text.push(character),
            }
        }
        text.push('"');
    }
    if !first {
        text.push('}');
    }
    text
}

/// The same for labels that hold the metric's name.
#[must_use]
pub fn labelled(labels: &LabelSet) -> String {
    let name = labels.get(NAME).unwrap_or_default();
    series(name, labels.iter().filter(|(label, _)| *label != NAME))
}

/// A number as Prometheus reads it.
#[must_use]
pub fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".into() } else { "-Inf".into() }
    } else {
        value.to_string()
    }
}
