//! Blocks within blocks.

use std::marker::PhantomData;

use super::boolean;
use crate::node::{Node, Value};
use crate::report::Report;
use crate::schema::kind::Kind;
use crate::schema::{Declared, Preset, Presets, Schema, Shape, Site, Status};

/// The switch that each optional block of the Collector has.
const ENABLED: &str = "enabled";

/// A block.
#[derive(Debug)]
pub struct Block<T> {
    presets: Presets,
    block: PhantomData<fn() -> T>,
}

/// A block that is always there, with its defaults where it is not written.
#[must_use]
pub fn block<T: Declared>() -> Block<T> {
    block_with(&[])
}

/// The same with other defaults.
#[must_use]
pub fn block_with<T: Declared>(presets: Presets) -> Block<T> {
    Block { presets, block: PhantomData }
}

impl<T: Declared> Kind for Block<T> {
    type Value = T;

    fn shape(&self) -> Shape {
        Shape::Block(T::schema().clone().with(self.presets))
    }

    fn preset(&self) -> Preset {
        Preset::Block
    }

    fn absent(&self) -> T {
        T::preset(self.presets)
    }

    fn read(&self, site: Site<'_>, report: &mut Report) -> Option<T> {
        T::read_as(site, T::schema(), self.presets, report)
    }
}

/// A block that may be left out.
#[derive(Debug)]
pub struct Optional<T>(Block<T>);

/// A block that is there where it is written, be it without keys, and not where it says `enabled: false`.
#[must_use]
pub fn optional<T: Declared>() -> Optional<T> {
    optional_with(&[])
}

/// The same with other defaults.
#[must_use]
pub fn optional_with<T: Declared>(presets: Presets) -> Optional<T> {
    Optional(block_with(presets))
}

impl<T: Declared> Optional<T> {
    /// The block's keys and its switch.
    fn schema(&self) -> Schema {
        let mut schema = T::schema().clone().with(self.0.presets);
        let about = &["`false` leaves the block out, as if it were not written."];
        schema.add(ENABLED, &[], about, &boolean(true), Status::Read);
        schema
    }
}

impl<T: Declared> Kind for Optional<T> {
    type Value = Option<T>;

    fn shape(&self) -> Shape {
        Shape::Block(self.schema())
    }

    fn preset(&self) -> Preset {
        Preset::Unset
    }

    fn absent(&self) -> Option<T> {
        None
    }

    fn read(&self, site: Site<'_>, report: &mut Report) -> Option<Option<T>> {
        let block = T::read_as(site, &self.schema(), self.0.presets, report);
        let is_on = match switch(site.node) {
            None => true,
            Some(node) => {
                let path = format!("{}.{ENABLED}", site.path);
                boolean(true).read(Site { node, path: &path }, report)?
            }
        };
        block.map(|block| is_on.then_some(block))
    }
}

fn switch(node: &Node) -> Option<&Node> {
    let Value::Map(entries) = &node.value else { return None };
    entries.iter().find(|(key, _)| key.text == ENABLED).map(|(_, node)| node)
}
