//! What conditions look at: parts of a stream's description, and values that are written down.

use crate::part::Part;
use crate::types::{Stream, Value};
use crate::value::View;

/// One side of a comparison.
#[derive(Debug)]
pub(crate) enum Operand {
    /// A written value; none is nothing.
    Literal(Option<Value>),
    /// The attribute of a part that has this key.
    Attribute(Part, String),
    Metric(MetricField),
    ScopeName,
    ScopeVersion,
}

/// What is known of a metric, whatever its attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MetricField {
    Name,
    Unit,
    /// Its kind as a number: 1 gauge, 2 sum, 3 histogram, 4 exponential histogram, 5 summary.
    Type,
    /// 0 unspecified, 1 delta, 2 cumulative; nothing for gauges and summaries.
    Temporality,
    /// Of sums only.
    Monotonic,
}

/// Kinds of stream.
const GAUGE: u32 = 1;
const SUM: u32 = 2;
const SUMMARY: u32 = 5;

impl Operand {
    /// The value; none if there is no such attribute. Of a key that was sent twice it is the first.
    pub(crate) fn see<'a>(&'a self, stream: &'a Stream) -> Option<View<'a>> {
        match self {
            Self::Literal(value) => value.as_ref().map(View::from),
            Self::Attribute(part, key) => {
                part.of(stream).iter().find(|attribute| attribute.key == *key).map(|found| View::from(&found.value))
            }
            Self::Metric(field) => field.see(stream),
            Self::ScopeName => Some(View::Text(&stream.scope_name)),
            Self::ScopeVersion => Some(View::Text(&stream.scope_version)),
        }
    }

    /// Whether `test` is true of the value, or of one of the values of a key that was sent twice.
    pub(crate) fn any(&self, stream: &Stream, test: impl Fn(View<'_>) -> bool) -> bool {
        match self {
            Self::Attribute(part, key) => {
                let mut found = part.of(stream).iter().filter(|attribute| attribute.key == *key);
                found.any(|attribute| test(View::from(&attribute.value)))
            }
            other => other.see(stream).is_some_and(test),
        }
    }

    /// Whether the value stands in `part`.
    pub(crate) fn reads(&self, part: Part) -> bool {
        match self {
            Self::Attribute(read, _) => *read == part,
            Self::ScopeName | Self::ScopeVersion => part == Part::Scope,
            Self::Literal(_) | Self::Metric(_) => false,
        }
    }
}

impl MetricField {
    fn see(self, stream: &Stream) -> Option<View<'_>> {
        match self {
            Self::Name => Some(View::Text(&stream.name)),
            Self::Unit => Some(View::Text(&stream.unit)),
            Self::Type => Some(View::Integer(stream.kind.into())),
            Self::Temporality if matches!(stream.kind, GAUGE | SUMMARY) => None,
            Self::Temporality => Some(View::Integer(stream.temporality.into())),
            Self::Monotonic => (stream.kind == SUM).then_some(View::Boolean(stream.monotonic)),
        }
    }
}
