//! A group as the host writes it: `if` is the condition of the whole group, and one key says what becomes of its
//! streams: `block` is a block of `attribute_filter`, `actions` change the attributes of the part `on`, `drop` is a
//! condition.

use super::attribute;
use super::condition;
use super::entry::{Entry, Keys, Problems};
use super::rule::read_on;
use super::{MOST_RULES, read_block};
use crate::condition::Condition;
use crate::part::Part;
use crate::rule::{Effect, Group, Rule};

const KEYS: [&str; 5] = ["if", "block", "on", "actions", "drop"];

/// Reads a group. What is returned counts only if no problem was added.
pub(super) fn read(reason: u32, group: &Entry, problems: &mut Problems) -> Option<Group> {
    let keys = group.map("a group of rules", problems)?;
    keys.refuse_others("a group", &KEYS, problems);
    let condition = keys.get("if").map_or(Some(Condition::ALWAYS), |written| condition::read(&written, problems))?;
    let rules = if let Some(block) = keys.get("block") {
        read_block(&block.map("a map of settings", problems)?, problems)
    } else if let Some(drop) = keys.get("drop") {
        let condition = condition::read(&drop, problems)?;
        vec![Rule { condition, effect: Effect::Drop }]
    } else {
        read_actions(&keys, problems)?
    };
    Some(Group { condition, reason, rules })
}

fn read_actions(keys: &Keys, problems: &mut Problems) -> Option<Vec<Rule>> {
    let on = keys.get("on").map_or(Part::Point, |on| read_on(&on, problems));
    let actions = keys.require("actions", "what becomes of the attributes", problems)?;
    let actions = actions.list("a list of actions", problems)?;
    if actions.len() > MOST_RULES {
        problems.add(&keys.path, format!("write at most {MOST_RULES} actions (got {})", actions.len()));
        return None;
    }
    let read = actions.iter().flat_map(|action| attribute::read(action, problems));
    let rule = |action| Rule { condition: Condition::ALWAYS, effect: Effect::Change(on, action) };
    Some(read.map(rule).collect())
}
