//! What becomes of an attribute, as written in `attributes` and `resource`.

use bounded_regex::compile;
use config::scalar::Wrong;
use config::schema::Rules;
use serde_json::{Map, Value as Json, json};

use crate::matching::value::typed;
use crate::matching::{MOST, wrong_regex};

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// A new attribute.
    Insert,
    /// Another value for one that is there.
    Update,
    /// Either.
    Upsert,
    /// It goes.
    Delete,
    /// SHA-256 takes the place of its value.
    Hash,
    /// Parts of its value become attributes.
    Extract,
    /// Its value takes another type.
    Convert,
}

/// The words of a configuration.
const VERBS: [(&str, Verb); 7] = [
    ("insert", Verb::Insert),
    ("update", Verb::Update),
    ("upsert", Verb::Upsert),
    ("delete", Verb::Delete),
    ("hash", Verb::Hash),
    ("extract", Verb::Extract),
    ("convert", Verb::Convert),
];

/// What to do where none is written.
const VERB: &str = "add action: insert, update, upsert, delete, hash, extract or convert";

/// The types that a value may take.
const TYPES: [(&str, &str); 3] = [("int", "int"), ("double", "double"), ("string", "string")];

config::block! {
    /// An action on one attribute, or on several.
    pub struct Action {
        /// The attribute. `delete` and `hash` do with `pattern` alone.
        key: String = text(""),
        /// What is done, in any case of letters.
        action: Option<Verb> = required(VERB, choice(&VERBS, Verb::Insert)),
        /// The value of `insert`, `update` and `upsert`, with its type: `1` is an integer, `"1"` a text.
        value: Option<Json> = maybe(typed()),
        /// Another attribute to take the value from. If it is absent nothing happens.
        from_attribute: Option<String> = maybe(text("")),
        /// The value where `from_attribute` is absent, or the value.
        default_value: Option<Json> = maybe(typed()),
        /// A regex: of `extract` for the value, of `delete` and `hash` for keys, somewhere in them.
        pattern: Option<String> = maybe(parsed(regex, String::new)),
        /// The type that `convert` gives; a value that has no meaning in it stays.
        converted_type: Option<&'static str> = maybe(choice(&TYPES, "string")),
    }
    refused "write value or from_attribute: streams are decided about without what came with a request" { from_context }
    check Action::check_keys;
}

fn regex(text: &str) -> Result<String, Wrong> {
    wrong_regex(text).map_or_else(|| Ok(text.to_owned()), |message| Err(Wrong { message, help: String::new() }))
}

impl Action {
    fn check_keys(&self, rules: &mut Rules<'_>) {
        let Some(verb) = self.action else { return };
        let word = verb.word();
        let takes_pattern = matches!(verb, Verb::Delete | Verb::Hash);
        if self.key.is_empty() && !(takes_pattern && self.pattern().is_some()) {
            let help = if takes_pattern { "add key, or pattern" } else { "add key: the attribute" };
            rules.error("key", format!("{word} requires it"), help);
        }
        for (key, is_there) in [
            ("value", self.value.is_some()),
            ("from_attribute", self.source().is_some()),
            ("default_value", self.default_value.is_some()),
            ("pattern", self.pattern().is_some()),
            ("converted_type", self.converted_type.is_some()),
        ] {
            if is_there && !verb.uses().contains(&key) {
                let help = format!("remove it; {word} uses {}", verb.uses().join(", "));
                rules.key_error(key, format!("{word} does not use it"), help);
            }
        }
        match verb {
            Verb::Insert | Verb::Update | Verb::Upsert => self.check_source(word, rules),
            Verb::Extract => self.check_groups(rules),
            Verb::Convert if self.converted_type.is_none() => {
                let help = "add converted_type: int, double or string";
                rules.block_error("converted_type", "convert requires it", help);
            }
            _ => {}
        }
    }

    /// The key to take the value from; an empty one is none.
    fn source(&self) -> Option<&String> {
        self.from_attribute.as_ref().filter(|key| !key.is_empty())
    }

    /// The regex; an empty one is none.
    fn pattern(&self) -> Option<&String> {
        self.pattern.as_ref().filter(|regex| !regex.is_empty())
    }

    /// A value comes from one place.
    fn check_source(&self, word: &str, rules: &mut Rules<'_>) {
        let has_attribute = self.source().is_some();
        if self.value.is_some() && (has_attribute || self.default_value.is_some()) {
            let other = if has_attribute { "from_attribute" } else { "default_value" };
            let message = format!("{word} takes one value; value says it already");
            rules.key_error(other, message, "keep one of both");
        }
        if self.value.is_none() && self.default_value.is_none() && !has_attribute {
            let help = "add value, from_attribute or default_value";
            rules.block_error("value", format!("{word} requires it"), help);
        }
    }

    /// Each group has the key of an attribute.
    fn check_groups(&self, rules: &mut Rules<'_>) {
        let Some(pattern) = self.pattern() else {
            let help = "add pattern: ^(?P<name>\\w+), a regex with named groups";
            rules.error("pattern", "extract requires it", help);
            return;
        };
        let Ok(regex) = compile(pattern) else { return };
        let mut names = regex.capture_names().skip(1).peekable();
        if names.peek().is_none() {
            rules.error("pattern", "the pattern has no named groups", "write (?P<name>...) around what is meant");
        } else if names.any(|name| name.is_none()) {
            let help = "write (?P<name>...), or (?:...) where nothing is meant to be extracted";
            rules.error("pattern", "a group of the pattern has no name", help);
        }
    }

    /// As the guest reads it.
    #[must_use]
    pub fn json(&self) -> Json {
        let mut json = Map::new();
        let mut add = |key: &str, value: Option<Json>| json.extend(value.map(|value| (key.to_owned(), value)));
        add("action", self.action.map(|verb| json!(verb.word())));
        add("key", (!self.key.is_empty()).then(|| json!(self.key)));
        add("value", self.value.clone());
        add("from_attribute", self.source().map(|key| json!(key)));
        add("default_value", self.default_value.clone());
        add("pattern", self.pattern().map(|regex| json!(regex)));
        add("converted_type", self.converted_type.map(Json::from));
        Json::Object(json)
    }
}

impl Verb {
    fn word(self) -> &'static str {
        VERBS.iter().find(|(_, verb)| *verb == self).map_or("", |(word, _)| word)
    }

    /// The keys that it uses beside its own.
    fn uses(self) -> &'static [&'static str] {
        match self {
            Self::Insert | Self::Update | Self::Upsert => &["value", "from_attribute", "default_value"],
            Self::Delete | Self::Hash | Self::Extract => &["pattern"],
            Self::Convert => &["converted_type"],
        }
    }
}

/// Reports what is wrong with a list of actions as such.
pub fn check_list(key: &str, actions: Option<&Vec<Action>>, rules: &mut Rules<'_>) {
    let count = actions.map_or(1, Vec::len);
    if count == 0 {
        rules.error(key, "required", "write at least one action");
    }
    if count > MOST {
        rules.error(key, format!("at most {MOST} actions, found {count}"), "match several keys with one pattern");
    }
}
