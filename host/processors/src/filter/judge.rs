//! Conditions as the guest judges them.

use serde_json::{Value as Json, json};

use super::ottl::{Expression, Literal, MetricField, Value};
use crate::matching::pattern;

/// A condition in the form of the guest `attribute-filter`.
pub fn condition(expression: &Expression) -> Json {
    let all = |expressions: &[Expression]| expressions.iter().map(condition).collect::<Vec<Json>>();
    match expression {
        Expression::Constant(value) => json!(value),
        Expression::All(each) => json!({ "all": all(each) }),
        Expression::Any(each) => json!({ "any": all(each) }),
        Expression::Not(expression) => json!({ "not": condition(expression) }),
        Expression::Compare(left, operator, right) => {
            json!({ "compare": [value(left), operator.sign(), value(right)] })
        }
        Expression::IsMatch(place, regex) => json!({ "match": [value(place), pattern(regex)] }),
    }
}

fn value(value: &Value) -> Json {
    match value {
        Value::Literal(Literal::Nil) => Json::Null,
        Value::Literal(Literal::Boolean(value)) => json!(value),
        Value::Literal(Literal::Integer(value)) => json!(value),
        Value::Literal(Literal::Double(value)) => json!(value),
        Value::Literal(Literal::Text(text)) => json!(text),
        Value::Resource(key) => json!({ "resource": key }),
        Value::Scope(key) => json!({ "scope": key }),
        Value::Point(key) => json!({ "point": key }),
        Value::ScopeName => json!({ "instrumentation": "name" }),
        Value::ScopeVersion => json!({ "instrumentation": "version" }),
        Value::Metric(field) => json!({ "metric": name_of(*field) }),
    }
}

fn name_of(field: MetricField) -> &'static str {
    match field {
        MetricField::Name => "name",
        MetricField::Unit => "unit",
        MetricField::Type => "type",
        MetricField::Temporality => "temporality",
        MetricField::Monotonic => "monotonic",
    }
}
