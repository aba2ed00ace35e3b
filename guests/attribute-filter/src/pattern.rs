//! How names and values are matched. Upper and lower case differ everywhere.

use std::str::Chars;

use bounded_regex::{Regex, check_length, compile};

/// One pattern, by the way in which it is written.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// Equal to this.
    Exact(String),
    /// The whole text, with `*` for any run of characters and `?` for any one character.
    Glob(String),
    /// `/…/`: found anywhere in the text, unless it is anchored.
    Regex(Regex),
}

impl Pattern {
    /// Reads a pattern; the error says in one line what would be right.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        check_length(text)?;
        if let Some(regex) = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            return parse_regex(regex);
        }
        let text = text.to_owned();
        Ok(if text.contains(['*', '?']) { Self::Glob(text) } else { Self::Exact(text) })
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == text,
            Self::Glob(glob) => glob_matches(glob.chars(), text.chars()),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

fn parse_regex(regex: &str) -> Result<Pattern, String> {
    if regex.is_empty() {
        return Err("write a regex between the slashes, or * for everything".into());
    }
    compile(regex).map(Pattern::Regex).map_err(|error| format!("expected a valid regex between the slashes: {error}"))
}

fn glob_matches(mut glob: Chars, mut text: Chars) -> bool {
    // What follows the last `*`, and the text that this `*` has not taken yet.
    let mut retry: Option<(Chars, Chars)> = None;
    loop {
        let fits = match glob.next() {
            Some('*') => {
                retry = Some((glob.clone(), text.clone()));
                true
            }
            Some(wanted) => text.next().is_some_and(|found| wanted == '?' || wanted == found),
            None if text.as_str().is_empty() => return true,
            None => false,
        };
        if fits {
            continue;
        }
        // It does not fit here: the last `*` takes one character more.
        let Some((after, left)) = &mut retry else { return false };
        if left.next().is_none() {
            return false;
        }
        (glob, text) = (after.clone(), left.clone());
    }
}

/// Several patterns, one of which is enough.
#[derive(Debug)]
pub(crate) struct Patterns(pub(crate) Vec<Pattern>);

impl Patterns {
    pub(crate) fn match_any(&self, text: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(text))
    }
}
