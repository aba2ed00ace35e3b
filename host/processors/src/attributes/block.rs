//! The processor's block.

use config::schema::Rules;
use serde_json::{Value as Json, json};
use wasm::{ATTRIBUTE_FILTER, Source};

use super::action::{self, Action};
use crate::guest::settings::GuestSettings;
use crate::matching::block::{Attribute, MatchType, Matches};
use crate::matching::settings;

/// Spans and logs are matched by other keys than metrics.
const TYPES: [(&str, MatchType); 2] = [("strict", MatchType::Strict), ("regexp", MatchType::Regexp)];

/// What to do where none is written.
const TYPE: &str = "add match_type: strict, or regexp";

config::block! {
    /// Changes attributes of data points.
    pub struct Keys {
        /// What becomes of the attributes, in this order.
        actions: Option<Vec<Action>> = required("add actions: [{key: ..., action: delete}]", list(block())),
        /// Only these streams are changed.
        include: Option<Match> = maybe(block()),
        /// These streams are not changed.
        exclude: Option<Match> = maybe(block()),
    }
    check Keys::check_actions;
}

config::block! {
    /// Streams that have one of the names and all of the attributes. They are looked at before the first action.
    pub struct Match {
        /// Whether names and values are equal, or regexes.
        match_type: Option<MatchType> = required(TYPE, choice(&TYPES, MatchType::Strict)),
        /// Names of metrics.
        metric_names: Vec<String> = texts(),
        /// Attributes of the resource.
        resources: Vec<Attribute> = list(block()),
    }
    no_effect "each regex is compiled once, and each stream is looked at once" { regexp }
    refused "match metrics by metric_names or resources" {
        services, span_names, span_kinds, log_bodies, log_severity, log_severity_texts, attributes, libraries
    }
    check Match::check_matches;
}

impl Keys {
    fn check_actions(&self, rules: &mut Rules<'_>) {
        action::check_list("actions", self.actions.as_ref(), rules);
    }

    /// What the block means.
    #[must_use]
    pub fn settings(&self, id: &str) -> GuestSettings {
        let include = self.include.iter().map(Match::condition);
        let exclude = self.exclude.iter().map(|exclude| json!({ "not": exclude.condition() }));
        let conditions: Vec<Json> = include.chain(exclude).collect();
        let actions: Vec<Json> = self.actions.iter().flatten().map(Action::json).collect();
        let group = json!({ "on": "point", "if": { "all": conditions }, "actions": actions });
        GuestSettings::new(id, Source::Embedded(ATTRIBUTE_FILTER), settings(group))
    }
}

impl Match {
    fn matches(&self) -> Matches<'_> {
        Matches {
            by: self.match_type,
            names: ("metric_names", &self.metric_names),
            attributes: ("resources", &self.resources),
        }
    }

    fn check_matches(&self, rules: &mut Rules<'_>) {
        self.matches().check(rules);
        if self.metric_names.is_empty() && self.resources.is_empty() {
            let help = "add metric_names or resources, or remove the block";
            rules.error("", "says nothing of which streams are meant", help);
        }
    }

    fn condition(&self) -> Json {
        let matches = self.matches();
        json!({ "all": matches.name().into_iter().chain(matches.resource()).collect::<Vec<Json>>() })
    }
}
