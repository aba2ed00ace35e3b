//! Descriptions of streams: who a stream is, interned.
//!
//! The identity of a stream is what the Collector's `identity` packages compare: resource attributes; scope name,
//! version and attributes; metric name, unit, kind, temporality and monotonicity; the attributes of the point. Not part
//! of it: schema URLs, the metric's description, whether values are integers, start times.

use std::collections::HashMap;

use super::canonical::{self, Value};
use super::intern::Interner;
use crate::otlp::attributes;
use crate::otlp::points::{Kind, Point, Points};
use crate::otlp::walk;
use crate::otlp::wire::{Fields, Malformed};

/// The names and numbers of all descriptions of a shard.
#[derive(Debug, Default)]
pub struct Descriptions {
    /// Attributes in canonical form.
    attributes: Interner,
    /// Lists of attributes by number: resources, and the attributes of scopes.
    sets: Interner,
    /// Scopes: name, version, set.
    scopes: Interner,
    /// Metrics: name, unit, kind, temporality, monotonicity.
    metrics: Interner,
    /// What the first sender of each metric said that it is, by the metric's number. No part of the identity.
    texts: HashMap<u32, Box<str>>,
    /// Identities: numbers of all of the above.
    identities: Interner,
    recent_resource: Recent,
    recent_scope: Recent,
    scratch: Scratch,
    set_scratch: Scratch,
}

/// What is kept of a metric's description, bytes.
const TEXT_BYTES: usize = 1 << 10;

/// The last message of its kind and its number, with a use of its own.
#[derive(Debug, Default)]
struct Recent {
    bytes: Vec<u8>,
    number: Option<u32>,
}

impl Recent {
    fn get(&self, bytes: &[u8]) -> Option<u32> {
        self.number.filter(|_| *self.bytes == *bytes)
    }

    fn replace(&mut self, bytes: &[u8], number: u32) -> Option<u32> {
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
        self.number.replace(number)
    }
}

/// Buffers that are used again for each description.
#[derive(Debug, Default)]
struct Scratch {
    /// Canonical attributes, one after another, and where each begins and its key ends.
    bytes: Vec<u8>,
    places: Vec<Place>,
    identity: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    key_end: usize,
    end: usize,
}

/// What the metric contributes to an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MetricTraits {
    /// What kind of points it has.
    pub kind: Kind,
    /// OTLP's code: 0 unspecified, 1 delta, 2 cumulative.
    pub temporality: u8,
    /// Sums only.
    pub monotonic: bool,
}

/// A description as it is written in a request: the canonical identity is made from it.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// The bytes of the `Resource` message.
    pub resource: &'a [u8],
    /// The bytes of the `InstrumentationScope` message.
    pub scope: &'a [u8],
    /// The bytes of the `Metric` message.
    pub metric: &'a [u8],
    /// Its traits, which the walk has read.
    pub traits: MetricTraits,
    /// The bytes of the data point.
    pub point: &'a [u8],
}

impl<'a> Written<'a> {
    /// The description of a point of `request`.
    #[must_use]
    pub fn of(point: &Point, points: &Points, request: &'a [u8]) -> Self {
        let metric = points.metrics[point.metric as usize];
        let scope = points.scopes[metric.scope as usize];
        Self {
            resource: points.resources[scope.resource as usize].bytes(request),
            scope: scope.message.bytes(request),
            metric: metric.message.bytes(request),
            traits: MetricTraits { kind: metric.kind, temporality: metric.temporality, monotonic: metric.monotonic },
            point: point.place.bytes(request),
        }
    }

    /// Checks what the walk has left for later: the attributes of resource, scope and point.
    ///
    /// # Errors
    /// [`Malformed`]: the whole request is to be refused.
    pub fn check(&self) -> Result<(), Malformed> {
        walk::check_resource(self.resource)?;
        walk::check_scope(self.scope)?;
        let number = self.traits.kind.attributes_field();
        let mut fields = Fields::of(self.point);
        while let Some(field) = fields.next()? {
            if field.number == number {
                attributes::read(field.bytes()?)?;
            }
        }
        Ok(())
    }

    /// Bytes of all that describes the stream.
    ///
    /// # Errors
    /// [`Malformed`]: the whole request is to be refused.
    pub fn length(&self) -> Result<usize, Malformed> {
        let mut length = self.resource.len() + self.scope.len();
        let number = self.traits.kind.attributes_field();
        let mut fields = Fields::of(self.point);
        while let Some(field) = fields.next()? {
            if field.number == number {
                length += field.raw().len();
            }
        }
        let mut fields = Fields::of(self.metric);
        while let Some(field) = fields.next()? {
            // Name and unit.
            if matches!(field.number, 1 | 3) {
                length += field.bytes()?.len();
            }
        }
        Ok(length)
    }
}

/// A description that a processor has changed: messages of OTLP, each with what the identity is made of. Parts that stay as
/// they are are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Shaped {
    /// A `Resource` with its attributes.
    pub resource: Option<Box<[u8]>>,
    /// An `InstrumentationScope`.
    pub scope: Option<Box<[u8]>>,
    /// A `Metric` with its name and unit.
    pub metric: Box<[u8]>,
    /// A `NumberDataPoint` with its attributes.
    pub point: Option<Box<[u8]>>,
}

