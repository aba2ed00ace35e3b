//! Patterns as written: one text, or a list of several.

use super::entry::{Entry, Problems};
use crate::pattern::{Pattern, Patterns};

/// Patterns for names. None is empty: that would match nothing, which nobody means.
pub(super) fn names(entry: &Entry, problems: &mut Problems) -> Patterns {
    read(entry, Entry::name, problems)
}

/// Patterns for values, which may be empty.
pub(super) fn values(entry: &Entry, problems: &mut Problems) -> Patterns {
    read(entry, Entry::text, problems)
}

fn read<'a>(
    entry: &Entry<'a>,
    text: fn(&Entry<'a>, &mut Problems) -> Option<&'a str>,
    problems: &mut Problems,
) -> Patterns {
    let written = entry.one_or_several();
    if written.is_empty() {
        problems.add(&entry.path, "write at least one pattern");
    }
    let pattern = |entry: &Entry<'a>| {
        let pattern = Pattern::parse(text(entry, problems)?);
        pattern.map_err(|message| problems.add(&entry.path, message)).ok()
    };
    Patterns(written.iter().filter_map(pattern).collect())
}
