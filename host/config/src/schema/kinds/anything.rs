//! What this host does not look into.

use crate::report::Report;
use crate::schema::kind::Kind;
use crate::schema::{Preset, Shape, Site};

/// Anything, which is not read.
#[derive(Debug)]
pub struct Anything(&'static str);

/// Anything. The default is what the Collector takes, for the reference.
#[must_use]
pub fn anything(default: &'static str) -> Anything {
    Anything(default)
}

impl Kind for Anything {
    type Value = ();

    fn shape(&self) -> Shape {
        Shape::Free
    }

    fn preset(&self) -> Preset {
        if self.0.is_empty() { Preset::Unset } else { Preset::Value(self.0.to_owned()) }
    }

    fn absent(&self) {}

    fn read(&self, _site: Site<'_>, _report: &mut Report) -> Option<()> {
        Some(())
    }
}
