//! What is known of a routing key once the resource, the scope or the metric has been read; made once for each of them,
//! not once a point.

use std::sync::Arc;

use model::{Kind, MetricTraits};
use otlp::attributes::{self, AnyValue, Attribute};
use otlp::scan::{self, DESCRIPTION_BYTES};
use otlp::wire::{Fields, Malformed};

use crate::hash::{Fnv, HashGeneration, MapHasher};
use crate::key::RoutingKey;
use crate::position::Position;
use crate::value;
use crate::walk::Route;

/// The attribute that the key `service` is made of.
const SERVICE_NAME: &str = "service.name";

/// Fields with attributes in `Resource` and `InstrumentationScope`.
const RESOURCE_ATTRIBUTES: u32 = 1;
const SCOPE_ATTRIBUTES: u32 = 3;

/// What is known so far.
#[derive(Debug, Clone)]
pub(crate) enum Level<'a> {
    /// Nothing yet: the key is the metric's name.
    Open,
    /// The route; nothing that follows changes it.
    Settled(Route),
    /// The hash of a stream as far as it is made, and the bytes that it is made from.
    Stream(Fnv, usize),
    /// The key `attributes` as far as it is made.
    Attributes(Found<'a>),
}

/// Attributes that were found. It is small, however long these are: each metric and each point goes on from one.
#[derive(Debug, Clone)]
pub(crate) struct Found<'a> {
    /// Of the key, as far as it goes.
    hash: crc32fast::Hasher,
    /// Those that were not found yet.
    missing: Arc<[&'a str]>,
}

/// Makes levels.
#[derive(Debug)]
pub(crate) struct Levels<'a> {
    key: &'a RoutingKey,
    hasher: MapHasher,
    attributes: Vec<Attribute<'a>>,
}

impl<'a> Levels<'a> {
    pub(crate) fn new(key: &'a RoutingKey, generation: HashGeneration) -> Self {
        Self { key, hasher: MapHasher::new(generation), attributes: Vec::new() }
    }

    /// Of a `Resource` message.
    pub(crate) fn resource(&mut self, message: &'a [u8]) -> Result<Level<'a>, Malformed> {
        scan::check_resource(message)?;
        match self.key {
            RoutingKey::Metric => return Ok(Level::Open),
            RoutingKey::Service => return service(message).map(Level::Settled),
            _ if message.len() > DESCRIPTION_BYTES => return Ok(Level::Settled(Route::TooLong)),
            _ => self.read(message, RESOURCE_ATTRIBUTES)?,
        };
        if let RoutingKey::Attributes(names) = self.key {
            let found = Found { hash: crc32fast::Hasher::new(), missing: names.iter().map(String::as_str).collect() };
            return self.find(&found);
        }
        let hash = Fnv::EMPTY.with(&self.hasher.hash(&mut self.attributes)?);
        Ok(match self.key {
            RoutingKey::Resource => Level::Settled(hexadecimal("resource/", hash)),
            _ => Level::Stream(hash, message.len()),
        })
    }

    /// Of an `InstrumentationScope` message in what `resource` stands for.
    pub(crate) fn scope(&mut self, resource: &Level<'a>, message: &'a [u8]) -> Result<Level<'a>, Malformed> {
        scan::check_scope(message)?;
        let described = match resource {
            Level::Open | Level::Settled(_) => return Ok(resource.clone()),
            Level::Stream(_, described) => described + message.len(),
            Level::Attributes(_) => message.len(),
        };
        if described > DESCRIPTION_BYTES {
            return Ok(Level::Settled(Route::TooLong));
        }
        self.read(message, SCOPE_ATTRIBUTES)?;
        match resource {
            Level::Stream(hash, _) => {
                let (name, version) = name_and_version(message)?;
                let attributes = self.hasher.hash(&mut self.attributes)?;
                Ok(Level::Stream(hash.with(name).with(version).with(&attributes), described))
            }
            Level::Attributes(found) => self.find(found),
            Level::Open | Level::Settled(_) => Ok(resource.clone()),
        }
    }

