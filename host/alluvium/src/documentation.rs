//! The page of all components, `docs/components.md`: from the registry, so that it lists what there is.

use std::fmt::Write as _;

use crate::registry::REGISTRY;
use component::row::{Row, SECTIONS, Section};

const HEAD: &str = "# Components

What a configuration may have in its sections. [configuration.md](configuration.md) says how a file is read.

| section | type | old name | what it does |
|---|---|---|---|
";

/// The page, in Markdown.
#[must_use]
pub fn components() -> String {
    let mut page = HEAD.to_owned();
    for row in REGISTRY {
        let (name, old) = names(*row);
        let section = row.section().key();
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| {section} | [`{name}`](#{}) | {old} | {} |", anchor(*row), row.summary());
    }
    for section in SECTIONS {
        let _ = writeln!(page, "\n## {}", section.key());
        REGISTRY.iter().filter(|row| row.section() == section).for_each(|row| describe(*row, section, &mut page));
    }
    page
}

fn describe(row: Row, section: Section, page: &mut String) {
    let (name, old) = names(row);
    let _ = writeln!(page, "\n### {name} {}\n\n{}", section.noun(), row.summary());
    if !old.is_empty() {
        let _ = writeln!(page, "Its old name is {old}.");
    }
    let _ = writeln!(page, "\n```yaml\n{}:\n  {name}:", section.key());
    for line in row.example().lines() {
        let _ = writeln!(page, "    {line}");
    }
    page.push_str("```\n");
    if !row.page().is_empty() {
        let _ = writeln!(page, "\n{}", row.page().trim_end());
    }
}

/// The name of the type, and those that it had before.
fn names(row: Row) -> (&'static str, String) {
    let (name, old) = row.names().split_first().map_or(("", &[][..]), |(name, old)| (*name, old));
    let old: Vec<String> = old.iter().map(|old| format!("`{old}`")).collect();
    (name, old.join(", "))
}

/// Where the heading of a component is, as Markdown on GitHub calls it.
fn anchor(row: Row) -> String {
    format!("{}-{}", names(row).0, row.section().noun())
}
