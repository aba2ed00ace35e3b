//! One rule: the streams that it is for, and what becomes of them.

use crate::action::Action;
use crate::part::Part;
use crate::pattern::Patterns;
use crate::types::Stream;
use crate::value::text;

/// A rule, as meant.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The part whose attributes the conditions and the action are about.
    pub(crate) on: Part,
    /// Names of metrics; none: all metrics.
    pub(crate) metrics: Option<Patterns>,
    /// All must hold.
    pub(crate) conditions: Vec<Condition>,
    pub(crate) effect: Effect,
}

/// The attribute exists, and its value as text matches.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) key: String,
    pub(crate) value: Patterns,
}

/// What becomes of a stream that the rule is for.
#[derive(Debug)]
pub(crate) enum Effect {
    /// The whole stream is dropped.
    Drop,
    /// The attributes of the rule's part change.
    Change(Action),
}

impl Rule {
    /// Whether the rule is for this stream, as earlier rules have left it.
    pub(crate) fn holds(&self, stream: &Stream) -> bool {
        self.metrics.as_ref().is_none_or(|names| names.match_any(&stream.name))
            && self.conditions.iter().all(|condition| condition.holds(self.on, stream))
    }

    /// Whether the rule has to see the attributes of `part`.
    pub(crate) fn reads(&self, part: Part) -> bool {
        self.on == part && (matches!(self.effect, Effect::Change(_)) || !self.conditions.is_empty())
    }
}

impl Condition {
    fn holds(&self, part: Part, stream: &Stream) -> bool {
        let mut found = part.of(stream).iter().filter(|attribute| attribute.key == self.key);
        found.any(|attribute| self.value.match_any(&text(&attribute.value)))
    }
}
