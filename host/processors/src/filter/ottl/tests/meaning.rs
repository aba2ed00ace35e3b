//! What conditions mean: the precedence of operators, and the places of paths in each context.

use crate::filter::ottl::ast::{Expression, Literal, MetricField, Operator, Value};
use crate::filter::ottl::{Context, parse};

#[track_caller]
fn read(text: &str, context: Context) -> Expression {
    parse(text, context).unwrap_or_else(|mistake| panic!("{text}: {mistake:?}"))
}

fn metric(field: MetricField) -> Value {
    Value::Metric(field)
}

fn text(text: &str) -> Value {
    Value::Literal(Literal::Text(text.into()))
}

fn equal(left: Value, right: Value) -> Expression {
    Expression::Compare(left, Operator::Equal, right)
}

#[test]
fn comparisons() {
    for (written, operator) in [
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<", Operator::Less),
        ("<=", Operator::LessOrEqual),
        (">", Operator::Greater),
        (">=", Operator::GreaterOrEqual),
    ] {
        let expected = Expression::Compare(metric(MetricField::Name), operator, text("a"));
        assert_eq!(read(&format!("name {written} \"a\""), Context::Metric), expected);
    }
}

#[test]
fn literals() {
    for (written, literal) in [
        ("nil", Literal::Nil),
        ("true", Literal::Boolean(true)),
        ("-1", Literal::Integer(-1)),
        ("1.5", Literal::Double(1.5)),
        ("\"x\"", Literal::Text("x".into())),
        ("METRIC_DATA_TYPE_GAUGE", Literal::Integer(1)),
        ("METRIC_DATA_TYPE_SUM", Literal::Integer(2)),
        ("METRIC_DATA_TYPE_HISTOGRAM", Literal::Integer(3)),
        ("METRIC_DATA_TYPE_EXPONENTIAL_HISTOGRAM", Literal::Integer(4)),
        ("METRIC_DATA_TYPE_SUMMARY", Literal::Integer(5)),
        ("AGGREGATION_TEMPORALITY_CUMULATIVE", Literal::Integer(2)),
    ] {
        let expected = equal(metric(MetricField::Type), Value::Literal(literal.clone()));
        assert_eq!(read(&format!("type=={written}"), Context::Metric), expected);
        let expected = equal(Value::Literal(literal), metric(MetricField::Type));
        assert_eq!(read(&format!("{written} == type"), Context::Metric), expected);
    }
}

/// `not` binds most, then `and`, then `or`.
#[test]
fn precedence() {
    let constant = Expression::Constant;
    let not = |expression| Expression::Not(Box::new(expression));
    for (written, expected) in [
        (
            "true or false and true",
            Expression::Any(vec![constant(true), Expression::All(vec![constant(false), constant(true)])]),
        ),
        (
            "(true or false) and true",
            Expression::All(vec![Expression::Any(vec![constant(true), constant(false)]), constant(true)]),
        ),
        ("not true and false", Expression::All(vec![not(constant(true)), constant(false)])),
        ("not (true and false)", not(Expression::All(vec![constant(true), constant(false)]))),
        ("true or false or true", Expression::Any(vec![constant(true), constant(false), constant(true)])),
        ("((true))", constant(true)),
    ] {
        assert_eq!(read(written, Context::Metric), expected, "{written}");
    }
}

#[test]
fn functions() {
    let function = Expression::IsMatch(metric(MetricField::Name), r"^a\.b".into());
    let not = || Expression::Not(Box::new(function.clone()));
    for (written, expected) in [
        (r#"IsMatch(name, "^a\\.b")"#, function.clone()),
        (r#"IsMatch(metric.name,"^a\\.b") == true"#, function.clone()),
        (r#"IsMatch(name, "^a\\.b") != false"#, function.clone()),
        (r#"IsMatch(name, "^a\\.b") == false"#, not()),
        (r#"not IsMatch(name, "^a\\.b")"#, not()),
    ] {
        assert_eq!(read(written, Context::Metric), expected, "{written}");
    }
}

/// A path without an owner is of what the condition is about.
#[test]
fn places() {
    let (resource, point) = (|| Value::Resource("k".into()), || Value::Point("k".into()));
    for (context, path, value) in [
        (Context::Resource, r#"attributes["k"]"#, resource()),
        (Context::Resource, r#"resource.attributes["k"]"#, resource()),
        (Context::Scope, "name", Value::ScopeName),
        (Context::Scope, r#"attributes["k"]"#, Value::Scope("k".into())),
        (Context::Metric, "name", metric(MetricField::Name)),
        (Context::Metric, "metric.name", metric(MetricField::Name)),
        (Context::Metric, "unit", metric(MetricField::Unit)),
        (Context::Metric, "type", metric(MetricField::Type)),
        (Context::Metric, "aggregation_temporality", metric(MetricField::Temporality)),
        (Context::Metric, "is_monotonic", metric(MetricField::Monotonic)),
        (Context::Metric, r#"resource.attributes["k"]"#, resource()),
        (Context::Metric, "instrumentation_scope.name", Value::ScopeName),
        (Context::Metric, "scope.version", Value::ScopeVersion),
        (Context::DataPoint, r#"attributes["k"]"#, point()),
        (Context::DataPoint, r#"datapoint.attributes["k"]"#, point()),
        (Context::DataPoint, "metric.name", metric(MetricField::Name)),
        (Context::DataPoint, r#"resource.attributes["k"]"#, resource()),
        (Context::Inferred, "metric.type", metric(MetricField::Type)),
        (Context::Inferred, r#"datapoint.attributes["k"]"#, point()),
        (Context::Inferred, r#"resource.attributes["k"]"#, resource()),
        (Context::Inferred, "scope.name", Value::ScopeName),
    ] {
        assert_eq!(read(&format!("{path} == \"x\""), context), equal(value, text("x")), "{context:?} {path}");
    }
}

/// Both sides may be places, and blanks and lines are free.
#[test]
fn two_places() {
    let expected = equal(Value::Resource("a".into()), Value::Point("b".into()));
    assert_eq!(read(" resource.attributes[\"a\"]\n  ==attributes[ \"b\" ] ", Context::DataPoint), expected);
}
