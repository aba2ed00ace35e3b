//! Ids of components, `type` or `type/name`, where the types are those of the registry.

use crate::registry::REGISTRY;
use component::row::{Row, Section};
use config::guess::nearest;
use config::quote::shown;

/// The name of a component has at most so many characters: the Collector's bound.
const NAME: usize = 1_024;

/// The row of `section` whose type is in `id`, and the name behind it, if any.
///
/// # Errors
/// What is wrong with the id, and what would help.
pub fn parse(section: Section, id: &str) -> Result<(Row, &str), (String, String)> {
    let (word, name) = split(id)?;
    let rows = || REGISTRY.iter().copied().filter(move |row| row.section() == section);
    if let Some(row) = rows().find(|row| row.names().contains(&word)) {
        return Ok((row, name));
    }
    let message = format!("this build has no {} of type {}", section.noun(), shown(word));
    let words: Vec<&str> = rows().flat_map(Row::names).copied().collect();
    let help = match nearest(word, &words) {
        Some(near) => format!("did you mean {near}?"),
        None => match REGISTRY.iter().find(|row| row.names().contains(&word)) {
            Some(other) => {
                let (noun, place) = (other.section().noun(), other.section().key());
                let here = section.key();
                format!("the {noun} of that type stands in the section {place}; {here} are {}", words.join(", "))
            }
            None => format!("remove it here and from the pipelines; there are {}", words.join(", ")),
        },
    };
    Err((message, help))
}

/// Whether two ids mean the same component, in other words.
pub fn is_same(section: Section, one: &str, two: &str) -> bool {
    match (parse(section, one), parse(section, two)) {
        (Ok((one, name)), Ok((two, other))) => one.names() == two.names() && name == other,
        _ => false,
    }
}

/// The two parts of an id; the second may be missing.
///
/// # Errors
/// What is wrong with the second, and what would help.
pub fn split(id: &str) -> Result<(&str, &str), (String, String)> {
    let Some((word, name)) = id.split_once('/') else { return Ok((id.trim(), "")) };
    let (word, name) = (word.trim(), name.trim());
    let help = format!("write {word}, or {word}/ and a name of letters and digits");
    if name.is_empty() {
        return Err(("nothing stands behind the /".into(), help));
    }
    let is_odd = |character: char| character.is_whitespace() || character.is_control();
    if name.contains(is_odd) || name.chars().nth(NAME).is_some() {
        return Err((format!("the name behind the / is too long or has a blank in it: {}", shown(name)), help));
    }
    Ok((word, name))
}
