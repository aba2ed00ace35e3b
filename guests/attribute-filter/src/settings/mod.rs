//! The processor's block of the configuration, and what the guest asks of the host.

mod action;
mod entry;
mod patterns;
mod rule;

use std::cell::RefCell;

use serde_json::Value;

use crate::Component;
use crate::bindings::exports::alluvium::processor::configure::{Guest, Needs, Problem};
use crate::part::Part;
use crate::reason;
use crate::rule::Rule;
use entry::{Entry, Problems};

/// Far more than anybody writes by hand. Each stream is held against every rule once.
const MOST_RULES: usize = 1000;

/// Codes of `stream.kind`: gauge, sum, histogram, exponential histogram and summary.
const KINDS: [u32; 5] = [1, 2, 3, 4, 5];

thread_local! {
    // The one thing that is kept between calls. A thread's own, so that native tests may run side by side.
    static RULES: RefCell<Vec<Rule>> = const { RefCell::new(Vec::new()) };
}

/// Calls `f` with the rules that `configure` read.
pub(crate) fn with_rules<T>(f: impl FnOnce(&[Rule]) -> T) -> T {
    RULES.with_borrow(|rules| f(rules))
}

impl Guest for Component {
    fn configure(settings: String) -> Result<Needs, Vec<Problem>> {
        let rules = parse(&settings)?;
        let reads = Part::ALL.into_iter().filter(|part| rules.iter().any(|rule| rule.reads(*part)));
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
            drop_reasons: reason::NAMES.map(String::from).to_vec(),
            counters: Vec::new(),
            extra: Vec::new(),
        };
        RULES.set(rules);
        Ok(needs)
    }
}

fn parse(text: &str) -> Result<Vec<Rule>, Vec<Problem>> {
    let mut problems = Problems::default();
    let rules = match serde_json::from_str::<Value>(text) {
        Ok(value) => read(&Entry::root(&value), &mut problems),
        Err(error) => {
            problems.add("", format!("expected settings as JSON: {error}"));
            Vec::new()
        }
    };
    problems.or(rules)
}

fn read(block: &Entry, problems: &mut Problems) -> Vec<Rule> {
    let Some(keys) = block.map("a map of settings", problems) else { return Vec::new() };
    keys.refuse_others("this processor", &["rules"], problems);
    let Some(rules) = keys.get("rules").filter(|rules| !rules.value.is_null()) else {
        problems.add("rules", "write at least one rule");
        return Vec::new();
    };
    let Some(rules) = rules.list("a list of rules", problems) else { return Vec::new() };
    if rules.is_empty() {
        problems.add("rules", "write at least one rule");
    }
    if rules.len() > MOST_RULES {
        problems.add("rules", format!("write at most {MOST_RULES} rules (got {})", rules.len()));
        return Vec::new();
    }
    rules.iter().filter_map(|rule| rule::read(rule, problems)).collect()
}
