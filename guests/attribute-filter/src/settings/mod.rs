//! The processor's settings, and what the guest asks of the host.
//!
//! They are `rules`, as written in a block of `attribute_filter`, or `groups`, which the host makes of the blocks of
//! other processors, and of several processors in a row.

mod action;
mod attribute;
mod condition;
mod entry;
mod group;
mod patterns;
mod rule;

use std::cell::RefCell;

use serde_json::Value;

use crate::Component;
use crate::bindings::exports::alluvium::processor::configure::{Guest, Needs, Problem};
use crate::condition::Condition;
use crate::part::Part;
use crate::reason;
use crate::rule::{Group, Rule};
use entry::{Entry, Keys, Problems};

/// Far more than anybody writes by hand, in a group. Each stream is held against every rule once.
const MOST_RULES: usize = 1000;

/// Each group has a drop reason, of which there are at most 64.
const MOST_GROUPS: usize = 64;

/// Codes of `stream.kind`: gauge, sum, histogram, exponential histogram and summary.
const KINDS: [u32; 5] = [1, 2, 3, 4, 5];

thread_local! {
    // The one thing that is kept between calls. A thread's own, so that native tests may run side by side.
    static GROUPS: RefCell<Vec<Group>> = const { RefCell::new(Vec::new()) };
}

/// Calls `f` with the groups that `configure` read.
pub(crate) fn with_groups<T>(f: impl FnOnce(&[Group]) -> T) -> T {
    GROUPS.with_borrow(|groups| f(groups))
}

impl Guest for Component {
    fn configure(settings: String) -> Result<Needs, Vec<Problem>> {
        let groups = parse(&settings)?;
        let reads = Part::ALL.into_iter().filter(|part| groups.iter().any(|group| group.reads(*part)));
        let needs = Needs {
            name: "attribute-filter".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            kinds: KINDS.to_vec(),
            reads: reads.map(Part::code).collect(),
            state_version: 0,
            number_words: 0,
            additive: false,
            max_streams: None,
            max_idle: None,
            tick_every: None,
            drop_reasons: (0..groups.len()).map(reason::name).collect(),
            counters: Vec::new(),
            extra: Vec::new(),
        };
        GROUPS.set(groups);
        Ok(needs)
    }
}

fn parse(text: &str) -> Result<Vec<Group>, Vec<Problem>> {
    let mut problems = Problems::default();
    let groups = match serde_json::from_str::<Value>(text) {
        Ok(value) => read(&Entry::root(&value), &mut problems),
        Err(error) => {
            problems.add("", format!("expected settings as JSON: {error}"));
            Vec::new()
        }
    };
    problems.or(groups)
}

fn read(block: &Entry, problems: &mut Problems) -> Vec<Group> {
    let Some(keys) = block.map("a map of settings", problems) else { return Vec::new() };
    let Some(groups) = keys.get("groups") else {
        return vec![Group { condition: Condition::ALWAYS, reason: 0, rules: read_block(&keys, problems) }];
    };
    keys.refuse_others("settings with groups", &["groups"], problems);
    let groups = groups.list("a list of groups", problems).unwrap_or_default();
    if groups.is_empty() || groups.len() > MOST_GROUPS {
        problems.add("groups", format!("write 1 to {MOST_GROUPS} groups (got {})", groups.len()));
        return Vec::new();
    }
    groups.iter().enumerate().filter_map(|(index, group)| group::read(index as u32, group, problems)).collect()
}

/// Reads a block of `attribute_filter`.
fn read_block(keys: &Keys, problems: &mut Problems) -> Vec<Rule> {
    keys.refuse_others("this processor", &["rules"], problems);
    let Some(written) = keys.get("rules").filter(|rules| !rules.value.is_null()) else {
        problems.add(&keys.path_of("rules"), "write at least one rule");
        return Vec::new();
    };
    let Some(rules) = written.list("a list of rules", problems) else { return Vec::new() };
    if rules.is_empty() {
        problems.add(&written.path, "write at least one rule");
    }
    if rules.len() > MOST_RULES {
        problems.add(&written.path, format!("write at most {MOST_RULES} rules (got {})", rules.len()));
        return Vec::new();
    }
    rules.iter().filter_map(|rule| rule::read(rule, problems)).collect()
}