impl Shaped {
    /// Bytes of all parts that were given.
    #[must_use]
    pub fn length(&self) -> usize {
        let parts = [&self.resource, &self.scope, &self.point].into_iter().flatten();
        self.metric.len() + parts.map(|part| part.len()).sum::<usize>()
    }
}

/// The numbers that make up an identity, as they stand in the interner.
const RESOURCE: usize = 0;
const SCOPE: usize = 1;
const METRIC: usize = 2;
const HEAD: usize = 3;

impl Descriptions {
    /// The number of the identity of `written`, with one more use; release it with [`Self::release`]. What the walk has left
    /// for later is checked: the attributes of resource, scope and point.
    ///
    /// # Errors
    /// [`Malformed`]: the whole request is to be refused.
    pub fn take(&mut self, written: &Written<'_>) -> Result<u32, Malformed> {
        // All that can fail comes first, so that a use that was taken is never forgotten.
        self.scratch.collect(written.point, written.traits.kind.attributes_field())?;
        let resource = self.take_resource(written.resource)?;
        let scope = match self.take_scope(written.scope) {
            Ok(scope) => scope,
            Err(malformed) => {
                self.release_set(resource);
                return Err(malformed);
            }
        };
        let metric = self.take_metric(written.metric, written.traits)?;
        let mut identity = std::mem::take(&mut self.scratch.identity);
        identity.clear();
        for number in [resource, scope, metric] {
            identity.extend_from_slice(&number.to_le_bytes());
        }
        self.scratch.number(&mut self.attributes, &mut identity);
        let (number, fresh) = self.identities.take(&identity);
        if !fresh {
            // An identity owns one use of each of its parts, however often it is used itself.
            self.release_parts(&identity);
        }
        self.scratch.identity = identity;
        Ok(number)
    }

    /// The number of the identity that `base` becomes when it is described as `shaped`, with one more use. Its traits are
    /// those that the stream was sent with. A part that is not OTLP, which none is that comes from
    /// [`Shaped`]'s maker, stays as it is.
    pub fn take_shaped(&mut self, base: u32, shaped: &Shaped, sent: MetricTraits) -> u32 {
        let old = self.identities.get(base).to_vec();
        let resource = shaped.resource.as_deref().and_then(|resource| self.take_set(resource, 1).ok());
        let resource = resource.unwrap_or_else(|| {
            let set = number_at(&old, RESOURCE);
            self.sets.share(set);
            set
        });
        let scope = shaped.scope.as_deref().and_then(|scope| self.take_scope(scope).ok());
        let scope = scope.unwrap_or_else(|| {
            let scope = number_at(&old, SCOPE);
            self.scopes.share(scope);
            scope
        });
        let old_metric = number_at(&old, METRIC);
        let metric = self.take_metric(&shaped.metric, sent).unwrap_or_else(|_| {
            self.metrics.share(old_metric);
            old_metric
        });
        if let Some(text) = self.texts.get(&old_metric).cloned() {
            self.texts.entry(metric).or_insert(text);
        }
        let mut identity: Vec<u8> = [resource, scope, metric].into_iter().flat_map(u32::to_le_bytes).collect();
        let point = Kind::Gauge.attributes_field();
        match shaped.point.as_deref().filter(|message| self.scratch.collect(message, point).is_ok()) {
            Some(_) => self.scratch.number(&mut self.attributes, &mut identity),
            None => {
                let own = &old[HEAD * 4..];
                numbers(own).for_each(|attribute| self.attributes.share(attribute));
                identity.extend_from_slice(own);
            }
        }
        let (number, fresh) = self.identities.take(&identity);
        if !fresh {
            self.release_parts(&identity);
        }
        number
    }

    /// The set of a resource. Streams of one resource come one after another.
    fn take_resource(&mut self, message: &[u8]) -> Result<u32, Malformed> {
        if let Some(set) = self.recent_resource.get(message) {
            self.sets.share(set);
            return Ok(set);
        }
        walk::check_resource(message)?;
        let set = self.take_set(message, 1)?;
        self.sets.share(set);
        if let Some(old) = self.recent_resource.replace(message, set) {
            self.release_set(old);
        }
        Ok(set)
    }

    fn take_set(&mut self, message: &[u8], field: u32) -> Result<u32, Malformed> {
        let mut scratch = std::mem::take(&mut self.set_scratch);
        let collected = scratch.collect(message, field);
        let mut numbers = std::mem::take(&mut scratch.identity);
        numbers.clear();
        let result = collected.map(|()| {
            scratch.number(&mut self.attributes, &mut numbers);
            let (set, fresh) = self.sets.take(&numbers);
            if !fresh {
                release_all(&mut self.attributes, &numbers);
            }
            set
        });
        scratch.identity = numbers;
        self.set_scratch = scratch;
        result
    }

