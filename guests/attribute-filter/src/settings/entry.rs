//! The settings as written: values, where they stand, and what is wrong with them.

use serde_json::{Map, Value};

use crate::bindings::exports::alluvium::processor::configure::Problem;

/// What was found wrong so far. Reading goes on after a problem, so that all are told at once.
#[derive(Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, path: &str, message: impl Into<String>) {
        self.0.push(Problem { path: path.into(), message: message.into() });
    }

    /// What was read, if nothing is wrong.
    pub(super) fn or<T>(self, read: T) -> Result<T, Vec<Problem>> {
        if self.0.is_empty() { Ok(read) } else { Err(self.0) }
    }
}

/// A value and where it stands.
pub(super) struct Entry<'a> {
    pub(super) path: String,
    pub(super) value: &'a Value,
}

impl<'a> Entry<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { path: String::new(), value }
    }

    /// Reports that something else should stand here: `wanted`, with its article.
    pub(super) fn expected(&self, wanted: &str, problems: &mut Problems) {
        problems.add(&self.path, format!("expected {wanted} (got {})", kind(self.value)));
    }

    pub(super) fn map(&self, wanted: &str, problems: &mut Problems) -> Option<Keys<'a>> {
        let map = self.value.as_object();
        if map.is_none() {
            self.expected(wanted, problems);
        }
        Some(Keys { path: self.path.clone(), map: map? })
    }

    pub(super) fn list(&self, wanted: &str, problems: &mut Problems) -> Option<Vec<Self>> {
        let Value::Array(list) = self.value else {
            self.expected(wanted, problems);
            return None;
        };
        Some(self.items(list))
    }

    /// The entries of a list, or the one that stands in place of a list.
    pub(super) fn one_or_several(&self) -> Vec<Self> {
        match self.value {
            Value::Array(list) => self.items(list),
            value => vec![Self { path: self.path.clone(), value }],
        }
    }

    fn items(&self, list: &'a [Value]) -> Vec<Self> {
        let item = |(index, value)| Self { path: format!("{}.{index}", self.path), value };
        list.iter().enumerate().map(item).collect()
    }

    /// A text that may not be empty.
    pub(super) fn name(&self, problems: &mut Problems) -> Option<&'a str> {
        let name = self.value.as_str().filter(|name| !name.is_empty());
        if name.is_none() {
            self.expected("a text", problems);
        }
        name
    }

    /// A text that may be empty.
    pub(super) fn text(&self, problems: &mut Problems) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.expected("a text, in quotes if it looks like something else", problems);
        }
        text
    }
}

/// A map and where it stands.
pub(super) struct Keys<'a> {
    pub(super) path: String,
    map: &'a Map<String, Value>,
}

impl<'a> Keys<'a> {
    pub(super) fn get(&self, key: &str) -> Option<Entry<'a>> {
        self.map.get(key).map(|value| Entry { path: self.path_of(key), value })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a str, Entry<'a>)> {
        self.map.iter().map(|(key, value)| (key.as_str(), Entry { path: self.path_of(key), value }))
    }

    /// The entry of a key that must be there.
    pub(super) fn require(&self, key: &str, wanted: &str, problems: &mut Problems) -> Option<Entry<'a>> {
        let entry = self.get(key);
        if entry.is_none() {
            problems.add(&self.path_of(key), format!("required: {wanted}"));
        }
        entry
    }

    /// Reports keys that are none of `known`, which `owner` takes.
    pub(super) fn refuse_others(&self, owner: &str, known: &[&str], problems: &mut Problems) {
        for key in self.map.keys().filter(|key| !known.contains(&key.as_str())) {
            problems.add(&self.path_of(key), format!("unknown key; {owner} takes {}", enumerate(known, "and")));
        }
    }

    /// Where the value of a key stands.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// `a, b and c`.
pub(super) fn enumerate(words: &[&str], conjunction: &str) -> String {
    match words {
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
        [] => String::new(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(text) if text.is_empty() => "the empty text",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}
