//! Pages of documentation from the registry, so that they list what there is: all components (`docs/components.md`) and all
//! keys (`docs/configuration.md`).

use std::fmt::Write as _;

use crate::assembly::telemetry;
use crate::registry::REGISTRY;
use component::row::{Row, SECTIONS, Section};
use config::schema::{Declared as _, reference};

const HEAD: &str = "# Components

What a configuration may have in its sections. [configuration.md](configuration.md) says how a file is read, and lists all
keys.

| section | type | old name | what it does |
|---|---|---|---|
";

/// The page of all keys, in Markdown.
#[must_use]
pub fn configuration() -> String {
    let mut page = include_str!("documentation/configuration.md").to_owned();
    for section in SECTIONS {
        let _ = writeln!(page, "\n## {}", section.key());
        for row in REGISTRY.iter().filter(|row| row.section() == section) {
            let title = format!("{} {}", names(*row).0, section.noun());
            page += "\n";
            page += &reference(&title, 3, row.schema());
        }
    }
    page += "\n## service\n\n";
    page += &reference("service.telemetry", 3, telemetry::Keys::schema());
    page
}

/// The page of all components, in Markdown.
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
    if !row.schema().keys.is_empty() {
        let _ = writeln!(page, "\n[All keys](configuration.md#{}).", anchor(row));
    }
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
