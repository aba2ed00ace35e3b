//! Descriptions, to be read.

use super::{Descriptions, HEAD, METRIC, RESOURCE, SCOPE, number_at, numbers};
use model::Kind;
use model::MetricTraits;
use otlp::canonical::{self, Value};

/// A description, to be read.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub(super) all: &'a Descriptions,
    pub(super) identity: &'a [u8],
    /// In place of the identity's own, behind a processor that changed them.
    pub(super) traits: Option<MetricTraits>,
}

impl<'a> View<'a> {
    /// The attributes of the resource, by key.
    pub fn resource(self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        self.set(number_at(self.identity, RESOURCE))
    }

    /// A key that two streams share exactly when their resources are equal.
    #[must_use]
    pub fn resource_key(self) -> u64 {
        self.all.sets.key(number_at(self.identity, RESOURCE))
    }

    /// The same stream with other traits.
    #[must_use]
    pub fn with_traits(self, traits: MetricTraits) -> Self {
        Self { traits: Some(traits), ..self }
    }

    fn scope(self) -> &'a [u8] {
        self.all.scopes.get(number_at(self.identity, SCOPE))
    }

    /// Name and version of the scope.
    #[must_use]
    pub fn scope_name_version(self) -> (&'a str, &'a str) {
        let (name, rest) = read_text(&self.scope()[4..]);
        (name, read_text(rest).0)
    }

    /// The attributes of the scope, by key.
    pub fn scope_attributes(self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        self.set(number_at(self.scope(), 0))
    }

    fn set(self, set: u32) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        numbers(self.all.sets.get(set)).map(move |number| canonical::read(self.all.attributes.get(number)))
    }

    fn metric(self) -> &'a [u8] {
        self.all.metrics.get(number_at(self.identity, METRIC))
    }

    /// The metric's name.
    #[must_use]
    pub fn name(self) -> &'a str {
        read_text(&self.metric()[3..]).0
    }

    /// The metric's unit.
    #[must_use]
    pub fn unit(self) -> &'a str {
        read_text(read_text(&self.metric()[3..]).1).0
    }

    /// What the metric is, in the words of its first sender; empty if there are none.
    #[must_use]
    pub fn description(self) -> &'a str {
        self.all.texts.get(&number_at(self.identity, METRIC)).map_or("", |text| &**text)
    }

    /// The metric's kind, temporality and monotonicity.
    #[must_use]
    pub fn traits(self) -> MetricTraits {
        if let Some(traits) = self.traits {
            return traits;
        }
        let metric = self.metric();
        MetricTraits { kind: Kind::from_code(metric[0]), temporality: metric[1], monotonic: metric[2] == 1 }
    }

    /// The attributes of the point, by key.
    pub fn attributes(self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        numbers(&self.identity[HEAD * 4..]).map(move |number| canonical::read(self.all.attributes.get(number)))
    }
}

fn read_text(bytes: &[u8]) -> (&str, &[u8]) {
    let split = || {
        let (length, rest) = bytes.split_first_chunk()?;
        rest.split_at_checked(u32::from_le_bytes(*length) as usize)
    };
    let (text, rest) = split().unwrap_or_default();
    (std::str::from_utf8(text).unwrap_or_default(), rest)
}
