//! `${...}` in a text: where one stands, and what it refers to.

use std::ops::Range;

/// The start of a reference.
const OPEN: &str = "${";

/// What a reference refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// An environment variable, and what stands for it where it is not set.
    Variable {
        /// Its name.
        name: &'a str,
        /// What stands behind `:-`.
        default: Option<&'a str>,
    },
    /// A file.
    File(&'a str),
    /// YAML, as it stands there.
    Yaml(&'a str),
}

/// Why a reference refers to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed<'a> {
    /// Nothing has this scheme.
    Scheme(&'a str),
    /// No variable has this name.
    Name(&'a str),
    /// A `$` that begins nothing.
    Dollar,
}

/// The first reference of a text that has no other one in it. One behind an odd number of `$` is escaped, and one that does
/// not end is text.
#[must_use]
pub fn find(text: &str) -> Option<Range<usize>> {
    let mut from = 0;
    while let Some(length) = text[from..].find('}') {
        let close = from + length;
        if let Some(open) = text[from..close].rfind(OPEN) {
            let before = &text[from..from + open];
            let dollars = before.len() - before.trim_end_matches('$').len();
            if dollars.is_multiple_of(2) {
                return Some(from + open..close + 1);
            }
        }
        from = close + 1;
    }
    None
}

/// What a reference as found by [`find`] refers to.
///
/// # Errors
/// See [`Malformed`].
pub fn target(reference: &str) -> Result<Target<'_>, Malformed<'_>> {
    let inner = reference.strip_prefix(OPEN).and_then(|inner| inner.strip_suffix('}')).unwrap_or(reference);
    let (scheme, value) = inner.split_once(':').unwrap_or(("env", inner));
    match scheme {
        "env" | "file" | "yaml" if value.contains('$') => Err(Malformed::Dollar),
        "env" => {
            let (name, default) = match value.split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (value, None),
            };
            if is_name(name) { Ok(Target::Variable { name, default }) } else { Err(Malformed::Name(name)) }
        }
        "file" => Ok(Target::File(value)),
        "yaml" => Ok(Target::Yaml(value)),
        _ => Err(Malformed::Scheme(scheme)),
    }
}

/// Whether a variable may have this name: letters, digits and `_`, with no digit in front.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    name.starts_with(|first: char| is_part(first) && !first.is_ascii_digit()) && name.chars().all(is_part)
}
