//! What a condition means.

/// Something that is true of a stream or not.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// Always, or never.
    Constant(bool),
    /// Each of these.
    All(Vec<Expression>),
    /// One of these at least.
    Any(Vec<Expression>),
    /// It is not so.
    Not(Box<Expression>),
    /// Two values compare.
    Compare(Value, Operator, Value),
    /// The value as text matches a regex, somewhere. What is nothing does not.
    IsMatch(Value, String),
}

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A value that is written, or where it stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A written value.
    Literal(Literal),
    /// An attribute of the resource.
    Resource(String),
    /// An attribute of the scope.
    Scope(String),
    /// An attribute of the data point.
    Point(String),
    /// The scope's name.
    ScopeName,
    /// The scope's version.
    ScopeVersion,
    /// Something of the metric.
    Metric(MetricField),
}

/// A written value.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `nil`
    Nil,
    /// `true` or `false`.
    Boolean(bool),
    /// An integer, or the name of one.
    Integer(i64),
    /// A double, which is finite.
    Double(f64),
    /// A text.
    Text(String),
}

/// Something of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricField {
    /// Its name.
    Name,
    /// Its unit.
    Unit,
    /// Its type, a number; see `METRIC_DATA_TYPE_GAUGE` and the like.
    Type,
    /// Its temporality, a number; see `AGGREGATION_TEMPORALITY_DELTA` and the like.
    Temporality,
    /// Whether it only rises.
    Monotonic,
}

impl Operator {
    /// As it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}
