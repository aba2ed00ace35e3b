//! A stream as a processor reads it.

/// A stream in full, as far as a processor reads it; parts that it does not read are empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StreamDescription {
    /// Attributes of the resource, sorted by key.
    pub resource: Vec<Attribute>,
    /// Name of the scope.
    pub scope_name: String,
    /// Version of the scope.
    pub scope_version: String,
    /// Attributes of the scope, sorted by key.
    pub scope_attributes: Vec<Attribute>,
    /// Name of the metric.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// The code of [`Kind`](crate::Kind).
    pub kind: u32,
    /// OTLP's code: 0 unspecified, 1 delta, 2 cumulative.
    pub temporality: u32,
    /// Sums only.
    pub monotonic: bool,
    /// Attributes of the data point, sorted by key.
    pub attributes: Vec<Attribute>,
}

/// An attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: AttributeValue,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum AttributeValue {
    /// Text.
    Text(String),
    /// A boolean.
    Boolean(bool),
    /// A signed integer.
    Integer(i64),
    /// A double.
    Double(f64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An array, a map or an empty value: an `AnyValue` in OTLP's JSON mapping.
    Structured(String),
}
