//! A description in canonical form that stands alone: it can be handed from thread to thread, which share no numbers of
//! [`Descriptions`](super::Descriptions).

use std::sync::Arc;

use super::context::Held;
use super::{IdentityKey, MetricTexts, Scratch, Shaped, TEXT_BYTES, View, WireDescription, metric_bytes, scope_texts};
use model::{Kind, MetricTraits};
use otlp::key::Keyer;
use otlp::scan;
use otlp::wire::Malformed;

/// A description. Equal descriptions have equal keys, whatever byte form they came in.
#[derive(Debug, Clone)]
pub struct Description {
    pub(super) of_metric: OfMetric,
    pub(super) attributes: Set,
}

/// What the streams of a metric share.
#[derive(Debug, Clone)]
pub(super) struct OfMetric {
    pub resource: Arc<Set>,
    pub scope: Arc<Scope>,
    pub metric: Arc<Metric>,
}

/// Bytes of the length of an attribute.
const LENGTH: usize = size_of::<u32>();

/// Attributes in canonical form, sorted by key.
#[derive(Debug, Clone)]
pub(super) struct Set {
    /// Each with its length in front, [`LENGTH`] bytes in little-endian order.
    bytes: Box<[u8]>,
    /// Stands for all of them.
    pub key: u128,
}

#[derive(Debug)]
pub(super) struct Scope {
    /// Name and version, each with its length.
    pub texts: Vec<u8>,
    pub attributes: Set,
    key: u128,
}

#[derive(Debug)]
pub(super) struct Metric {
    /// Kind, temporality, monotonicity, name and unit, as they stand in the interner.
    pub bytes: Vec<u8>,
    /// What it is, in the words of its sender; no part of the identity.
    pub text: Box<str>,
    key: u128,
}

impl Set {
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &*self.bytes;
        std::iter::from_fn(move || {
            let (length, behind) = rest.split_first_chunk::<LENGTH>()?;
            let (attribute, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            rest = behind;
            Some(attribute)
        })
    }

    fn collected(scratch: &Scratch, keyer: &Keyer) -> Self {
        let Scratch { bytes: collected, places, .. } = scratch;
        let mut bytes = Vec::with_capacity(collected.len() + LENGTH * places.len());
        let mut key = 0;
        for place in places {
            let attribute = &collected[place.start..place.end];
            bytes.extend_from_slice(&(attribute.len() as u32).to_le_bytes());
            bytes.extend_from_slice(attribute);
            key = with(key, attribute, keyer);
        }
        Self { bytes: bytes.into(), key: finished(key, keyer) }
    }
}

/// The key of a list with one more attribute. Keys are hashes, so that the number of attributes need not be part of it.
fn with(set: u128, attribute: &[u8], keyer: &Keyer) -> u128 {
    Keyer::join(set, keyer.key(attribute))
}

/// The key of a set of attributes.
pub(super) fn set_key<'a>(attributes: impl Iterator<Item = &'a [u8]>, keyer: &Keyer) -> u128 {
    finished(attributes.fold(0, |list, attribute| with(list, attribute, keyer)), keyer)
}

/// The key of a set by that of its list: a sum, which could be split between this set and others in more than one way.
fn finished(list: u128, keyer: &Keyer) -> u128 {
    keyer.key(&list.to_le_bytes())
}

/// The key of a scope.
pub(super) fn scope_key(texts: &[u8], attributes: u128, keyer: &Keyer) -> u128 {
    finished(Keyer::join(attributes, keyer.key(texts)), keyer)
}

impl OfMetric {
    /// The key of an identity with these attributes.
    fn key(&self, attributes: u128) -> IdentityKey {
        IdentityKey::of_parts([self.resource.key, self.scope.key, self.metric.key, attributes])
    }
}

impl Description {
    /// Stands for the identity.
    #[must_use]
    pub fn key(&self) -> IdentityKey {
        self.of_metric.key(self.attributes.key)
    }

    /// The description, to be read.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View::of(self)
    }

    /// Bytes of all that it says.
    #[must_use]
    pub fn length(&self) -> usize {
        let OfMetric { resource, scope, metric } = &self.of_metric;
        let sets = [resource, &scope.attributes, &self.attributes].map(|set| set.bytes.len());
        sets.into_iter().sum::<usize>() + scope.texts.len() + metric.bytes.len()
    }

    /// Memory in use, bytes, apart from what streams of a request share.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.attributes.bytes.len()
    }
}

/// Makes descriptions from what is written in a request, and checks it on the way: what the scan has left for later, the
/// attributes of resource, scope and point. For one request only: what streams share is looked at once.
#[derive(Debug)]
pub struct Describer {
    keyer: Keyer,
    scratch: Scratch,
    resource: Held<Arc<Set>>,
    scope: Held<Arc<Scope>>,
    metric: Held<Arc<Metric>>,
}

