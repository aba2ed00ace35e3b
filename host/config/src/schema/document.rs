//! The reference of a block, in Markdown: a table of its keys, and one of each block within.

use std::fmt::Write as _;

use super::{Key, Preset, Schema, Shape, Status};

/// From here on a bound of whole numbers only catches slips of the finger, and is not told.
const FAR: u64 = 1 << 31;

/// The reference of the block that `title` names, and of all blocks within, each below a heading of that level.
#[must_use]
pub fn reference(title: &str, level: usize, schema: &Schema) -> String {
    let mut page = String::new();
    describe(title, "", level, schema, &mut page);
    page
}

/// Writing to a string cannot fail; so nobody looks at what it returns.
fn describe(title: &str, path: &str, level: usize, schema: &Schema, page: &mut String) {
    let about = prose(schema.about);
    if path.is_empty() {
        let _ = writeln!(page, "{} {title}\n\n{about}", "#".repeat(level));
    } else {
        let _ = writeln!(page, "\n{} {}\n\n{about}", "#".repeat(level + 1), heading(title, path));
    }
    let read: Vec<&Key> = schema.keys.iter().filter(|key| key.status == Status::Read).collect();
    if !read.is_empty() {
        page.push_str("\n| key | value | default | meaning |\n|---|---|---|---|\n");
    }
    for key in read {
        let old: String = key.old.iter().map(|old| format!(" Its old name is `{old}`.")).collect();
        let (name, about, default) = (key.name, prose(key.about), default(&key.preset));
        let shape = shape(&key.shape, title, &join(path, name));
        let _ = writeln!(page, "| `{name}` | {shape} | {default} | {about}{old} |");
    }
    if let Some(others) = schema.others {
        let _ = writeln!(page, "\n{others}");
    }
    remarks(schema, page);
    for key in &schema.keys {
        if let Some((inner, path)) = block(&key.shape, &join(path, key.name)) {
            describe(title, &path, level, inner, page);
        }
    }
}

/// Keys that do nothing, or must not stand there, together with those of which the same is said.
fn remarks(schema: &Schema, page: &mut String) {
    let mut said: Vec<&Key> = schema.keys.iter().filter(|key| key.status != Status::Read).collect();
    said.sort_by_key(|key| key.status);
    let groups = said.chunk_by(|one, other| one.status == other.status);
    for (index, group) in groups.enumerate() {
        let names: Vec<String> = group.iter().map(|key| named(key)).collect();
        let names = names.join(", ");
        if index == 0 {
            page.push('\n');
        }
        let _ = match group.first().map(|key| key.status) {
            Some(Status::NoEffect(why)) => writeln!(page, "- Without effect: {names}; {why}."),
            Some(Status::Off(help)) => writeln!(page, "- Only `false`: {names}; {help}."),
            Some(Status::Refused(help)) => writeln!(page, "- Refused: {names}; {help}."),
            Some(Status::Read) | None => Ok(()),
        };
    }
}

/// A key without effect, with the Collector's default.
fn named(key: &Key) -> String {
    match (&key.status, &key.preset) {
        (Status::NoEffect(_), Preset::Value(value)) if !value.is_empty() => format!("`{}` (`{value}`)", key.name),
        _ => format!("`{}`", key.name),
    }
}

/// The block in a value, and what leads there.
fn block<'a>(shape: &'a Shape, path: &str) -> Option<(&'a Schema, String)> {
    match shape {
        Shape::Block(schema) => Some((schema, path.to_owned())),
        Shape::List(items) => block(items, &format!("{path}[]")),
        _ => None,
    }
}

fn shape(shape: &Shape, title: &str, path: &str) -> String {
    match shape {
        Shape::Boolean => "`true` or `false`".into(),
        Shape::Integer(0, end) if *end >= FAR => "whole number".into(),
        Shape::Integer(start, end) if *end >= FAR => format!("whole number, at least {start}"),
        Shape::Integer(start, end) => format!("whole number, {start} to {end}"),
        Shape::Number(start, end) => format!("number, {start} to {end}"),
        Shape::Duration => "duration".into(),
        Shape::Text => "text".into(),
        Shape::Secret => "secret text".into(),
        Shape::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Shape::Listen => "address".into(),
        Shape::Url => "URL".into(),
        Shape::List(items) => match &**items {
            Shape::Block(_) => linked("list of blocks", title, &format!("{path}[]")),
            items => format!("list: {}", self::shape(items, title, path)),
        },
        Shape::Map(values) => format!("map: {}", self::shape(values, title, path)),
        Shape::Block(_) => linked("block", title, path),
        Shape::Free => "anything".into(),
    }
}

fn default(preset: &Preset) -> String {
    match preset {
        Preset::Value(value) if value.is_empty() => "`\"\"`".into(),
        Preset::Value(value) => format!("`{value}`"),
        Preset::Block => String::new(),
        Preset::Unset => "none".into(),
        Preset::Required => "required".into(),
    }
}

fn linked(word: &str, title: &str, path: &str) -> String {
    format!("[{word}](#{})", anchor(&heading(title, path)))
}

fn heading(title: &str, path: &str) -> String {
    format!("{title}: {path}")
}

/// Where a heading is, as Markdown on GitHub calls it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|character| character.is_alphanumeric() || "-_".contains(*character)).collect()
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The lines of a doc comment as one.
fn prose(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}
