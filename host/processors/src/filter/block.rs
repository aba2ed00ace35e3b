//! The processor's block. Three forms of it have followed each other; one is written.

use config::schema::Rules;
use serde_json::{Value as Json, json};
use wasm::{ATTRIBUTE_FILTER, Source};

use super::conditions::{Conditions, conditions, expressions};
use super::judge;
use super::metrics::Metrics;
use super::ottl::Context;
use crate::guest::settings::GuestSettings;
use crate::matching::{MOST, settings};

/// What becomes of a condition that cannot be judged; here each can.
const ERROR_MODES: [(&str, ()); 3] = [("ignore", ()), ("silent", ()), ("propagate", ())];

config::block! {
    /// Drops metrics and data points.
    pub struct Keys {
        /// Streams of which one of these conditions is true are dropped. Each is a text, or a block with `context` and
        /// `conditions`. Paths say what they are of, such as `metric.name`.
        metric_conditions: Vec<Conditions> = conditions(),
        /// The same in older forms.
        metrics: Option<Metrics> = maybe(block()),
    }
    no_effect "a condition that is taken here cannot fail" { error_mode: choice(&ERROR_MODES, ()) }
    no_effect "this host processes metrics" {
        traces, logs, spans, profiles, trace_conditions, log_conditions, profile_conditions
    }
    check Keys::check_forms;
}

impl Keys {
    fn check_forms(&self, rules: &mut Rules<'_>) {
        let count = self.metric_conditions.len();
        if count > MOST {
            let message = format!("at most {MOST} entries, found {count}");
            rules.error("metric_conditions", message, "join conditions with or");
        }
        let has_older = self.metrics.as_ref().is_some_and(Metrics::is_something);
        if count > 0 && has_older {
            let message = "an older form of metric_conditions, which is written too";
            let help = "move its conditions to metric_conditions, with what paths are of in front: metric.name";
            rules.key_error("metrics", message, help);
        }
        if count == 0 && !has_older {
            let help = "add metric_conditions, such as ['metric.name == \"a\"'], or remove the processor";
            rules.warning("", "there is no condition; nothing is dropped", help);
        }
    }

    /// What the block means.
    #[must_use]
    pub fn settings(&self, id: &str) -> GuestSettings {
        let inferred = |each: &Conditions| expressions(&each.conditions, each.context.unwrap_or(Context::Inferred));
        let conditions =
            self.metric_conditions.iter().flat_map(inferred).map(|expression| judge::condition(&expression));
        let older = self.metrics.iter().flat_map(Metrics::drops);
        let any: Vec<Json> = conditions.chain(older).collect();
        GuestSettings::new(id, Source::Embedded(ATTRIBUTE_FILTER), settings(json!({ "drop": { "any": any } })))
    }
}
