//! What paths mean.

use super::Mistake;
use super::ast::{MetricField, Value};

/// What a condition is about: it sees that, and what is around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// Resources.
    Resource,
    /// Instrumentation scopes.
    Scope,
    /// Metrics.
    Metric,
    /// Data points.
    DataPoint,
    /// Whatever its paths say, each with its first name.
    Inferred,
}

/// A path as written.
#[derive(Debug)]
pub(super) struct Path<'a> {
    /// Where it begins, in bytes.
    pub at: usize,
    pub names: Vec<&'a str>,
    pub key: Option<&'a str>,
}

/// First names of paths, and what they are of.
const OWNERS: [(&str, Context); 5] = [
    ("resource", Context::Resource),
    ("scope", Context::Scope),
    ("instrumentation_scope", Context::Scope),
    ("metric", Context::Metric),
    ("datapoint", Context::DataPoint),
];

/// The place that a path names.
pub(super) fn of(path: &Path<'_>, context: Context) -> Result<Value, Mistake> {
    let Path { at, names, key } = path;
    let wrong = |message: String, help: String| Err(Mistake::new(*at, message, help));
    let owner = names.first().and_then(|first| OWNERS.iter().find(|(name, _)| name == first));
    let (owner, names) = match (owner, context) {
        (Some((_, owner)), _) if names.len() > 1 => (*owner, &names[1..]),
        (_, Context::Inferred) => {
            let help = format!("write metric.{0}, datapoint.{0}, scope.{0} or resource.{0}", names.join("."));
            return wrong("the path does not say what it is of".into(), help);
        }
        _ => (context, names.as_slice()),
    };
    if owner > context {
        let (wanted, is) = (name_of(owner), name_of(context));
        let help = format!("write the condition under {wanted}");
        return wrong(format!("a condition of {is} cannot see a {wanted}"), help);
    }
    match (owner, names, *key) {
        (_, ["attributes"], None) => {
            wrong("no map of all attributes here".into(), "name one: attributes[\"key\"]".into())
        }
        (Context::Resource, ["attributes"], Some(key)) => Ok(Value::Resource(key.to_owned())),
        (Context::Scope, ["attributes"], Some(key)) => Ok(Value::Scope(key.to_owned())),
        (Context::DataPoint, ["attributes"], Some(key)) => Ok(Value::Point(key.to_owned())),
        (Context::Scope, ["name"], None) => Ok(Value::ScopeName),
        (Context::Scope, ["version"], None) => Ok(Value::ScopeVersion),
        (Context::Metric, ["name"], None) => Ok(Value::Metric(MetricField::Name)),
        (Context::Metric, ["unit"], None) => Ok(Value::Metric(MetricField::Unit)),
        (Context::Metric, ["type"], None) => Ok(Value::Metric(MetricField::Type)),
        (Context::Metric, ["aggregation_temporality"], None) => Ok(Value::Metric(MetricField::Temporality)),
        (Context::Metric, ["is_monotonic"], None) => Ok(Value::Metric(MetricField::Monotonic)),
        (Context::Metric, ["description"], _) => {
            let message = "the description is no part of a stream, in which its senders may differ";
            wrong(message.into(), known(Context::Metric))
        }
        (Context::Metric, ["attributes"], _) => {
            let message = "a metric has no attributes; its data points have";
            wrong(message.into(), "write the condition under datapoint".into())
        }
        (Context::DataPoint, _, _) => {
            let message = format!("{} is not known: streams are judged once, before their points", names.join("."));
            wrong(message, known(Context::DataPoint))
        }
        _ => wrong(format!("there is no {} of a {} here", names.join("."), name_of(owner)), known(owner)),
    }
}

fn name_of(context: Context) -> &'static str {
    match context {
        Context::Resource => "resource",
        Context::Scope => "scope",
        Context::Metric => "metric",
        Context::DataPoint => "datapoint",
        Context::Inferred => "condition",
    }
}

/// What there is, for messages.
fn known(context: Context) -> String {
    let known = match context {
        Context::Resource => "resource.attributes[\"key\"]",
        Context::Scope => "scope.name, scope.version, scope.attributes[\"key\"]",
        Context::Metric => "metric.name, metric.type, metric.unit, metric.aggregation_temporality, metric.is_monotonic",
        Context::DataPoint | Context::Inferred => "datapoint.attributes[\"key\"]",
    };
    format!("known here: {known}")
}
