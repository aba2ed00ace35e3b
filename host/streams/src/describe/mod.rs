//! Descriptions of streams: who a stream is, interned.
//!
//! The identity of a stream is what the Collector's `identity` packages compare: resource attributes; scope name,
//! version and attributes; metric name, unit, kind, temporality and monotonicity; the attributes of the point. Not part
//! of it: schema URLs, the metric's description, whether values are integers, start times.

mod adopt;
mod alias;
mod context;
mod description;
mod identity;
mod shaped;
mod view;
mod wire_description;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

pub use context::Context;
pub use description::{Describer, Description};
pub use identity::{Identity, IdentityKey};
pub use shaped::Shaped;
pub use view::View;
pub use wire_description::{MetricTexts, Places, WireDescription};

use adopt::Adopted;
use description::{Metric, Scope, Set};

use super::intern::Interner;
use model::MetricTraits;
use otlp::attributes;
use otlp::canonical;
use otlp::scan;
use otlp::wire::{Fields, Malformed};

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
    /// Bytes of all of them.
    text_bytes: usize,
    /// Identities: numbers of all of the above.
    identities: Interner,
    recent_resource: Recent,
    recent_scope: Recent,
    adopted_resource: Adopted<Set>,
    adopted_scope: Adopted<Scope>,
    adopted_metric: Adopted<Metric>,
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

/// The numbers that make up an identity, as they stand in the interner.
const RESOURCE: usize = 0;
const SCOPE: usize = 1;
const METRIC: usize = 2;
const HEAD: usize = 3;

impl Descriptions {
    /// [`Self::identify`] for a description that stands alone, however long it is.
    ///
    /// # Errors
    /// [`Malformed`]: the whole request is to be refused.
    pub fn take(&mut self, written: &WireDescription<'_>) -> Result<Identity, Malformed> {
        let mut context = Context::default();
        let taken = self.take_within(&mut context, written);
        self.release_context(context);
        taken
    }

    fn take_within(&mut self, context: &mut Context, written: &WireDescription<'_>) -> Result<Identity, Malformed> {
        // All that can fail comes first, so that a use that was taken is never forgotten.
        self.scratch.collect(written.point, written.traits.kind.attributes_field())?;
        let [resource, scope, metric] = self.hold(context, written)?;
        let mut identity = std::mem::take(&mut self.scratch.identity);
        identity.clear();
        for number in [resource, scope, metric] {
            identity.extend_from_slice(&number.to_le_bytes());
        }
        self.scratch.number(&mut self.attributes, &mut identity);
        let number = self.take_identity(&identity);
        self.scratch.identity = identity;
        Ok(number)
    }

    /// The number of an identity, with one more use. A use of each of its attributes is given away.
    fn take_identity(&mut self, identity: &[u8]) -> Identity {
        let (number, fresh) = self.identities.take(identity);
        // An identity owns one use of each of its parts, however often it is used itself.
        if fresh {
            self.sets.share(number_at(identity, RESOURCE));
            self.scopes.share(number_at(identity, SCOPE));
            self.metrics.share(number_at(identity, METRIC));
        } else {
            release_all(&mut self.attributes, &identity[HEAD * 4..]);
        }
        Identity(number)
    }

    /// The set of a resource. Streams of one resource come one after another.
    fn take_resource(&mut self, message: &[u8]) -> Result<u32, Malformed> {
        if let Some(set) = self.recent_resource.get(message) {
            self.sets.share(set);
            return Ok(set);
        }
        scan::check_resource(message)?;
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
            self.take_numbers(&numbers)
        });
        scratch.identity = numbers;
        self.set_scratch = scratch;
        result
    }

    /// The number of a set, with one more use. A use of each of its attributes is given away.
    fn take_numbers(&mut self, numbers: &[u8]) -> u32 {
        let (set, fresh) = self.sets.take(numbers);
        if !fresh {
            release_all(&mut self.attributes, numbers);
        }
        set
    }

    fn take_scope(&mut self, message: &[u8]) -> Result<u32, Malformed> {
        if let Some(scope) = self.recent_scope.get(message) {
            self.scopes.share(scope);
            return Ok(scope);
        }
        scan::check_scope(message)?;
        let texts = scope_texts(message)?;
        let set = self.take_set(message, 3)?;
        let scope = self.take_scope_bytes(set, &texts);
        self.scopes.share(scope);
        if let Some(old) = self.recent_scope.replace(message, scope) {
            self.release_scope(old);
        }
        Ok(scope)
    }

    /// The number of a scope with that name and version, with one more use. A use of its set is given away.
    fn take_scope_bytes(&mut self, set: u32, texts: &[u8]) -> u32 {
        let mut bytes = set.to_le_bytes().to_vec();
        bytes.extend_from_slice(texts);
        let (scope, fresh) = self.scopes.take(&bytes);
        if !fresh {
            self.release_set(set);
        }
        scope
    }

    fn take_metric(&mut self, texts: MetricTexts<'_>, traits: MetricTraits) -> u32 {
        let text = std::str::from_utf8(texts.description).unwrap_or_default();
        self.take_metric_bytes(&metric_bytes(texts, traits), &text[..text.floor_char_boundary(TEXT_BYTES)])
    }

    fn take_metric_bytes(&mut self, bytes: &[u8], text: &str) -> u32 {
        let (metric, fresh) = self.metrics.take(bytes);
        if fresh && !text.is_empty() {
            self.keep_text(metric, text);
        }
        metric
    }

    fn release_metric(&mut self, metric: u32) {
        if self.metrics.release(metric).is_some()
            && let Some(text) = self.texts.remove(&metric)
        {
            self.text_bytes -= text.len();
        }
    }

    fn keep_text(&mut self, metric: u32, text: &str) {
        if let Entry::Vacant(place) = self.texts.entry(metric) {
            self.text_bytes += text.len();
            place.insert(text.into());
        }
    }

    /// One more use of `identity`.
    pub fn share(&mut self, identity: Identity) {
        self.identities.share(identity.0);
    }

    /// One use of `identity` less.
    pub fn release(&mut self, identity: Identity) {
        if let Some(bytes) = self.identities.release(identity.0) {
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
    pub fn view(&self, identity: Identity) -> View<'_> {
        View::of_interned(self, self.identities.get(identity.0))
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
            + self.text_bytes
            + self.texts.capacity() * size_of::<(u32, Box<str>)>()
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

/// Name and version of an `InstrumentationScope`, each with its length.
fn scope_texts(message: &[u8]) -> Result<Vec<u8>, Malformed> {
    let (mut name, mut version) = ("", "");
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => name = field.text()?,
            2 => version = field.text()?,
            _ => {}
        }
    }
    let mut texts = Vec::new();
    put_text(name.as_bytes(), &mut texts);
    put_text(version.as_bytes(), &mut texts);
    Ok(texts)
}

fn put_text(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text);
}

fn metric_bytes(texts: MetricTexts<'_>, traits: MetricTraits) -> Vec<u8> {
    let mut bytes = vec![traits.kind as u8, traits.temporality, u8::from(traits.monotonic)];
    put_text(texts.name, &mut bytes);
    put_text(texts.unit, &mut bytes);
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
