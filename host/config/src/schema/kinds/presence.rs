//! Values that need not be there, and values that must.

use crate::node::Value;
use crate::report::Report;
use crate::schema::kind::Kind;
use crate::schema::{Preset, Shape, Site, Written};

/// A value without a default.
#[derive(Debug)]
pub struct Maybe<K>(K);

/// A value, or nothing where it is not written.
#[must_use]
pub fn maybe<K: Kind>(kind: K) -> Maybe<K> {
    Maybe(kind)
}

impl<K: Kind> Kind for Maybe<K> {
    type Value = Option<K::Value>;

    fn shape(&self) -> Shape {
        self.0.shape()
    }

    fn preset(&self) -> Preset {
        Preset::Unset
    }

    fn absent(&self) -> Self::Value {
        None
    }

    fn read(&self, site: Site<'_>, report: &mut Report) -> Option<Self::Value> {
        if matches!(site.node.value, Value::Null) {
            return Some(None);
        }
        self.0.read(site, report).map(Some)
    }
}

/// A value that has to be written.
#[derive(Debug)]
pub struct Required<K> {
    kind: K,
    help: &'static str,
    /// A key in its place.
    other: Option<&'static str>,
}

/// A value that has to be written: where it is not, that is an error, and `help` says what to do. It is none only in
/// settings that nobody wrote.
#[must_use]
pub fn required<K: Kind>(help: &'static str, kind: K) -> Required<K> {
    Required { kind, help, other: None }
}

/// The same, unless the key `other` is written in its place.
#[must_use]
pub fn required_unless<K: Kind>(other: &'static str, help: &'static str, kind: K) -> Required<K> {
    Required { kind, help, other: Some(other) }
}

impl<K: Kind> Kind for Required<K> {
    type Value = Option<K::Value>;

    fn shape(&self) -> Shape {
        self.kind.shape()
    }

    fn preset(&self) -> Preset {
        Preset::Required
    }

    fn absent(&self) -> Self::Value {
        None
    }

    fn read(&self, site: Site<'_>, report: &mut Report) -> Option<Self::Value> {
        self.kind.read(site, report).map(Some)
    }

    fn demand(&self, block: &Written<'_>) -> Option<&'static str> {
        let has_other = self.other.is_some_and(|other| block.has(other));
        (!has_other).then_some(self.help)
    }
}
