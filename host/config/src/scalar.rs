//! From the text of a scalar to a number, a duration, an address: what the Collector takes, and no more.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::Value as Json;

/// Characters of a value that a message quotes.
pub(super) const QUOTED: usize = 60;

/// A scalar as written.
#[derive(Debug, Clone, Copy)]
pub struct Scalar<'a> {
    /// Its text.
    pub text: &'a str,
    /// Whether it was quoted, and so is a text whatever it looks like.
    pub quoted: bool,
}

/// Why a scalar is not what it should be.
#[derive(Debug)]
pub struct Wrong {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// A duration, and whether it was a bare number.
#[derive(Debug)]
pub enum Span {
    /// A number and its unit.
    Written(Duration),
    /// A number alone, which is nanoseconds. Hardly anybody knows.
    Bare(Duration),
}

/// A value for a message: quoted unless it is a number, and cut to what a line holds.
#[must_use]
pub fn shown(text: &str) -> String {
    if text.chars().nth(QUOTED).is_none() {
        return if text.parse::<f64>().is_ok() { text.to_owned() } else { format!("{text:?}") };
    }
    let cut: String = text.chars().take(QUOTED).collect();
    format!("{cut:?}...")
}

fn wrong<T>(message: String, help: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { message, help: help.into() })
}

impl Scalar<'_> {
    /// `true` or `false`.
    pub fn boolean(self) -> Result<bool, Wrong> {
        let value = match self.text {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        };
        let message = format!("expected true or false, found {}", shown(self.text));
        match (value, self.text.to_lowercase().as_str()) {
            (Some(value), _) if !self.quoted => Ok(value),
            (Some(value), _) => wrong(message, format!("remove the quotes: {value}")),
            (None, "yes" | "on") => wrong(message, "write true"),
            (None, "no" | "off") => wrong(message, "write false"),
            (None, _) => wrong(message, "write true or false"),
        }
    }

    /// A whole number within `range`.
    pub fn whole(self, range: &RangeInclusive<u64>) -> Result<u64, Wrong> {
        let expected = match *range.end() {
            u64::MAX => format!("expected a whole number of at least {}", range.start()),
            end => format!("expected a whole number from {} to {end}", range.start()),
        };
        let message = format!("{expected}, found {}", shown(self.text));
        match whole(self.text) {
            Some(_) if self.quoted => {
                wrong(format!("expected a number, found the text {:?}", self.text), "remove the quotes")
            }
            Some(value) => match u64::try_from(value) {
                Ok(value) if range.contains(&value) => Ok(value),
                _ => wrong(message, ""),
            },
            None if self.text.starts_with(|first: char| first.is_ascii_digit()) => {
                wrong(message, "write it in plain digits, without a unit, a fraction or zeros in front")
            }
            None => wrong(message, "write a number"),
        }
    }

    /// A number within `range`.
    pub fn number(self, range: &RangeInclusive<f64>) -> Result<f64, Wrong> {
        let message =
            format!("expected a number from {} to {}, found {}", range.start(), range.end(), shown(self.text));
        match self.text.parse() {
            Ok(number) if range.contains(&number) && self.quoted => wrong(message, "remove the quotes"),
            Ok(number) if range.contains(&number) => Ok(number),
            _ => wrong(message, ""),
        }
    }

    /// A duration in the form of Go, such as `1h30m`.
    pub fn duration(self) -> Result<Span, Wrong> {
        let Self { text, quoted } = self;
        if let Some(nanoseconds) = whole(text).filter(|number| *number != 0) {
            return match u64::try_from(nanoseconds) {
                Ok(_) if quoted => wrong(format!("{text:?} has no unit"), format!("write {text}s for seconds")),
                Ok(nanoseconds) if nanoseconds <= i64::MAX as u64 => Ok(Span::Bare(Duration::from_nanos(nanoseconds))),
                Ok(_) => too_long(text),
                Err(_) => negative(text),
            };
        }
        match go_duration(text) {
            Some(duration) if duration.as_nanos() <= i64::MAX as u128 => Ok(Span::Written(duration)),
            Some(_) => too_long(text),
            None if text.strip_prefix('-').and_then(go_duration).is_some() => negative(text),
            None => wrong(format!("{} is no duration", shown(text)), duration_help(text)),
        }
    }

    /// The scalar as JSON has it: a guest reads its own settings.
    #[must_use]
    pub fn json(self) -> Json {
        if self.quoted {
            return Json::String(self.text.to_owned());
        }
        match serde_json::from_str(self.text) {
            Ok(typed @ (Json::Number(_) | Json::Bool(_))) => typed,
            _ => Json::String(self.text.to_owned()),
        }
    }
}

/// A whole number as YAML writes it: `512`, `1_000`, `0x200`. Zeros in front would make it octal for some, so they are
/// nothing here.
fn whole(text: &str) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (base, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|first: char| first.is_digit(base))
        || (base == 10 && digits.len() > 1 && digits.starts_with('0'))
    {
        return None;
    }
    i128::from_str_radix(&digits.replace('_', ""), base).ok().map(|value| sign * value)
}

fn go_duration(text: &str) -> Option<Duration> {
    // Go takes no blanks, no number with two points, and either of the two letters that look like the Greek one.
    let points = text.split(char::is_alphabetic).map(|number| number.matches('.').count()).max();
    if text.contains(char::is_whitespace) || points > Some(1) {
        return None;
    }
    collector_duration::parse(&text.replace('\u{3bc}', "\u{b5}"))
}

fn too_long<T>(text: &str) -> Result<T, Wrong> {
    wrong(format!("{} is longer than 292 years, the longest duration", shown(text)), "")
}

fn negative<T>(text: &str) -> Result<T, Wrong> {
    wrong(format!("must not be negative: {}", shown(text)), "")
}

fn duration_help(text: &str) -> String {
    const FORM: &str = "a number and a unit of ns, us, ms, s, m or h, such as 500ms, 10s or 1h30m";
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
    match days {
        Some(days) => format!("there is no unit for days; write {}h", u64::from(days) * 24),
        None => FORM.into(),
    }
}
