//! A block of the configuration, read by its schema.

use std::sync::LazyLock;

use super::kind::Kind;
use super::kinds::boolean;
use super::{Presets, Schema, Site, Status, Written};
use crate::guess::{guess, is_slip, nearest, not_indented};
use crate::node::{Key, Node, Value};
use crate::place::Extent;
use crate::report::Report;

/// What nobody wrote.
static NOTHING: LazyLock<Node> = LazyLock::new(|| unwritten(Value::Null));

/// No keys at all.
static EMPTY: Schema = Schema { about: &[], keys: Vec::new(), others: None };

/// Reads a block key by key. [`Self::finish`] ends it.
#[derive(Debug)]
pub struct Reader<'a> {
    written: Written<'a>,
    schema: &'a Schema,
    /// Defaults in place of the declared ones; the first that has a key counts.
    presets: Vec<Presets>,
    is_right: bool,
}

impl<'a> Reader<'a> {
    /// A reader of the block at a place; nothing counts as an empty one. None if something else than a block stands there.
    pub fn new(site: Site<'a>, schema: &'a Schema, presets: Presets, report: &mut Report) -> Option<Self> {
        let Site { node, path } = site;
        match &node.value {
            Value::Map(_) | Value::Null => {}
            Value::Reference => return None,
            other => {
                let message = format!("expected a map, found {}", other.kind());
                report.error(node.place, path, message, "write its keys in lines of their own, each indented further");
                return None;
            }
        }
        Some(Self { written: Written::new(site), schema, presets: vec![presets], is_right: true })
    }

    /// A reader of a block that is not written.
    #[must_use]
    pub fn nothing(presets: Presets) -> Self {
        let written = Written::new(Site { node: &NOTHING, path: "" });
        Self { written, schema: &EMPTY, presets: vec![presets], is_right: true }
    }

    /// The value of a key, or its default.
    pub fn key<K: Kind>(
        &mut self,
        name: &'static str,
        old: &[&'static str],
        kind: &K,
        report: &mut Report,
    ) -> K::Value {
        let found = self.find(name, old, report);
        if let Some(help) = kind.demand(&self.written)
            && found.is_none_or(|(_, node)| matches!(node.value, Value::Null))
        {
            self.demand(name, help, report);
            return kind.absent();
        }
        let Some((key, node)) = found else { return self.preset(name, kind) };
        let path = self.written.path(&key.text);
        let value = kind.read(Site { node, path: &path }, report);
        self.is_right &= value.is_some();
        value.unwrap_or_else(|| self.preset(name, kind))
    }

    /// What is written under a key, or under one of the names that it had before.
    fn find(&mut self, name: &str, old: &[&str], report: &mut Report) -> Option<&'a (Key, Node)> {
        let new = self.written.get(name);
        let before = old.iter().find_map(|old| self.written.get(old));
        if let (Some((new, _)), Some((key, _))) = (new, before) {
            self.is_right = false;
            let message = format!("the old name of {name}, which is set too");
            report.error(key.place, &self.written.path(&key.text), message, "remove this one");
            report.beside(new.place, "the new name is here");
        }
        new.or(before)
    }

    /// What holds where a key is not written.
    fn preset<K: Kind>(&self, name: &str, kind: &K) -> K::Value {
        let mut presets = self.presets.iter().flat_map(|presets| presets.iter());
        let Some((_, text)) = presets.find(|(known, _)| *known == name) else { return kind.absent() };
        let node = unwritten(Value::Plain((*text).to_owned()));
        kind.read(Site { node: &node, path: name }, &mut Report::default()).unwrap_or_else(|| kind.absent())
    }

    fn demand(&mut self, name: &'static str, help: &str, report: &mut Report) {
        self.is_right = false;
        let is_misspelt = |(key, _): &(Key, Node)| key.text != name && is_slip(&key.text, name);
        if !self.written.entries().iter().any(is_misspelt) {
            report.error(self.written.place(""), &self.written.path(name), "required", help);
        }
    }

    /// The keys of another block that stand in this one.
    pub fn part<T: super::Declared>(&mut self, presets: Presets, report: &mut Report) -> T {
        self.presets.push(presets);
        let part = T::read_keys(self, report);
        self.presets.pop();
        part
    }

    /// Ends the block: keys that nobody declared are unknown. None if something was wrong.
    pub fn finish(mut self, report: &mut Report) -> Option<Written<'a>> {
        let read = self.schema.keys.iter().filter(|key| key.status == Status::Read);
        let known: Vec<&str> = read.map(|key| key.name).collect();
        let mut above = None;
        for (key, node) in self.written.entries() {
            let path = self.written.path(&key.text);
            match self.schema.key(&key.text).map(|key| key.status) {
                Some(Status::Read | Status::NoEffect(_)) => {}
                Some(Status::Off(help)) => self.is_right &= is_off(Site { node, path: &path }, help, report),
                Some(Status::Refused(_)) if node.value.is_empty() && !matches!(node.value, Value::Map(_)) => {}
                Some(Status::Refused(help)) => {
                    self.is_right = false;
                    report.hide(node);
                    report.error(key.place, &path, "a key of the Collector that this version does not have", help);
                }
                None if self.schema.others.is_some() => {}
                None => {
                    self.is_right = false;
                    report.hide(node);
                    let above = above.filter(|_| nearest(&key.text, &known).is_none());
                    let help = above.map(not_indented).unwrap_or_default() + &guess(&key.text, &known);
                    report.error(key.place, &path, "unknown key", help);
                }
            }
            above = Some(key.text.as_str()).filter(|_| matches!(node.value, Value::Null) && key.expanded.is_none());
        }
        self.is_right.then_some(self.written)
    }
}

/// A value that stands nowhere.
fn unwritten(value: Value) -> Node {
    Node::new(Extent::default(), value)
}

/// Whether a switch that this host has not is off. What is no switch has been reported.
fn is_off(site: Site<'_>, help: &str, report: &mut Report) -> bool {
    let is_on = boolean(false).read(site, report) == Some(true);
    if is_on {
        report.error(site.node.place, site.path, "this version cannot do that", help);
    }
    !is_on
}
