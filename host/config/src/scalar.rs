//! From the text of a scalar to a number, a duration, an address: what the Collector takes, and no more.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::Value as Json;

use super::node::{Node, Value};
use super::number::{self, Number, Spelling};

/// A scalar as written.
#[derive(Debug, Clone, Copy)]
pub struct Scalar<'a> {
    node: &'a Node,
    text: &'a str,
    /// Whether it was quoted, and so is a text whatever it looks like.
    quoted: bool,
}

/// Why a scalar is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Wrong {
    /// The same with the value in front.
    #[must_use]
    pub fn of(self, scalar: Scalar<'_>) -> Self {
        Self { message: format!("{}: {}", scalar.shown(), self.message), ..self }
    }
}

/// A value that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken<T> {
    /// The value.
    pub value: T,
    /// What it may be mistaken for; most values have nothing to be said of them.
    pub doubt: Option<Wrong>,
}

impl<T> Taken<T> {
    /// A value of which there is nothing to say.
    pub fn plain(value: T) -> Self {
        Self { value, doubt: None }
    }
}

/// A duration, and whether it was a bare number.
#[derive(Debug)]
pub enum Span {
    /// A number and its unit.
    Written(Duration),
    /// A number alone, which is nanoseconds. Hardly anybody knows.
    Bare(Duration),
}

fn wrong<T>(message: String, help: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { message, help: help.into() })
}

impl<'a> Scalar<'a> {
    /// The scalar that a node is; none if it is nothing, or has parts.
    #[must_use]
    pub fn of(node: &'a Node) -> Option<Self> {
        match &node.value {
            Value::Plain(text) => Some(Self { node, text, quoted: false }),
            Value::Quoted(text) => Some(Self { node, text, quoted: true }),
            Value::Null | Value::Reference | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The same where text is expected: what was looked up is the text that it was, whatever YAML makes of it.
    #[must_use]
    pub fn of_text(node: &'a Node) -> Option<Self> {
        match node.text() {
            Some(text) if node.expanded.is_some() => Some(Self { node, text, quoted: true }),
            _ => Self::of(node),
        }
    }

    /// Its text.
    #[must_use]
    pub fn text(self) -> &'a str {
        self.text
    }

    /// The scalar for a message.
    #[must_use]
    pub fn shown(self) -> String {
        self.node.shown()
    }

    /// What it is if not a text: quotes make one of anything.
    #[must_use]
    pub fn other_than_text(self) -> Option<&'static str> {
        match self.text {
            _ if self.quoted => None,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Some("a boolean"),
            text if number::number(text).is_some() => Some("a number"),
            _ => None,
        }
    }

