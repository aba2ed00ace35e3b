//! A condition as the host writes it: `true`, `false`, or a map with one key.
//!
//! `all` and `any` have lists of conditions, `not` has one. `compare` has a list of a value, an operator and a value;
//! `match` has a list of a value and a pattern, or a list of patterns. A value is a text, a number, a boolean or null,
//! or a map that says where it stands: `resource`, `scope` or `point` with the key of an attribute, `metric` or
//! `instrumentation` with the name of a field.

use serde_json::Value as Json;

use super::action::read_value;
use super::entry::{Entry, Problems};
use super::patterns::values;
use crate::comparison::Comparison;
use crate::condition::Condition;
use crate::operand::{MetricField, Operand};
use crate::part::Part;

/// What is expected in its place.
const WANTED: &str = "a condition: a boolean, or a map with all, any, not, compare or match";

/// What a value may be.
const VALUE: &str = "a value: a text, a number, a boolean, null, or a map with resource, scope, point, metric or \
                     instrumentation";

/// Reads a condition. It is none only if a problem was added.
pub(super) fn read(condition: &Entry, problems: &mut Problems) -> Option<Condition> {
    match condition.value {
        Json::Bool(true) => return Some(Condition::ALWAYS),
        Json::Bool(false) => return Some(Condition::Any(Vec::new())),
        _ => {}
    }
    let keys = condition.map(WANTED, problems)?;
    let mut entries = keys.iter();
    let (Some((key, entry)), None) = (entries.next(), entries.next()) else {
        condition.expected(WANTED, problems);
        return None;
    };
    match key {
        "all" => Some(Condition::All(read_all(&entry, problems)?)),
        "any" => Some(Condition::Any(read_all(&entry, problems)?)),
        "not" => Some(Condition::Not(Box::new(read(&entry, problems)?))),
        "compare" => read_comparison(&entry, problems),
        "match" => {
            let [value, patterns] = entries_of(&entry, problems)?;
            Some(Condition::Match { value: read_operand(&value, problems)?, patterns: values(&patterns, problems) })
        }
        _ => {
            condition.expected(WANTED, problems);
            None
        }
    }
}

fn read_all(list: &Entry, problems: &mut Problems) -> Option<Vec<Condition>> {
    list.list("a list of conditions", problems)?.iter().map(|condition| read(condition, problems)).collect()
}

fn read_comparison(comparison: &Entry, problems: &mut Problems) -> Option<Condition> {
    let [left, by, right] = entries_of(comparison, problems)?;
    let operator = match by.value.as_str() {
        Some("==") => Comparison::Equal,
        Some("!=") => Comparison::NotEqual,
        Some("<") => Comparison::Less,
        Some("<=") => Comparison::LessOrEqual,
        Some(">") => Comparison::Greater,
        Some(">=") => Comparison::GreaterOrEqual,
        Some("is") => Comparison::Same,
        _ => {
            by.expected("one of ==, !=, <, <=, >, >= and is", problems);
            return None;
        }
    };
    let (left, right) = (read_operand(&left, problems), read_operand(&right, problems));
    Some(Condition::Compare { left: left?, by: operator, right: right? })
}

fn read_operand(operand: &Entry, problems: &mut Problems) -> Option<Operand> {
    match operand.value {
        Json::Null => return Some(Operand::Literal(None)),
        Json::Object(_) => {}
        _ => return read_value(operand, problems).map(|value| Operand::Literal(Some(value))),
    }
    let keys = operand.map(VALUE, problems)?;
    let mut entries = keys.iter();
    let read = match (entries.next(), entries.next()) {
        (Some((place, entry)), None) => entry.value.as_str().and_then(|name| of(place, name)),
        _ => None,
    };
    if read.is_none() {
        operand.expected(VALUE, problems);
    }
    read
}

fn of(place: &str, name: &str) -> Option<Operand> {
    let field = Operand::Metric;
    match (place, name) {
        ("resource", key) => Some(Operand::Attribute(Part::Resource, key.to_owned())),
        ("scope", key) => Some(Operand::Attribute(Part::Scope, key.to_owned())),
        ("point", key) => Some(Operand::Attribute(Part::Point, key.to_owned())),
        ("metric", "name") => Some(field(MetricField::Name)),
        ("metric", "unit") => Some(field(MetricField::Unit)),
        ("metric", "type") => Some(field(MetricField::Type)),
        ("metric", "temporality") => Some(field(MetricField::Temporality)),
        ("metric", "monotonic") => Some(field(MetricField::Monotonic)),
        ("instrumentation", "name") => Some(Operand::ScopeName),
        ("instrumentation", "version") => Some(Operand::ScopeVersion),
        _ => None,
    }
}

/// The entries of a list that has so many.
fn entries_of<'a, const COUNT: usize>(list: &Entry<'a>, problems: &mut Problems) -> Option<[Entry<'a>; COUNT]> {
    let wanted = "a list of the operands";
    let entries = list.list(wanted, problems)?.try_into();
    if entries.is_err() {
        list.expected(wanted, problems);
    }
    entries.ok()
}
