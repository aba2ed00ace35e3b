//! Lists of conditions in a configuration, and what is wrong with them, at the word where it is.

use config::node::{Node, Value};
use config::report::Report;
use config::schema::kind::Kind;
use config::schema::{Declared as _, Preset, Rules, Shape, Site};

use super::ottl::{self, Context, Expression};
use crate::matching::MOST;

/// What the conditions of a block may be of.
const CONTEXTS: [(&str, Context); 4] = [
    ("resource", Context::Resource),
    ("scope", Context::Scope),
    ("metric", Context::Metric),
    ("datapoint", Context::DataPoint),
];

config::block! {
    /// Conditions that are of one thing.
    pub struct Conditions {
        /// What they are of; without it each path says so.
        context: Option<Context> = maybe(choice(&CONTEXTS, Context::Metric)),
        /// One that is true is enough.
        conditions: Vec<String> = texts(),
    }
    no_effect "a condition that is taken here cannot fail" { error_mode }
    check Conditions::check_conditions;
}

impl Conditions {
    fn check_conditions(&self, rules: &mut Rules<'_>) {
        check("conditions", &self.conditions, self.context.unwrap_or(Context::Inferred), rules);
    }
}

/// What the conditions of a list mean, which have been checked.
pub fn expressions(texts: &[String], context: Context) -> Vec<Expression> {
    texts.iter().filter_map(|text| ottl::parse(text, context).ok()).collect()
}

/// Reports what is wrong with the conditions under `key`.
pub fn check(key: &str, texts: &[String], context: Context, rules: &mut Rules<'_>) {
    if texts.len() > MOST {
        rules.error(key, format!("at most {MOST} conditions, found {}", texts.len()), "join conditions with or");
    }
    for (index, text) in texts.iter().enumerate() {
        if let Err(mistake) = ottl::parse(text, context) {
            rules.error_within(&format!("{key}.{index}"), mistake.at, mistake.message, mistake.help);
        }
    }
}

/// Conditions of any context: texts, or blocks.
#[derive(Debug)]
pub struct List;

/// Conditions of any context; none by default.
#[must_use]
pub fn conditions() -> List {
    List
}

impl Kind for List {
    type Value = Vec<Conditions>;

    fn shape(&self) -> Shape {
        Shape::List(Box::new(Shape::Free))
    }

    fn preset(&self) -> Preset {
        Preset::Value("[]".into())
    }

    fn absent(&self) -> Vec<Conditions> {
        Vec::new()
    }

    fn read(&self, site: Site<'_>, report: &mut Report) -> Option<Vec<Conditions>> {
        let items = match &site.node.value {
            Value::List(items) => items,
            Value::Null => return Some(Vec::new()),
            Value::Reference => return None,
            other => {
                let help = "write ['...'], or each in a line behind a dash";
                report.error(site.node.place, site.path, format!("expected a list, found {}", other.kind()), help);
                return None;
            }
        };
        let is_text = |node: &Node| node.value.is_scalar();
        if let Some(other) = items.iter().find(|node| is_text(node) != items.first().is_some_and(is_text)) {
            let message = "texts and blocks in one list";
            report.error(other.place, site.path, message, "write all conditions as texts, or all in blocks");
            return None;
        }
        let read = |(index, node): (usize, &Node)| {
            let path = format!("{}.{index}", site.path);
            let site = Site { node, path: &path };
            let (Value::Plain(text) | Value::Quoted(text)) = &node.value else {
                return Conditions::read(site, report);
            };
            if let Err(mistake) = ottl::parse(text, Context::Inferred) {
                report.error_within(node, mistake.at, &path, mistake.message, mistake.help);
                return None;
            }
            Some(Conditions { context: None, conditions: vec![text.clone()] })
        };
        // All are read, so that what is wrong is told at once.
        let read: Vec<Option<Conditions>> = items.iter().enumerate().map(read).collect();
        read.into_iter().collect()
    }
}