    /// A text, which the Collector makes of no number and of no boolean.
    pub fn worded(self) -> Result<&'a str, Wrong> {
        match self.other_than_text() {
            None => Ok(self.text),
            Some(found) => wrong(
                format!("expected text, found {found}: {}", self.shown()),
                format!("put it into quotes: \"{}\"", self.text),
            ),
        }
    }

    /// `true` or `false`.
    pub fn boolean(self) -> Result<bool, Wrong> {
        let value = match self.text {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        };
        let message = format!("expected true or false, found {}", self.shown());
        match (value, self.text.to_lowercase().as_str()) {
            (Some(value), _) if !self.quoted => Ok(value),
            (Some(value), _) => wrong(message, format!("remove the quotes: {value}")),
            (None, "yes" | "on") => wrong(message, "write true"),
            (None, "no" | "off") => wrong(message, "write false"),
            (None, _) => wrong(message, "write true or false"),
        }
    }

    /// A whole number within `range`. Of another number the whole part is taken.
    pub fn whole(self, range: &RangeInclusive<u64>) -> Result<Taken<u64>, Wrong> {
        let Self { text, quoted, .. } = self;
        let expected = match *range.end() {
            u64::MAX => format!("expected a whole number of at least {}", range.start()),
            end => format!("expected a whole number from {} to {end}", range.start()),
        };
        let shown = self.shown();
        let message = format!("{expected}, found {shown}");
        let number = whole(text).or_else(|| truncated(text));
        match number.map(u64::try_from) {
            Some(_) if quoted => wrong(format!("expected a number, found the text {shown}"), "remove the quotes"),
            Some(Ok(value)) if range.contains(&value) => Ok(Taken { value, doubt: doubt(&shown, text, value) }),
            Some(_) => wrong(message, ""),
            None if text.starts_with(|first: char| first.is_ascii_digit()) => {
                wrong(message, "write it in plain digits, without a unit")
            }
            None => wrong(message, "write a number"),
        }
    }

    /// A number within `range`.
    pub fn number(self, range: &RangeInclusive<f64>) -> Result<f64, Wrong> {
        let message = format!("expected a number from {} to {}, found {}", range.start(), range.end(), self.shown());
        let number = number::number(self.text).map(|number| match number {
            Number::Whole(whole) => whole.value as f64,
            Number::Fraction(number) => number,
        });
        match number {
            Some(number) if range.contains(&number) && self.quoted => wrong(message, "remove the quotes"),
            Some(number) if range.contains(&number) => Ok(number),
            _ => wrong(message, ""),
        }
    }

    /// A duration in the form of Go, such as `1h30m`.
    pub fn duration(self) -> Result<Span, Wrong> {
        let Self { text, quoted, .. } = self;
        let shown = self.shown();
        let too_long = || wrong(format!("{shown} is longer than 292 years, the longest duration"), "");
        let negative = || wrong(format!("must not be negative: {shown}"), "");
        if let Some(nanoseconds) = whole(text).filter(|number| *number != 0) {
            return match u64::try_from(nanoseconds) {
                Ok(_) if quoted => wrong(format!("{shown} has no unit"), format!("write {text}s for seconds")),
                Ok(nanoseconds) if nanoseconds <= i64::MAX as u64 => Ok(Span::Bare(Duration::from_nanos(nanoseconds))),
                Ok(_) => too_long(),
                Err(_) => negative(),
            };
        }
        match go_duration(text) {
            Some(duration) if duration.as_nanos() <= i64::MAX as u128 => Ok(Span::Written(duration)),
            Some(_) => too_long(),
            None if text.strip_prefix('-').and_then(go_duration).is_some() => negative(),
            None => wrong(format!("{shown} is no duration"), duration_help(text)),
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

/// The whole number that a text is, however it is spelt.
fn whole(text: &str) -> Option<i128> {
    number::whole(text).map(|whole| whole.value)
}

/// What the Collector makes of a number with a fraction or an exponent where a whole one belongs.
fn truncated(text: &str) -> Option<i128> {
    match number::number(text)? {
        Number::Fraction(number) if number.is_finite() => Some(number.trunc() as i128),
        Number::Whole(_) | Number::Fraction(_) => None,
    }
}

/// What is to be said of the whole number that a text was taken for.
fn doubt(shown: &str, text: &str, value: u64) -> Option<Wrong> {
    let message = match number::whole(text).map(|whole| whole.spelling) {
        Some(Spelling::LeadingZero) => {
            let help = format!("write {value} if that is meant, else the number without the zero in front");
            return Some(Wrong { message: format!("{shown} begins with a zero, so it is octal: {value}"), help });
        }
        Some(_) => return None,
        None => format!("{shown} is no whole number; {value} is used, as by the Collector"),
    };
    Some(Wrong { message, help: format!("write {value}, or the number that is meant") })
}

fn go_duration(text: &str) -> Option<Duration> {
    // Go takes no blanks, no number with two points, and either of the two letters that look like the Greek one.
    let points = text.split(char::is_alphabetic).map(|number| number.matches('.').count()).max();
    if text.contains(char::is_whitespace) || points > Some(1) {
        return None;
    }
    collector_duration::parse(&text.replace('\u{3bc}', "\u{b5}"))
}

fn duration_help(text: &str) -> String {
    const FORM: &str = "a number and a unit of ns, us, ms, s, m or h, such as 500ms, 10s or 1h30m";
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
    match days {
        Some(days) => format!("there is no unit for days; write {}h", u64::from(days) * 24),
        None => FORM.into(),
    }
}