    fn take_scope(&mut self, message: &[u8]) -> Result<u32, Malformed> {
        if let Some(scope) = self.recent_scope.get(message) {
            self.scopes.share(scope);
            return Ok(scope);
        }
        walk::check_scope(message)?;
        let (mut name, mut version) = ("", "");
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => name = field.text()?,
                2 => version = field.text()?,
                _ => {}
            }
        }
        let set = self.take_set(message, 3)?;
        let mut bytes = set.to_le_bytes().to_vec();
        put_text(name, &mut bytes);
        put_text(version, &mut bytes);
        let (scope, fresh) = self.scopes.take(&bytes);
        if !fresh {
            self.release_set(set);
        }
        self.scopes.share(scope);
        if let Some(old) = self.recent_scope.replace(message, scope) {
            self.release_scope(old);
        }
        Ok(scope)
    }

    fn take_metric(&mut self, message: &[u8], traits: MetricTraits) -> Result<u32, Malformed> {
        let (mut name, mut text, mut unit) = ("", "", "");
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => name = field.text()?,
                2 => text = field.text()?,
                3 => unit = field.text()?,
                _ => {}
            }
        }
        let (metric, fresh) = self.metrics.take(&metric_bytes(name, unit, traits));
        if fresh && !text.is_empty() {
            self.texts.insert(metric, text[..text.floor_char_boundary(TEXT_BYTES)].into());
        }
        Ok(metric)
    }

    fn release_metric(&mut self, metric: u32) {
        if self.metrics.release(metric).is_some() {
            self.texts.remove(&metric);
        }
    }

    /// One use of `identity` less.
    pub fn release(&mut self, identity: u32) {
        if let Some(bytes) = self.identities.release(identity) {
            self.release_parts(&bytes);
        }
    }

    fn release_parts(&mut self, identity: &[u8]) {
        self.release_set(number_at(identity, RESOURCE));
        self.release_scope(number_at(identity, SCOPE));
        self.release_metric(number_at(identity, METRIC));
        release_all(&mut self.attributes, &identity[HEAD * 4..]);
    }

    fn release_set(&mut self, set: u32) {
        if let Some(attributes) = self.sets.release(set) {
            release_all(&mut self.attributes, &attributes);
        }
    }

    fn release_scope(&mut self, scope: u32) {
        if let Some(bytes) = self.scopes.release(scope) {
            self.release_set(number_at(&bytes, 0));
        }
    }

    /// The description of `identity`, to be read.
    #[must_use]
    pub fn view(&self, identity: u32) -> View<'_> {
        View { all: self, identity: self.identities.get(identity), traits: None }
    }

    /// How many identities there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.identities.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.identities.is_empty()
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        [&self.attributes, &self.sets, &self.scopes, &self.metrics, &self.identities]
            .into_iter()
            .map(Interner::memory)
            .sum::<usize>()
            + self.texts.values().map(|text| text.len() + size_of::<(u32, Box<str>)>()).sum::<usize>()
    }
}

impl Scratch {
    /// Collects the attributes in `message` in canonical form, sorted by key; equal keys keep their order.
    fn collect(&mut self, message: &[u8], number: u32) -> Result<(), Malformed> {
        self.bytes.clear();
        self.places.clear();
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            if field.number == number {
                let attribute = attributes::read(field.bytes()?)?;
                let start = self.bytes.len();
                canonical::write(&attribute, &mut self.bytes)?;
                let key_end = start + 4 + attribute.key.len();
                self.places.push(Place { start, key_end, end: self.bytes.len() });
            }
        }
        let Self { bytes, places, .. } = self;
        places.sort_by(|a, b| bytes[a.start + 4..a.key_end].cmp(&bytes[b.start + 4..b.key_end]));
        Ok(())
    }

    /// Appends the numbers of the collected attributes to `out`, each with one more use.
    fn number(&self, attributes: &mut Interner, out: &mut Vec<u8>) {
        for place in &self.places {
            out.extend_from_slice(&attributes.take(&self.bytes[place.start..place.end]).0.to_le_bytes());
        }
    }
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn metric_bytes(name: &str, unit: &str, traits: MetricTraits) -> Vec<u8> {
    let mut bytes = vec![traits.kind as u8, traits.temporality, u8::from(traits.monotonic)];
    put_text(name, &mut bytes);
    put_text(unit, &mut bytes);
    bytes
}

fn number_at(bytes: &[u8], index: usize) -> u32 {
    let place = index * 4;
    bytes.get(place..place + 4).map_or(0, |bytes| u32::from_le_bytes(bytes.try_into().unwrap_or_default()))
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.as_chunks::<4>().0.iter().map(|number| u32::from_le_bytes(*number))
}

fn release_all(interner: &mut Interner, list: &[u8]) {
    for number in numbers(list) {
        interner.release(number);
    }
}

/// A description, to be read.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    all: &'a Descriptions,
    identity: &'a [u8],
    /// In place of the identity's own, behind a processor that changed them.
    traits: Option<MetricTraits>,
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
