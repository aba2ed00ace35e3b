//! Blocks of the configuration, each declared once with [`block!`](crate::block): its keys with their kinds, defaults and
//! documentation. From the declaration come the settings as a struct, their reader, the reference and what `config print`
//! shows. Rules across keys are written by hand, as a check.

mod document;
pub mod kind;
pub mod kinds;
mod macros;
mod print;
mod reader;
mod rules;
#[cfg(test)]
mod tests;
mod written;

pub use document::reference;
pub use print::Printer;
pub use reader::Reader;
pub use rules::Rules;
pub use written::{Site, Written};

use crate::report::Report;
use kind::Kind;

/// Defaults of a block where it is used, in place of those that it declares: keys, and values as YAML writes them.
pub type Presets = &'static [(&'static str, &'static str)];

/// What a block may have in it.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// What the block is for, in the lines of its declaration.
    pub about: &'static [&'static str],
    /// Its keys.
    pub keys: Vec<Key>,
    /// What its other keys are, if somebody else reads them.
    pub others: Option<&'static str>,
}

/// A key of a block.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// The names that it had before.
    pub old: &'static [&'static str],
    /// What it says, in the lines of its declaration.
    pub about: &'static [&'static str],
    /// What it may be.
    pub shape: Shape,
    /// What holds where it is not written.
    pub preset: Preset,
    /// What the host makes of it.
    pub status: Status,
    /// Another key; where that is written, the default of this one does not hold.
    pub unless: Option<&'static str>,
}

/// What a value may be.
#[derive(Debug, Clone)]
pub enum Shape {
    /// `true` or `false`.
    Boolean,
    /// A whole number, from and to.
    Integer(u64, u64),
    /// A number, from and to.
    Number(f64, f64),
    /// A number with a unit.
    Duration,
    /// Any text.
    Text,
    /// A text that nobody is to see.
    Secret,
    /// One of these words.
    Choice(Vec<&'static str>),
    /// `host:port` to listen on.
    Listen,
    /// The full address of a server.
    Url,
    /// Any number of one shape.
    List(Box<Shape>),
    /// Values of one shape, by name.
    Map(Box<Shape>),
    /// Keys of their own.
    Block(Schema),
    /// Whatever somebody else reads.
    Free,
}

impl Shape {
    /// Whether it is a text to the Collector, whatever is made of it.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Secret | Self::Choice(_) | Self::Listen | Self::Url)
    }
}

/// What holds where a key is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preset {
    /// This value, as YAML writes it.
    Value(String),
    /// The defaults of the block.
    Block,
    /// Nothing: what the key would set is left out.
    Unset,
    /// It has to be written.
    Required,
}

/// What the host makes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It does what its documentation says.
    Read,
    /// It is taken and changes nothing, for this reason.
    NoEffect(&'static str),
    /// It may only be off; what to do instead.
    Off(&'static str),
    /// It is an error; what to do instead.
    Refused(&'static str),
}

/// A block that was declared. [`block!`](crate::block) writes this.
pub trait Declared: Sized + 'static {
    /// What it may have in it.
    fn schema() -> &'static Schema;

    /// Reads its keys, and no others.
    fn read_keys(reader: &mut Reader<'_>, report: &mut Report) -> Self;

    /// Reports what is wrong with values that are right each by itself.
    fn check(&self, rules: &mut Rules<'_>);

    /// All defaults, with `presets` in place of the declared ones.
    #[must_use]
    fn preset(presets: Presets) -> Self {
        Self::read_keys(&mut Reader::nothing(presets), &mut Report::default())
    }

    /// Reads the block at a place. None if something in it is wrong, which is then in the report.
    fn read(site: Site<'_>, report: &mut Report) -> Option<Self> {
        Self::read_as(site, Self::schema(), &[], report)
    }

    /// The same by a schema that may have more keys, and with `presets` in place of the declared defaults.
    fn read_as(site: Site<'_>, schema: &Schema, presets: Presets, report: &mut Report) -> Option<Self> {
        let mut reader = Reader::new(site, schema, presets, report)?;
        let block = Self::read_keys(&mut reader, report);
        let written = reader.finish(report)?;
        let mut rules = Rules::new(written, report);
        block.check(&mut rules);
        rules.is_kept().then_some(block)
    }
}

impl Schema {
    /// A block without keys.
    #[must_use]
    pub fn new(about: &'static [&'static str]) -> Self {
        Self { about, keys: Vec::new(), others: None }
    }

    /// Adds a key.
    pub fn add<K: Kind>(
        &mut self,
        name: &'static str,
        old: &'static [&'static str],
        about: &'static [&'static str],
        kind: &K,
        status: Status,
    ) {
        let (shape, preset) = (kind.shape(), kind.preset());
        self.keys.push(Key { name, old, about, shape, preset, status, unless: None });
    }

    /// Adds the keys of another block, with other defaults. They count for nothing where `unless` is written.
    pub fn join(&mut self, other: &Self, presets: Presets, unless: Option<&'static str>) {
        let keys = other.clone().with(presets).keys.into_iter();
        self.keys.extend(keys.map(|key| Key { unless: key.unless.or(unless), ..key }));
    }

    /// The same block with other defaults.
    #[must_use]
    pub fn with(mut self, presets: Presets) -> Self {
        for (name, value) in presets {
            if let Some(key) = self.keys.iter_mut().find(|key| key.name == *name) {
                key.preset = Preset::Value((*value).to_owned());
            }
        }
        self
    }

    /// The key of that name, which may be an old one.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name || key.old.contains(&name))
    }

    /// All keys with those of the blocks within, and the path of each.
    #[must_use]
    pub fn paths(&self) -> Vec<(String, &Key)> {
        let mut paths = Vec::new();
        for key in &self.keys {
            paths.push((key.name.to_owned(), key));
            if let Shape::Block(block) = &key.shape {
                paths.extend(block.paths().into_iter().map(|(path, inner)| (format!("{}.{path}", key.name), inner)));
            }
        }
        paths
    }
}
