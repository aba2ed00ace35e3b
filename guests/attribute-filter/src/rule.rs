//! Rules, and groups of them: for which streams they are, and what becomes of those.

use crate::action::Action;
use crate::condition::Condition;
use crate::part::Part;
use crate::types::Stream;

/// Rules that were written together: those of one processor.
#[derive(Debug)]
pub(crate) struct Group {
    /// Judged once, before the first rule.
    pub(crate) condition: Condition,
    /// The drop reason of its streams, as an index.
    pub(crate) reason: u32,
    pub(crate) rules: Vec<Rule>,
}

/// A rule, as meant.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Judged of a stream as earlier rules have left it.
    pub(crate) condition: Condition,
    pub(crate) effect: Effect,
}

/// What becomes of a stream that a rule is for.
#[derive(Debug)]
pub(crate) enum Effect {
    /// The whole stream is dropped.
    Drop,
    /// The attributes of a part change.
    Change(Part, Action),
}

impl Group {
    /// Whether it has to see `part`.
    pub(crate) fn reads(&self, part: Part) -> bool {
        self.condition.reads(part) || self.rules.iter().any(|rule| rule.reads(part))
    }

    /// Applies its rules in order, each to what the ones before it have left. True if the stream is to be dropped.
    pub(crate) fn apply(&self, stream: &mut Stream) -> bool {
        if !self.condition.holds(stream) {
            return false;
        }
        for rule in &self.rules {
            if !rule.condition.holds(stream) {
                continue;
            }
            match &rule.effect {
                Effect::Drop => return true,
                Effect::Change(part, action) => action.apply(part.of_mut(stream)),
            }
        }
        false
    }
}

impl Rule {
    fn reads(&self, part: Part) -> bool {
        self.condition.reads(part) || matches!(self.effect, Effect::Change(changed, _) if changed == part)
    }
}
