//! A rule as written.

use super::action;
use super::entry::{Entry, Keys, Problems, enumerate};
use super::patterns::{names, values};
use crate::condition::Condition;
use crate::operand::{MetricField, Operand};
use crate::part::Part;
use crate::rule::{Effect, Rule};

const KEYS: [&str; 9] = ["delete", "keep", "rename", "set", "hash", "drop", "on", "metrics", "where"];

/// Reads a rule. What is returned counts only if no problem was added.
pub(super) fn read(rule: &Entry, problems: &mut Problems) -> Option<Rule> {
    let keys = rule.map("a rule, such as delete: [user.email]", problems)?;
    keys.refuse_others("a rule", &KEYS, problems);
    let on = keys.get("on").map_or(Part::Point, |on| read_on(&on, problems));
    let mut conditions = Vec::new();
    if let Some(metrics) = keys.get("metrics") {
        let patterns = names(&metrics, problems);
        conditions.push(Condition::Match { value: Operand::Metric(MetricField::Name), patterns });
    }
    if let Some(written) = keys.get("where") {
        conditions.extend(read_where(on, &written, problems));
    }
    let effect = read_effect(on, &keys, problems)?;
    Some(Rule { condition: Condition::All(conditions), effect })
}

/// Reads the part that a rule is about.
pub(super) fn read_on(on: &Entry, problems: &mut Problems) -> Part {
    match on.value.as_str() {
        Some("point") => return Part::Point,
        Some("resource") => return Part::Resource,
        Some("scope") => return Part::Scope,
        Some(other) => problems.add(&on.path, format!("expected point, resource or scope (got {other})")),
        None => on.expected("point, resource or scope", problems),
    }
    Part::Point
}

fn read_where(on: Part, conditions: &Entry, problems: &mut Problems) -> Vec<Condition> {
    let wanted = "a map of keys and patterns for their values";
    let Some(keys) = conditions.map(wanted, problems) else { return Vec::new() };
    if keys.iter().next().is_none() {
        problems.add(&keys.path, "write at least one key and a pattern for its value");
    }
    let condition = |(key, value): (&str, Entry)| Condition::Match {
        value: Operand::Attribute(on, key.to_owned()),
        patterns: values(&value, problems),
    };
    keys.iter().map(condition).collect()
}

/// Reads the one action. Several are a problem, and each of them is read for problems of its own.
fn read_effect(on: Part, keys: &Keys, problems: &mut Problems) -> Option<Effect> {
    let written: Vec<&str> = action::NAMES.into_iter().filter(|name| keys.get(name).is_some()).collect();
    if written.len() != 1 {
        let got = if written.is_empty() { "none".to_owned() } else { enumerate(&written, "and") };
        let message = format!("write exactly one of {} (got {got})", enumerate(&action::NAMES, "and"));
        problems.add(&keys.path, message);
    }
    written.iter().filter_map(|name| action::read(name, on, keys, problems)).last()
}