impl Describer {
    /// A describer whose keys are made by `keyer`.
    #[must_use]
    pub fn new(keyer: Keyer) -> Self {
        Self {
            keyer,
            scratch: Scratch::default(),
            resource: Held::default(),
            scope: Held::default(),
            metric: Held::default(),
        }
    }

    /// The description of a stream.
    ///
    /// # Errors
    /// [`Malformed`]: the whole request is to be refused.
    pub fn describe(&mut self, written: &WireDescription<'_>) -> Result<Description, Malformed> {
        let of_metric = self.of_metric(written)?;
        self.scratch.collect(written.point, written.traits.kind.attributes_field())?;
        let attributes = Set::collected(&self.scratch, &self.keyer);
        Ok(Description { of_metric, attributes })
    }

    /// The key of its identity alone.
    ///
    /// # Errors
    /// [`Malformed`]: the whole request is to be refused.
    pub fn key(&mut self, written: &WireDescription<'_>) -> Result<IdentityKey, Malformed> {
        let of_metric = self.of_metric(written)?;
        self.scratch.collect(written.point, written.traits.kind.attributes_field())?;
        let Scratch { bytes, places, .. } = &self.scratch;
        let attributes = set_key(places.iter().map(|place| &bytes[place.start..place.end]), &self.keyer);
        Ok(of_metric.key(attributes))
    }

    fn of_metric(&mut self, written: &WireDescription<'_>) -> Result<OfMetric, Malformed> {
        let places = written.places;
        let resource = match self.resource.get(places.resource) {
            Some(resource) => resource,
            None => {
                scan::check_resource(written.resource)?;
                let resource = Arc::new(self.set(written.resource, 1)?);
                self.resource.replace(places.resource, Arc::clone(&resource));
                resource
            }
        };
        let scope = match self.scope.get(places.scope) {
            Some(scope) => scope,
            None => {
                scan::check_scope(written.scope)?;
                let scope = Arc::new(self.scope(written.scope)?);
                self.scope.replace(places.scope, Arc::clone(&scope));
                scope
            }
        };
        let metric = match self.metric.get(places.metric) {
            Some(metric) => metric,
            None => {
                let text = std::str::from_utf8(written.metric.description).unwrap_or_default();
                let text = text[..text.floor_char_boundary(TEXT_BYTES)].into();
                let metric = Arc::new(self.metric(written.metric, written.traits, text));
                self.metric.replace(places.metric, Arc::clone(&metric));
                metric
            }
        };
        Ok(OfMetric { resource, scope, metric })
    }

    /// What `base` becomes when it is described as `shaped`. Its traits are those that the stream was sent with. A part that is
    /// not OTLP, which none is that comes from [`Shaped`]'s maker, stays as it is.
    #[must_use]
    pub fn shape(&mut self, base: &Description, shaped: &Shaped, sent: MetricTraits) -> Description {
        let resource = shaped.resource.as_deref().and_then(|resource| self.set(resource, 1).ok());
        let scope = shaped.scope.as_deref().and_then(|scope| self.scope(scope).ok());
        let metric = MetricTexts::read(&shaped.metric).ok();
        let base_metric = &base.of_metric;
        let metric = metric.map(|texts| self.metric(texts, sent, base_metric.metric.text.clone()));
        let attributes = shaped.point.as_deref().and_then(|point| self.set(point, Kind::Gauge.attributes_field()).ok());
        let of_metric = OfMetric {
            resource: resource.map_or_else(|| Arc::clone(&base_metric.resource), Arc::new),
            scope: scope.map_or_else(|| Arc::clone(&base_metric.scope), Arc::new),
            metric: metric.map_or_else(|| Arc::clone(&base_metric.metric), Arc::new),
        };
        Description { of_metric, attributes: attributes.unwrap_or_else(|| base.attributes.clone()) }
    }

    fn set(&mut self, message: &[u8], field: u32) -> Result<Set, Malformed> {
        self.scratch.collect(message, field)?;
        Ok(Set::collected(&self.scratch, &self.keyer))
    }

    fn scope(&mut self, message: &[u8]) -> Result<Scope, Malformed> {
        let texts = scope_texts(message)?;
        let attributes = self.set(message, 3)?;
        let key = scope_key(&texts, attributes.key, &self.keyer);
        Ok(Scope { texts, attributes, key })
    }

    fn metric(&self, texts: MetricTexts<'_>, traits: MetricTraits, text: Box<str>) -> Metric {
        let bytes = metric_bytes(texts, traits);
        let key = self.keyer.key(&bytes);
        Metric { bytes, text, key }
    }
}
