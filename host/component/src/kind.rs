//! A kind of component: what is known of it before any of it is configured.

use config::report::Report;
use config::schema::{Schema, Site};

/// A kind of component whose settings are `S`.
#[derive(Debug)]
pub struct Kind<S> {
    /// Its type in a configuration, then the names that the type had before.
    pub names: &'static [&'static str],
    /// What it is for, in one sentence.
    pub summary: &'static str,
    /// What its block may look like, in YAML, without the id in front; empty if it has no keys.
    pub example: &'static str,
    /// Its page of documentation, in Markdown: what goes beyond the summary. It becomes part of `docs/components.md`.
    pub page: &'static str,
    /// What its block may have in it.
    pub schema: fn() -> &'static Schema,
    /// Reads the settings of the component with that id from its block. None if they are wrong, which is then in the report.
    pub read: fn(id: &str, site: Site<'_>, report: &mut Report) -> Option<S>,
}
