//! Attributes that were found, by key.

use std::collections::BTreeMap;
use std::collections::btree_map::Iter;

use super::failure::Failure;

/// Attributes that all detectors together may find. A task on ECS has 15; a machine with all that `system` knows has 17, and
/// 50 tags on EC2.
const ATTRIBUTES: usize = 256;

/// Bytes of their keys and values: an eighth of what the description of a stream may take. A task on ECS has some 700, and 400
/// for each container that logs.
const BYTES: usize = 8 << 10;

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// Texts in order.
    Texts(Vec<String>),
    /// A whole number.
    Integer(i64),
}

/// Attributes by key, in the order of the keys' bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes(BTreeMap<String, Value>);

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl Value {
    /// Whether it says nothing: an empty text, or no texts.
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Texts(texts) => texts.is_empty(),
            Self::Integer(_) => false,
        }
    }

    fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Texts(texts) => texts.iter().map(String::len).sum(),
            Self::Integer(_) => size_of::<i64>(),
        }
    }
}

impl Attributes {
    /// Sets an attribute, be its value empty.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        self.0.insert(key.into(), value.into());
    }

    /// Sets an attribute, unless its value says nothing.
    pub fn set_if_known(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        if !value.is_empty() {
            self.set(key, value);
        }
    }

    /// Adds those of `others` whose keys are not there.
    pub fn add(&mut self, others: Self) {
        for (key, value) in others.0 {
            self.0.entry(key).or_insert(value);
        }
    }

    /// Keeps those whose key is `wanted`.
    pub fn retain(&mut self, mut wanted: impl FnMut(&str) -> bool) {
        self.0.retain(|key, _| wanted(key));
    }

    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// All of them, by key.
    pub fn iter(&self) -> Iter<'_, String, Value> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether they are few enough to be put into every stream.
    ///
    /// # Errors
    /// What is too much.
    pub fn check(&self) -> Result<(), Failure> {
        let bytes: usize = self.0.iter().map(|(key, value)| key.len() + value.length()).sum();
        let too_much = if self.len() > ATTRIBUTES {
            format!("found {} attributes; at most {ATTRIBUTES} are taken", self.len())
        } else if bytes > BYTES {
            format!("found {bytes} bytes of attributes; at most {BYTES} are taken")
        } else {
            return Ok(());
        };
        Err(Failure::lasting(too_much, "set fewer attributes, or switch some off"))
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Attributes {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(attributes: T) -> Self {
        Self(attributes.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}
