//! `env`: attributes from `OTEL_RESOURCE_ATTRIBUTES`, as the Collector reads it: `key=value,key=value`, the values escaped as
//! in a query of a URL.

use component::variables::Variables;
use config::quote::shown;
use regex_lite::Regex;

use super::attributes::Attributes;
use super::failure::Failure;

/// Its name in a configuration.
pub const NAME: &str = "env";

/// The variable, and the name that it had before.
const VARIABLES: [&str; 2] = ["OTEL_RESOURCE_ATTRIBUTES", "OTEL_RESOURCE"];

/// Characters of a key, and of a value before it is unescaped: the Collector's bounds.
const KEY: usize = 256;
const VALUE: usize = 256;

/// Which attributes are taken, by patterns of keys in which `*` is any text and `?` any character.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Only keys that match one of these; all if there are none.
    pub included: Vec<String>,
    /// No key that matches one of these.
    pub excluded: Vec<String>,
}

/// Reads the variables.
///
/// # Errors
/// If one is set and malformed.
pub fn detect(settings: &Settings, variables: &Variables) -> Result<Attributes, Failure> {
    let set = |name: &'static str| {
        let text = variables.get(name)?.trim().to_owned();
        (!text.is_empty()).then_some((name, text))
    };
    let Some((name, text)) = VARIABLES.into_iter().find_map(set) else { return Ok(Attributes::default()) };
    let mut found = read(&text).map_err(|message| {
        let help = "write key=value, separated by commas; in values, write %2C for a comma and %20 for a blank";
        Failure::lasting(format!("invalid resource format in {name}: {message}"), help)
    })?;
    let [included, excluded] = [&settings.included, &settings.excluded].map(|globs| patterns(globs));
    let matches = |patterns: &[Regex], key: &str| patterns.iter().any(|pattern| pattern.is_match(key));
    found.retain(|key| (included.is_empty() || matches(&included, key)) && !matches(&excluded, key));
    Ok(found)
}

fn patterns(globs: &[String]) -> Vec<Regex> {
    let pattern = |glob: &String| {
        let escaped = regex_lite::escape(glob).replace("\\*", ".*").replace("\\?", ".");
        Regex::new(&format!("^(?s:{escaped})$")).ok()
    };
    globs.iter().filter_map(pattern).collect()
}

/// The attributes that a text lists; the last of a key counts.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: &str) -> Result<Attributes, String> {
    let mut attributes = Attributes::default();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').ok_or_else(|| format!("{} has no =", shown(part)))?;
        let (key, value) = (key.trim(), value.trim());
        if !part.is_ascii() {
            return Err(format!("{} has characters other than ASCII", shown(part)));
        }
        if key.is_empty() || key.len() > KEY {
            return Err(format!("the key of {} must have 1 to {KEY} characters", shown(part)));
        }
        if value.len() > VALUE {
            return Err(format!("the value of {} must have at most {VALUE} characters", shown(key)));
        }
        attributes.set(key, unescape(value).ok_or_else(|| format!("{} is escaped wrongly", shown(part)))?);
    }
    Ok(attributes)
}

/// A text without the escapes of a URL's query. None if they are wrong, or stand for what is no text.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
