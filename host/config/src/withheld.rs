//! What references stand for, which may be secret: no message shows it, whoever wrote the message.
//!
//! Whoever reads a value asks [`super::node::Node::shown`] for what to say of it. This is the net below: texts that were
//! looked up are found in messages, and what was written takes their place.

use super::place::Place;
use super::quote::QUOTED;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A looked-up text of so many bytes is not shown at any place; a shorter one, which may be a number or a word that
/// everybody uses, at its own place only. A secret is longer than this.
const SECRET: usize = 8;

/// What must not be shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Withheld {
    /// Looked-up texts that belong to a place.
    here: BTreeMap<Place, Texts>,
    /// Those of any place.
    anywhere: Texts,
    /// The paths of lists and maps that were looked up, by place.
    paths: BTreeMap<Place, BTreeSet<String>>,
}

/// Looked-up texts, and what is written where they were looked up.
#[derive(Debug, Clone, Default)]
struct Texts {
    short: BTreeMap<String, Arc<str>>,
    /// By how they begin.
    long: BTreeMap<[u8; SECRET], BTreeMap<String, Arc<str>>>,
}

/// Where a text must not appear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// In what is said of its own place.
    Place,
    /// Anywhere, if it is long enough.
    Anywhere,
}

impl Withheld {
    /// Notes that `text` was looked up for what is `written` at `place`.
    pub fn add(&mut self, place: Place, written: &Arc<str>, text: &str, reach: Reach) {
        let quoted = format!("{text:?}");
        let whole: [String; 2] = [text.to_owned(), quoted[1..quoted.len() - 1].to_owned()];
        // Long texts are cut before they are shown.
        let cut = whole.each_ref().map(|text| text.chars().take(QUOTED).collect::<String>());
        for text in whole.into_iter().chain(cut).filter(|text| !text.is_empty()) {
            let texts = match reach {
                Reach::Anywhere if text.len() >= SECRET => &mut self.anywhere,
                _ => self.here.entry(place).or_default(),
            };
            let same = match text.as_bytes().first_chunk::<SECRET>() {
                Some(start) => texts.long.entry(*start).or_default(),
                None => &mut texts.short,
            };
            same.entry(text).or_insert_with(|| Arc::clone(written));
        }
    }

    /// Notes that the keys below `path` were looked up.
    pub fn add_path(&mut self, place: Place, path: &str) {
        self.paths.entry(place).or_default().insert(path.to_owned());
    }

    /// The part of a path that is written in a source.
    pub fn path<'a>(&self, place: Place, path: &'a str) -> &'a str {
        let looked_up = self.paths.get(&place).into_iter().flatten();
        let above = looked_up.filter(|above| path.strip_prefix(*above).is_some_and(|rest| rest.starts_with('.')));
        above.map(String::len).min().map_or(path, |length| &path[..length])
    }

    /// A message without what was looked up.
    pub fn mask(&self, place: Place, message: String) -> String {
        let nothing = Texts::default();
        let here = self.here.get(&place).unwrap_or(&nothing);
        if here.is_empty() && self.anywhere.is_empty() {
            return message;
        }
        let mut masked = String::with_capacity(message.len());
        let mut rest = message.as_str();
        while let Some(next) = rest.chars().next() {
            let before = masked.chars().next_back();
            let found =
                self.anywhere.long(rest).or_else(|| here.long(rest)).or_else(|| here.short(rest, before, &message));
            let length = match found {
                Some((length, written)) => {
                    masked.push_str(written);
                    length
                }
                None => {
                    masked.push(next);
                    next.len_utf8()
                }
            };
            rest = &rest[length..];
        }
        masked
    }
}

impl Texts {
    fn is_empty(&self) -> bool {
        self.short.is_empty() && self.long.is_empty()
    }

    /// The longest of the long texts that `rest` begins with: its length, and what was written.
    fn long(&self, rest: &str) -> Option<(usize, &str)> {
        let texts = self.long.get(rest.as_bytes().first_chunk()?)?;
        let found = texts.iter().filter(|(text, _)| rest.starts_with(text.as_str()));
        found.map(|(text, written)| (text.len(), &**written)).max()
    }

    /// The longest of the short texts that `rest` begins with, as words of their own. A `message` that shows what was
    /// written shows nothing else.
    fn short(&self, rest: &str, before: Option<char>, message: &str) -> Option<(usize, &str)> {
        let is_word = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
        if is_word(before) && is_word(rest.chars().next()) {
            return None;
        }
        (1..SECRET).rev().find_map(|length| {
            let (text, behind) = rest.split_at_checked(length)?;
            let written = self.short.get(text)?;
            let splits = is_word(text.chars().next_back()) && is_word(behind.chars().next());
            (!splits && !message.contains(&**written)).then_some((length, &**written))
        })
    }
}
