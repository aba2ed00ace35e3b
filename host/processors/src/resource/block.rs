//! The processor's block.

use config::schema::Rules;
use serde_json::{Value as Json, json};
use wasm::{ATTRIBUTE_FILTER, Source};

use crate::attributes::action::{self, Action};
use crate::guest::settings::GuestSettings;
use crate::matching::settings;

config::block! {
    /// Changes attributes of resources.
    pub struct Keys {
        /// What becomes of the attributes, in this order.
        attributes: Option<Vec<Action>> = required("add attributes: [{key: ..., action: delete}]", list(block())),
    }
    check Keys::check_actions;
}

impl Keys {
    fn check_actions(&self, rules: &mut Rules<'_>) {
        action::check_list("attributes", self.attributes.as_ref(), rules);
    }

    /// What the block means.
    #[must_use]
    pub fn settings(&self, id: &str) -> GuestSettings {
        let actions: Vec<Json> = self.attributes.iter().flatten().map(Action::json).collect();
        let group = json!({ "on": "resource", "actions": actions });
        GuestSettings::new(id, Source::Embedded(ATTRIBUTE_FILTER), settings(group))
    }
}