    /// Of a metric in what `scope` stands for; without traits where it has no data.
    pub(crate) fn metric(
        &self,
        scope: &Level<'a>,
        name: &[u8],
        unit: &[u8],
        traits: Option<MetricTraits>,
    ) -> Level<'a> {
        match scope {
            Level::Open => Level::Settled(Route::To(Position::of(name))),
            Level::Stream(hash, described) => {
                let codes = traits.map_or([0; 3], codes);
                Level::Stream(hash.with(name).with(unit).with(&codes), described + name.len() + unit.len())
            }
            Level::Settled(_) | Level::Attributes(_) => scope.clone(),
        }
    }

    /// Of a data point with attributes in field `number`, in what `metric` stands for. They are checked in any case.
    pub(crate) fn point(&mut self, metric: &Level<'a>, message: &'a [u8], number: u32) -> Result<Route, Malformed> {
        let described = self.read(message, number)?;
        match metric {
            Level::Settled(route) => Ok(*route),
            Level::Stream(_, before) if before + described > DESCRIPTION_BYTES => Ok(Route::TooLong),
            Level::Attributes(_) if described > DESCRIPTION_BYTES => Ok(Route::TooLong),
            Level::Stream(hash, _) => {
                let attributes = self.hasher.hash(&mut self.attributes)?;
                Ok(hexadecimal("stream/", hash.with(&attributes)))
            }
            Level::Attributes(Found { hash, missing }) => {
                let mut hash = hash.clone();
                for name in missing.iter() {
                    add(name, self.first(name), &mut hash)?;
                }
                Ok(Route::To(Position::of_hash(hash)))
            }
            // A metric has settled it.
            Level::Open => Ok(Route::To(Position::of(&[]))),
        }
    }

    /// Reads the attributes in field `number` of `message`, all of which are checked. As many are kept as a description may
    /// have. Says how many bytes they take.
    fn read(&mut self, message: &'a [u8], number: u32) -> Result<usize, Malformed> {
        self.attributes.clear();
        let mut bytes = 0;
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            if field.number == number {
                let attribute = attributes::read(field.bytes()?)?;
                bytes += field.raw().len();
                if bytes <= DESCRIPTION_BYTES {
                    self.attributes.push(attribute);
                }
            }
        }
        Ok(bytes)
    }

    /// The first attribute of that name among those that were read.
    fn first(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|attribute| attribute.key == name)
    }

    /// With what is among the attributes that were read; the route if that is all.
    fn find(&self, found: &Found<'a>) -> Result<Level<'a>, Malformed> {
        let mut hash = found.hash.clone();
        let mut still = Vec::with_capacity(found.missing.len());
        for &name in found.missing.iter() {
            match self.first(name) {
                Some(attribute) => add(name, Some(attribute), &mut hash)?,
                None => still.push(name),
            }
        }
        Ok(if still.is_empty() {
            Level::Settled(Route::To(Position::of_hash(hash)))
        } else {
            Level::Attributes(Found { hash, missing: still.into() })
        })
    }
}

/// Adds what a key says of one attribute.
fn add(name: &str, found: Option<&Attribute<'_>>, hash: &mut crc32fast::Hasher) -> Result<(), Malformed> {
    let mut text = String::new();
    value::append(name, found, &mut text)?;
    hash.update(text.as_bytes());
    Ok(())
}

/// By the first `service.name`; one that is no text counts as an empty one.
fn service(resource: &[u8]) -> Result<Route, Malformed> {
    let mut fields = Fields::of(resource);
    while let Some(field) = fields.next()? {
        if field.number == RESOURCE_ATTRIBUTES {
            match attributes::read(field.bytes()?)? {
                Attribute { key: SERVICE_NAME, value: AnyValue::Text(name) } => {
                    return Ok(Route::To(Position::of(name.as_bytes())));
                }
                Attribute { key: SERVICE_NAME, .. } => return Ok(Route::To(Position::of(&[]))),
                _ => {}
            }
        }
    }
    Ok(Route::NoServiceName)
}

/// Name and version of a scope.
fn name_and_version(scope: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let (mut name, mut version): (&[u8], &[u8]) = (&[], &[]);
    let mut fields = Fields::of(scope);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => name = field.bytes()?,
            2 => version = field.bytes()?,
            _ => {}
        }
    }
    Ok((name, version))
}

/// Type, monotonicity and temporality as the Collector numbers them. Histograms count as monotonic.
fn codes(MetricTraits { kind, temporality, monotonic }: MetricTraits) -> [u8; 3] {
    let (code, monotonic) = match kind {
        Kind::Gauge => (1, false),
        Kind::Sum => (2, monotonic),
        Kind::Histogram => (3, true),
        Kind::ExponentialHistogram => (4, true),
        Kind::Summary => (5, false),
    };
    [code, u8::from(monotonic), temporality]
}

/// The position of `prefix` with `hash` in hexadecimal behind it, without leading zeros.
fn hexadecimal(prefix: &str, Fnv(hash): Fnv) -> Route {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 25];
    let mut end = prefix.len();
    text[..end].copy_from_slice(prefix.as_bytes());
    let digits = (u64::BITS - hash.leading_zeros()).div_ceil(4).max(1);
    for digit in (0..digits).rev() {
        text[end] = DIGITS[(hash >> (4 * digit)) as usize & 0xF];
        end += 1;
    }
    Route::To(Position::of(&text[..end]))
}
