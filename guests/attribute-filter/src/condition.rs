//! For which streams a rule is.

use crate::comparison::Comparison;
use crate::operand::Operand;
use crate::part::Part;
use crate::pattern::Patterns;
use crate::types::Stream;

/// Something that is true of a stream or not.
#[derive(Debug)]
pub(crate) enum Condition {
    /// Each of these; of none, every stream.
    All(Vec<Condition>),
    /// One of these at least; of none, no stream.
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        left: Operand,
        by: Comparison,
        right: Operand,
    },
    /// There is such a value, and as text it matches.
    Match {
        value: Operand,
        patterns: Patterns,
    },
}

impl Condition {
    /// True of every stream.
    pub(crate) const ALWAYS: Self = Self::All(Vec::new());

    pub(crate) fn holds(&self, stream: &Stream) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(stream)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(stream)),
            Self::Not(condition) => !condition.holds(stream),
            Self::Compare { left, by, right } => by.holds(left.see(stream), right.see(stream)),
            Self::Match { value, patterns } => value.any(stream, |value| patterns.match_any(&value.text())),
        }
    }

    /// Whether it has to see `part`.
    pub(crate) fn reads(&self, part: Part) -> bool {
        match self {
            Self::All(conditions) | Self::Any(conditions) => conditions.iter().any(|condition| condition.reads(part)),
            Self::Not(condition) => condition.reads(part),
            Self::Compare { left, right, .. } => left.reads(part) || right.reads(part),
            Self::Match { value, .. } => value.reads(part),
        }
    }
}
