//! The block `resource_attributes` of a detector: a switch for each attribute that it knows.

use config::report::Report;
use config::schema::kind::Kind;
use config::schema::kinds::{block, block_with};
use config::schema::{Preset, Reader, Schema, Shape, Site, Status};

use super::detector::{Known, Selection};

config::block! {
    /// Whether the attribute is added.
    pub struct Switch {
        enabled: bool = boolean(true),
    }
}

/// A switch for each of some attributes.
#[derive(Debug)]
pub struct Switches(&'static [Known]);

/// A switch for each attribute that a detector knows.
#[must_use]
pub fn switches(known: &'static [Known]) -> Switches {
    Switches(known)
}

fn switch(known: Known) -> impl Kind<Value = Switch> {
    if known.on { block() } else { block_with(&[("enabled", "false")]) }
}

impl Switches {
    fn schema(&self) -> Schema {
        let mut schema = Schema::new(&["The attributes that are added."]);
        for known in self.0 {
            schema.add(known.key, &[], &[], &switch(*known), Status::Read);
        }
        schema
    }
}

impl Kind for Switches {
    type Value = Selection;

    fn shape(&self) -> Shape {
        Shape::Block(self.schema())
    }

    fn preset(&self) -> Preset {
        Preset::Block
    }

    fn absent(&self) -> Selection {
        Selection::new(self.0, |_| None)
    }

    fn read(&self, site: Site<'_>, report: &mut Report) -> Option<Selection> {
        let schema = self.schema();
        let mut reader = Reader::new(site, &schema, &[], report)?;
        let switches: Vec<(&str, bool)> = self
            .0
            .iter()
            .map(|known| (known.key, reader.key(known.key, &[], &switch(*known), report).enabled))
            .collect();
        reader.finish(report)?;
        let switched = |key: &str| switches.iter().find(|(known, _)| *known == key).map(|(_, on)| *on);
        Some(Selection::new(self.0, switched))
    }
}
