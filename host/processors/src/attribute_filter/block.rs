//! The processor's block. The guest reads its rules itself.

use crate::guest::settings::Module;

config::block! {
    /// What is changed and dropped, by rules.
    pub struct Keys {}
    parts {
        /// Another guest in its place.
        module: Module,
    }
    others "The guest has one key, `rules`: [components.md](components.md#attribute_filter-processor) describes them.";
}
