//! Descriptions, to be read.

use super::description::{Description, Set, scope_key, set_key};
use super::{Descriptions, HEAD, IdentityKey, METRIC, RESOURCE, SCOPE, number_at, numbers};
use model::Kind;
use model::MetricTraits;
use otlp::canonical::{self, Value};
use otlp::key::Keyer;

/// A description, to be read.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    form: Form<'a>,
    /// In place of the identity's own, behind a processor that changed them.
    traits: Option<MetricTraits>,
}

/// Where it is.
#[derive(Debug, Clone, Copy)]
enum Form<'a> {
    /// Among others, as numbers.
    Interned(&'a Descriptions, &'a [u8]),
    /// Alone.
    Alone(&'a Description),
}

/// Attributes of either form.
enum Attributes<'a> {
    Interned(&'a Descriptions, &'a [u8]),
    Alone(&'a Set),
}

impl<'a> Attributes<'a> {
    fn bytes(self) -> impl Iterator<Item = &'a [u8]> {
        let (interned, alone) = match self {
            Self::Interned(all, list) => (Some(numbers(list).map(|number| all.attributes.get(number))), None),
            Self::Alone(set) => (None, Some(set.iter())),
        };
        interned.into_iter().flatten().chain(alone.into_iter().flatten())
    }

    fn read(self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        self.bytes().map(canonical::read)
    }
}

impl<'a> From<&'a Description> for View<'a> {
    fn from(description: &'a Description) -> Self {
        Self { form: Form::Alone(description), traits: None }
    }
}

impl<'a> View<'a> {
    pub(super) fn of(description: &'a Description) -> Self {
        description.into()
    }

    pub(super) fn of_interned(all: &'a Descriptions, identity: &'a [u8]) -> Self {
        Self { form: Form::Interned(all, identity), traits: None }
    }

    /// The attributes of the resource, by key.
    pub fn resource(self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        self.resource_set().read()
    }

    fn resource_set(self) -> Attributes<'a> {
        match self.form {
            Form::Interned(all, identity) => Attributes::Interned(all, all.sets.get(number_at(identity, RESOURCE))),
            Form::Alone(description) => Attributes::Alone(&description.of_metric.resource),
        }
    }

    /// A key that two streams of one table share exactly when their resources are equal.
    #[must_use]
    pub fn resource_key(self) -> u64 {
        match self.form {
            Form::Interned(all, identity) => all.sets.key(number_at(identity, RESOURCE)),
            Form::Alone(description) => description.of_metric.resource.key as u64,
        }
    }

    /// The same stream with other traits.
    #[must_use]
    pub fn with_traits(self, traits: MetricTraits) -> Self {
        Self { traits: Some(traits), ..self }
    }

    /// Name and version of the scope, each with its length.
    fn scope_texts(self) -> &'a [u8] {
        match self.form {
            Form::Interned(all, identity) => &all.scopes.get(number_at(identity, SCOPE))[4..],
            Form::Alone(description) => &description.of_metric.scope.texts,
        }
    }

    /// Name and version of the scope.
    #[must_use]
    pub fn scope_name_version(self) -> (&'a str, &'a str) {
        let (name, rest) = read_text(self.scope_texts());
        (name, read_text(rest).0)
    }

    /// The attributes of the scope, by key.
    pub fn scope_attributes(self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        self.scope_set().read()
    }

    fn scope_set(self) -> Attributes<'a> {
        match self.form {
            Form::Interned(all, identity) => {
                let scope = all.scopes.get(number_at(identity, SCOPE));
                Attributes::Interned(all, all.sets.get(number_at(scope, 0)))
            }
            Form::Alone(description) => Attributes::Alone(&description.of_metric.scope.attributes),
        }
    }

    fn metric(self) -> &'a [u8] {
        match self.form {
            Form::Interned(all, identity) => all.metrics.get(number_at(identity, METRIC)),
            Form::Alone(description) => &description.of_metric.metric.bytes,
        }
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
        match self.form {
            Form::Interned(all, identity) => all.texts.get(&number_at(identity, METRIC)).map_or("", |text| &**text),
            Form::Alone(description) => &description.of_metric.metric.text,
        }
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

    /// Stands for the identity, its traits as sent, in every thread.
    #[must_use]
    pub fn key(self, keyer: &Keyer) -> IdentityKey {
        if let Form::Alone(description) = self.form {
            return description.key();
        }
        let scope = scope_key(self.scope_texts(), set_key(self.scope_set().bytes(), keyer), keyer);
        let resource = set_key(self.resource_set().bytes(), keyer);
        let attributes = set_key(self.point_set().bytes(), keyer);
        IdentityKey::of_parts([resource, scope, keyer.key(self.metric()), attributes])
    }

    /// The attributes of the point, by key.
    pub fn attributes(self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        self.point_set().read()
    }

    fn point_set(self) -> Attributes<'a> {
        match self.form {
            Form::Interned(all, identity) => Attributes::Interned(all, &identity[HEAD * 4..]),
            Form::Alone(description) => Attributes::Alone(&description.attributes),
        }
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
