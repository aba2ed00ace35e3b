//! Which streams are meant: by the names of metrics, and by attributes of the resource.

use config::schema::Rules;
use serde_json::{Value as Json, json};

use super::value::typed;
use super::{MOST, pattern, wrong_regex};

/// How names and values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchType {
    /// They are equal.
    Strict,
    /// They are regexes, which match somewhere.
    Regexp,
    /// A language of the Collector that is not known here.
    Expr,
}

config::block! {
    /// An attribute that a stream must have.
    pub struct Attribute {
        /// Its key.
        key: Option<String> = required("add key: the key of the attribute", text("")),
        /// Its value, of the same type; with `regexp` a regex for its text. Without it the attribute only has to be
        /// there.
        value: Option<Json> = maybe(typed()),
    }
}

/// Names and attributes to compare with.
#[derive(Debug, Clone, Copy)]
pub struct Matches<'a> {
    /// How.
    pub by: Option<MatchType>,
    /// The key of the names, and the names, one of which is enough.
    pub names: (&'static str, &'a [String]),
    /// The key of the attributes, and the attributes, all of which must be there.
    pub attributes: (&'static str, &'a [Attribute]),
}

impl Matches<'_> {
    /// Reports what is wrong with them.
    pub fn check(&self, rules: &mut Rules<'_>) {
        for (key, count) in [(self.names.0, self.names.1.len()), (self.attributes.0, self.attributes.1.len())] {
            if count > MOST {
                let message = format!("at most {MOST} entries, found {count}");
                rules.error(key, message, "match several with one regex");
            }
        }
        if self.by != Some(MatchType::Regexp) {
            return;
        }
        let names = self.names.1.iter().enumerate();
        let names = names.map(|(index, name)| (format!("{}.{index}", self.names.0), Some(name.as_str())));
        let values = self.attributes.1.iter().enumerate().filter_map(|(index, attribute)| {
            Some((format!("{}.{index}.value", self.attributes.0), attribute.value.as_ref()?.as_str()))
        });
        for (key, regex) in names.chain(values) {
            let (message, help) = match regex.map(wrong_regex) {
                Some(None) => continue,
                Some(Some(wrong)) => (wrong, ""),
                None => ("expected a regex, which is a text".into(), "put it into quotes"),
            };
            rules.error(&key, message, help);
        }
    }

    /// The condition that one of the names is the metric's; none without names.
    #[must_use]
    pub fn name(&self) -> Option<Json> {
        let (_, names) = self.names;
        let name = json!({ "metric": "name" });
        let one = |text: &String| match self.by {
            Some(MatchType::Regexp) => json!({ "match": [name, pattern(text)] }),
            _ => json!({ "compare": [name, "is", text] }),
        };
        (!names.is_empty()).then(|| json!({ "any": names.iter().map(one).collect::<Vec<Json>>() }))
    }

    /// The condition that the resource has all attributes; none without any.
    #[must_use]
    pub fn resource(&self) -> Option<Json> {
        let (_, attributes) = self.attributes;
        let one = |attribute: &Attribute| {
            let place = json!({ "resource": attribute.key });
            match (&attribute.value, self.by) {
                (None, _) => json!({ "match": [place, "*"] }),
                (Some(Json::String(regex)), Some(MatchType::Regexp)) => json!({ "match": [place, pattern(regex)] }),
                (Some(value), _) => json!({ "compare": [place, "is", value] }),
            }
        };
        (!attributes.is_empty()).then(|| json!({ "all": attributes.iter().map(one).collect::<Vec<Json>>() }))
    }
}
