//! A key for the canonical identity of a stream, whatever byte form it came in: without the numbers of [`Descriptions`], so
//! that threads that share none agree on it.

use super::context::Held;
use super::{
    Descriptions, HEAD, METRIC, RESOURCE, SCOPE, Scratch, View, Written, metric_bytes, number_at, numbers, put_text,
};
use otlp::key::Keyer;
use otlp::walk;
use otlp::wire::{Fields, Malformed};

/// Makes keys of descriptions as they are written in a request, and checks them on the way: what the scan has left for
/// later, the attributes of resource, scope and point. For one request only.
#[derive(Debug)]
pub struct IdentityKeys<'k> {
    keyer: &'k Keyer,
    scratch: Scratch,
    resource: Held<u128>,
    scope: Held<u128>,
    metric: Held<u128>,
}

impl<'k> IdentityKeys<'k> {
    /// Keys made by `keyer`.
    #[must_use]
    pub fn new(keyer: &'k Keyer) -> Self {
        Self {
            keyer,
            scratch: Scratch::default(),
            resource: Held::default(),
            scope: Held::default(),
            metric: Held::default(),
        }
    }

    /// The key of an identity.
    ///
    /// # Errors
    /// [`Malformed`]: the whole request is to be refused.
    pub fn key(&mut self, written: &Written<'_>) -> Result<u128, Malformed> {
        let places = written.places;
        let resource = match self.resource.get(places.resource) {
            Some(key) => key,
            None => {
                walk::check_resource(written.resource)?;
                let key = self.set(written.resource, 1)?;
                self.resource.replace(places.resource, key);
                key
            }
        };
        let scope = match self.scope.get(places.scope) {
            Some(key) => key,
            None => {
                let key = self.scope(written.scope)?;
                self.scope.replace(places.scope, key);
                key
            }
        };
        let metric = match self.metric.get(places.metric) {
            Some(key) => key,
            None => {
                let key = self.keyer.key(&metric_bytes(written.metric, written.traits));
                self.metric.replace(places.metric, key);
                key
            }
        };
        let point = self.set(written.point, written.traits.kind.attributes_field())?;
        Ok(joined([resource, scope, metric, point]))
    }

    fn set(&mut self, message: &[u8], field: u32) -> Result<u128, Malformed> {
        self.scratch.collect(message, field)?;
        let Scratch { bytes, places, .. } = &self.scratch;
        Ok(set_key(self.keyer, places.iter().map(|place| &bytes[place.start..place.end])))
    }

    fn scope(&mut self, message: &[u8]) -> Result<u128, Malformed> {
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
        let set = self.set(message, 3)?;
        let mut texts = Vec::new();
        put_text(name.as_bytes(), &mut texts);
        put_text(version.as_bytes(), &mut texts);
        Ok(Keyer::join(set, self.keyer.key(&texts)))
    }
}

impl View<'_> {
    /// The key of its identity, its traits as sent: the same as [`IdentityKeys::key`] makes of what is written in a request.
    #[must_use]
    pub fn key(self, keyer: &Keyer) -> u128 {
        let Descriptions { sets, attributes, .. } = self.all;
        let of = |list: &[u8]| set_key(keyer, numbers(list).map(|number| attributes.get(number)));
        let resource = of(sets.get(number_at(self.identity, RESOURCE)));
        let scope = self.all.scopes.get(number_at(self.identity, SCOPE));
        let scope = Keyer::join(of(sets.get(number_at(scope, 0))), keyer.key(&scope[4..]));
        let metric = keyer.key(self.all.metrics.get(number_at(self.identity, METRIC)));
        joined([resource, scope, metric, of(&self.identity[HEAD * 4..])])
    }
}

fn set_key<'a>(keyer: &Keyer, attributes: impl Iterator<Item = &'a [u8]>) -> u128 {
    // Keys of attributes are hashes, so that their number need not be part of it.
    attributes.fold(0, |set, attribute| Keyer::join(set, keyer.key(attribute)))
}

fn joined(parts: [u128; 4]) -> u128 {
    parts.into_iter().fold(0, Keyer::join)
}
