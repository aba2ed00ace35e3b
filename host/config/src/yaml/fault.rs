//! What ends the reading of a text, in words that say what to do.

use crate::place::{Place, Source};
use saphyr_parser::ScanError;

use super::DEPTH;

/// What ends the reading.
pub(super) struct Fault {
    pub place: Place,
    pub kind: FaultKind,
    pub message: String,
    pub help: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// It is no YAML.
    Syntax,
    /// It is YAML that no configuration can have.
    Value,
    /// It is too much.
    Bound,
    /// It is too deep.
    Depth,
}

impl Fault {
    /// YAML that no configuration can have.
    pub(super) fn new(place: Place, message: impl Into<String>, help: &'static str) -> Self {
        Self { place, kind: FaultKind::Value, message: message.into(), help }
    }

    /// More than a bound allows.
    pub(super) fn too_much(place: Place, message: impl Into<String>, help: &'static str) -> Self {
        Self { kind: FaultKind::Bound, ..Self::new(place, message, help) }
    }

    /// Deeper than [`DEPTH`].
    pub(super) fn too_deep(place: Place) -> Self {
        let message = format!("nested more than {DEPTH} levels deep");
        let help = "no component has settings as deep as this";
        Self { kind: FaultKind::Depth, ..Self::new(place, message, help) }
    }

    /// Says more about it than the parser can: it knows no text.
    pub(super) fn look_at(&mut self, text: &str) {
        let lines = text.lines().count().max(1);
        let line = self.place.line.checked_sub(1).and_then(|line| text.lines().nth(line)).unwrap_or_default();
        if self.place.line > lines {
            let column = text.lines().last().unwrap_or_default().trim_end().chars().count() + 1;
            self.place = Place { line: lines, column, ..self.place };
            self.message = "not valid YAML: the text ends where something is still open".into();
            self.help = "end each bracket, brace and quote, and write a value behind each key";
        } else if self.kind == FaultKind::Syntax && line.contains("${") && self.message.contains("brace") {
            // Braces mean something within braces, even those of a reference.
            self.help = "a ${...} within brackets or braces needs quotes";
        }
    }

    /// What an error of the parser means.
    pub(super) fn syntax(error: &ScanError, source: Source) -> Self {
        let marker = error.marker();
        let place = Place { source, line: marker.line(), column: marker.col() + 1 };
        let (message, help) = match error.info() {
            "recursion limit exceeded" => return Self::too_deep(place),
            info if info.split(' ').any(|word| matches!(word, "tab" | "tabs")) => {
                // The parser stands behind it.
                let place = Place { column: marker.col().max(1), ..place };
                let help = "indent with spaces; YAML takes no tabs";
                let message = "not valid YAML: a tab in the indentation";
                return Self { kind: FaultKind::Syntax, ..Self::new(place, message, help) };
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
            other => {
                let message = format!("not valid YAML: {other}");
                return Self { kind: FaultKind::Syntax, ..Self::new(place, message, "") };
            }
        };
        Self { kind: FaultKind::Syntax, ..Self::new(place, format!("not valid YAML: {message}"), help) }
    }
}
