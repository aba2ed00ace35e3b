//! `metrics`: the older forms of the processor's conditions.

use config::schema::Rules;
use serde_json::{Value as Json, json};

use super::conditions::{check, expressions};
use super::judge;
use super::ottl::Context;
use crate::matching::block::{Attribute, MatchType, Matches};

/// How names and values are compared.
const TYPES: [(&str, MatchType); 3] =
    [("strict", MatchType::Strict), ("regexp", MatchType::Regexp), ("expr", MatchType::Expr)];

/// What to do where none is written.
const TYPE: &str = "add match_type: strict, or regexp";

config::block! {
    /// Conditions by what they are of, or names and attributes. Paths without a first name are of what the condition is
    /// of.
    pub struct Metrics {
        /// Streams of these resources are dropped.
        resource: Vec<String> = texts(),
        /// Streams of these metrics are dropped.
        metric: Vec<String> = texts(),
        /// These streams are dropped.
        datapoint: Vec<String> = texts(),
        /// All streams but these are dropped.
        include: Option<Match> = maybe(block()),
        /// These streams are dropped.
        exclude: Option<Match> = maybe(block()),
    }
    check Metrics::check_forms;
}

config::block! {
    /// Streams that have one of the names, and streams whose resource has all of the attributes.
    pub struct Match {
        /// Whether names and values are equal, or regexes.
        match_type: Option<MatchType> = required(TYPE, choice(&TYPES, MatchType::Strict)),
        /// Names of metrics.
        metric_names: Vec<String> = texts(),
        /// Attributes of the resource.
        resource_attributes: Vec<Attribute> = list(block()),
    }
    no_effect "each regex is compiled once, and each stream is looked at once" { regexp }
    refused "write the condition in OTTL: metric_conditions: ['metric.name == \"a\"']" { expressions }
    check Match::check_matches;
}

impl Metrics {
    fn check_forms(&self, rules: &mut Rules<'_>) {
        for (key, texts, context) in self.conditions() {
            check(key, texts, context, rules);
        }
        let has_conditions = self.conditions().iter().any(|(_, texts, _)| !texts.is_empty());
        let older = ["include", "exclude"].into_iter().find(|key| rules.has(key));
        if let Some(older) = older.filter(|_| has_conditions) {
            let message = "an older form of conditions, which are written too";
            rules.key_error(older, message, "keep one form");
        }
    }

    fn conditions(&self) -> [(&'static str, &[String], Context); 3] {
        [
            ("resource", &self.resource, Context::Resource),
            ("metric", &self.metric, Context::Metric),
            ("datapoint", &self.datapoint, Context::DataPoint),
        ]
    }

    /// Whether anything is said.
    #[must_use]
    pub fn is_something(&self) -> bool {
        let matches = self.include.iter().chain(&self.exclude);
        self.conditions().iter().any(|(_, texts, _)| !texts.is_empty()) || matches.count() > 0
    }

    /// The conditions one of which drops a stream.
    #[must_use]
    pub fn drops(&self) -> Vec<Json> {
        let expressions = self.conditions().into_iter().flat_map(|(_, texts, context)| expressions(texts, context));
        let mut drops: Vec<Json> = expressions.map(|expression| judge::condition(&expression)).collect();
        let of = |matches: &Match| [matches.matches().resource(), matches.matches().name()].into_iter().flatten();
        drops.extend(self.include.iter().flat_map(of).map(|condition| json!({ "not": condition })));
        drops.extend(self.exclude.iter().flat_map(of));
        drops
    }
}

impl Match {
    fn matches(&self) -> Matches<'_> {
        Matches {
            by: self.match_type,
            names: ("metric_names", &self.metric_names),
            attributes: ("resource_attributes", &self.resource_attributes),
        }
    }

    fn check_matches(&self, rules: &mut Rules<'_>) {
        if self.match_type == Some(MatchType::Expr) {
            let help = "write strict or regexp, or the condition in OTTL: metric_conditions: ['metric.name == \"a\"']";
            rules.error("match_type", "this version does not know the language expr", help);
        }
        self.matches().check(rules);
    }
}
