//! From the bytes of a request to its points: one walk, no copy of a string, every field checked.
//!
//! Each point comes out as numbers and one key that stands for everything that describes its stream. Where the
//! description is written in the request is kept as offsets, for the points whose key nobody knows yet. What a known key
//! stands for was checked when its bytes were first seen, so that resources, scopes and attributes of points are only
//! hashed here; `Written::check` looks at those of a key that is new, before anything else is done with its request.

use super::attributes;
use super::key::Keyer;
use super::points::{MetricPlace, Point, Points, ScopePlace, Span};
use super::wire::{Fault, Field, Fields, Malformed};
use model::{CUMULATIVE, DELTA, Kind, Number};

/// Resources, scopes, metrics and points that a request may have in all. The smallest point that says anything has some
/// 20 bytes, and the largest request 20 MiB; what is smaller only fills tables.
pub const PARTS: usize = 1_000_000;

/// What the description of one stream may take, bytes; a point of a longer one is dropped. The strings of a stream stay
/// as long as it lives.
pub const DESCRIPTION_BYTES: usize = 64 << 10;

/// What the descriptions of all series of a histogram or a summary may take, bytes: 4,000 of a KiB. Its points are dropped
/// beyond that, as each series keeps its own.
pub const FAMILY_BYTES: usize = 4 << 20;

/// Walks an `ExportMetricsServiceRequest`.
///
/// # Errors
/// [`Malformed`]: the whole request is to be refused. [`Fault::Split`] means that it may be legal: a message that may
/// stand once came in pieces, which only a full decoder puts together. Points that come out may still turn out to be
/// malformed: see the module's description.
pub fn walk(request: &[u8], keyer: &Keyer) -> Result<Points, Malformed> {
    let mut walk = Walk { request, keyer, found: Points::default(), parts: 0 };
    let mut fields = Fields::of(request);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            walk.resource_metrics(field.bytes()?)?;
        }
    }
    Ok(walk.found)
}

struct Walk<'a> {
    request: &'a [u8],
    keyer: &'a Keyer,
    found: Points,
    parts: usize,
}

/// A point that a walk has found.
struct Found {
    point: Point,
    /// Bytes of its attributes.
    described: usize,
    /// How many series it becomes.
    series: usize,
}

/// Series of a histogram beside its buckets: the count, the sum, and the bucket without a bound.
const TOTALS: usize = 3;

/// Buckets that an exponential histogram may get from the total that it is added to, as they are reckoned here.
const MORE_BUCKETS: usize = 40;

/// What a walk knows of the metric in which it is.
#[derive(Clone, Copy)]
struct Context {
    /// Of resource, scope, and the metric's own part of the identity.
    key: u128,
    metric: u32,
    /// Bytes of the description apart from the point's own.
    described: usize,
}

impl<'a> Walk<'a> {
    /// Counts one more part, at `message`.
    fn part(&mut self, message: &[u8]) -> Result<(), Malformed> {
        self.parts += 1;
        if self.parts > PARTS { Err(Malformed::new(Fault::TooMany, message)) } else { Ok(()) }
    }

    fn resource_metrics(&mut self, message: &'a [u8]) -> Result<(), Malformed> {
        self.part(message)?;
        let before = self.found.points.len();
        let mut resource = Once::default();
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => drop(resource.set(&field)?),
                3 => drop(field.text()?),
                _ => {}
            }
        }
        let key = self.keyer.key(resource.bytes());
        let index = self.found.resources.len() as u32;
        self.found.resources.push(Span::of(resource.bytes(), self.request));
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            if field.number == 2 {
                self.scope_metrics(field.bytes()?, key, index, resource.bytes().len())?;
            }
        }
        if self.found.points.len() == before {
            // No key will stand for it.
            check_resource(resource.bytes())?;
        }
        Ok(())
    }

    fn scope_metrics(
        &mut self,
        message: &'a [u8],
        resource: u128,
        resource_index: u32,
        resource_length: usize,
    ) -> Result<(), Malformed> {
        self.part(message)?;
        let before = self.found.points.len();
        let mut scope = Once::default();
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => drop(scope.set(&field)?),
                3 => drop(field.text()?),
                _ => {}
            }
        }
        let key = Keyer::join(resource, self.keyer.key(scope.bytes()));
        let index = self.found.scopes.len() as u32;
        self.found.scopes.push(ScopePlace { message: Span::of(scope.bytes(), self.request), resource: resource_index });
        let described = resource_length + scope.bytes().len();
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            if field.number == 2 {
                self.metric(field.bytes()?, key, index, described)?;
            }
        }
        if self.found.points.len() == before {
            check_scope(scope.bytes())?;
        }
        Ok(())
    }

    fn metric(&mut self, message: &'a [u8], scope: u128, scope_index: u32, described: usize) -> Result<(), Malformed> {
        self.part(message)?;
        let (mut name, mut unit) = ("", "");
        let mut data: Option<(Kind, &'a [u8])> = None;
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            let kind = match field.number {
                1 => {
                    name = field.text()?;
                    continue;
                }
                2 => {
                    field.text()?;
                    continue;
                }
                3 => {
                    unit = field.text()?;
                    continue;
                }
                12 => {
                    attributes::read(field.bytes()?)?;
                    continue;
                }
                5 => Kind::Gauge,
                7 => Kind::Sum,
                9 => Kind::Histogram,
                10 => Kind::ExponentialHistogram,
                11 => Kind::Summary,
                _ => continue,
            };
            if data.is_some() {
                return Err(field.fault(Fault::Split));
            }
            data = Some((kind, field.bytes()?));
        }
        let Some((kind, data)) = data else { return Ok(()) };
        let (temporality, monotonic) = traits(kind, data)?;
        let own = [kind as u8, temporality, u8::from(monotonic)];
        let key = [name.as_bytes(), unit.as_bytes(), &own]
            .into_iter()
            .fold(scope, |key, part| Keyer::join(key, self.keyer.key(part)));
        let metric = self.found.metrics.len() as u32;
        self.found.metrics.push(MetricPlace {
            message: Span::of(message, self.request),
            scope: scope_index,
            kind,
            temporality,
            monotonic,
        });
        let described = described + name.len() + unit.len();
        self.data_points(kind, data, Context { key, metric, described })
    }

    fn data_points(&mut self, kind: Kind, data: &'a [u8], context: Context) -> Result<(), Malformed> {
        let mut fields = Fields::of(data);
        while let Some(field) = fields.next()? {
            if field.number == 1 {
                let Found { mut point, described, series } = match kind {
                    Kind::Gauge | Kind::Sum => self.number_point(field.bytes()?, context)?,
                    Kind::Histogram => self.histogram_point(field.bytes()?, context)?,
                    Kind::ExponentialHistogram => self.exponential_point(field.bytes()?, context)?,
                    Kind::Summary => self.summary_point(field.bytes()?, context)?,
                };
                self.part(data)?;
                let exemplars = if point.exemplars { point.place.len() } else { 0 };
                let described = (context.described + described).min(DESCRIPTION_BYTES) * series;
                point.too_wide = !kind.is_number() && described > FAMILY_BYTES;
                self.found.expanded += described.min(FAMILY_BYTES) + exemplars;
                self.found.series += series;
                self.found.points.push(point);
            }
        }
        Ok(())
    }

    fn number_point(&self, message: &'a [u8], context: Context) -> Result<Found, Malformed> {
        let mut point = self.blank(message, context);
        let mut key = AttributesKey::new(context.key, message);
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                7 => key.add(&field, self.keyer)?,
                2 => point.start = field.fixed64()?,
                3 => point.time = field.fixed64()?,
                4 => (point.number, point.value) = (Number::Double, field.fixed64()?),
                6 => (point.number, point.value) = (Number::Int, field.fixed64()?),
                8 => point.flags = field.varint()? as u32,
                5 => point.note_exemplar(&field)?,
                _ => {}
            }
        }
        Ok(key.finish(self.keyer, point, 1))
    }

    fn histogram_point(&self, message: &'a [u8], context: Context) -> Result<Found, Malformed> {
        let mut point = self.blank(message, context);
        let mut key = AttributesKey::new(context.key, message);
        let (mut buckets, mut bounds) = (0, 0);
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                9 => key.add(&field, self.keyer)?,
                2 => point.start = field.fixed64()?,
                3 => point.time = field.fixed64()?,
                4 | 5 | 11 | 12 => drop(field.fixed64()?),
                6 => buckets += field.fixed64s()?.count(),
                7 => bounds += field.fixed64s()?.count(),
                8 => point.note_exemplar(&field)?,
                10 => point.flags = field.varint()? as u32,
                _ => {}
            }
        }
        Ok(key.finish(self.keyer, point, TOTALS + buckets.max(bounds)))
    }

    fn exponential_point(&self, message: &'a [u8], context: Context) -> Result<Found, Malformed> {
        let mut point = self.blank(message, context);
        let mut key = AttributesKey::new(context.key, message);
        let (mut positive, mut negative) = (Once::default(), Once::default());
        let mut buckets = MORE_BUCKETS;
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => key.add(&field, self.keyer)?,
                2 => point.start = field.fixed64()?,
                3 => point.time = field.fixed64()?,
                4 | 5 | 7 | 12 | 13 | 14 => drop(field.fixed64()?),
                6 => drop(field.varint()?),
                8 => buckets += count_buckets(positive.set(&field)?)?,
                9 => buckets += count_buckets(negative.set(&field)?)?,
                10 => point.flags = field.varint()? as u32,
                11 => point.note_exemplar(&field)?,
                _ => {}
            }
        }
        Ok(key.finish(self.keyer, point, TOTALS + buckets))
    }

    fn summary_point(&self, message: &'a [u8], context: Context) -> Result<Found, Malformed> {
        let mut point = self.blank(message, context);
        let mut key = AttributesKey::new(context.key, message);
        let mut series = TOTALS;
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                7 => key.add(&field, self.keyer)?,
                2 => point.start = field.fixed64()?,
                3 => point.time = field.fixed64()?,
                4 | 5 => drop(field.fixed64()?),
                6 => {
                    check_quantile(field.bytes()?)?;
                    series += 1;
                }
                8 => point.flags = field.varint()? as u32,
                _ => {}
            }
        }
        Ok(key.finish(self.keyer, point, series))
    }

    fn blank(&self, message: &'a [u8], context: Context) -> Point {
        Point {
            key: context.key,
            start: 0,
            time: 0,
            value: 0,
            place: Span::of(message, self.request),
            metric: context.metric,
            flags: 0,
            number: Number::None,
            exemplars: false,
            too_wide: false,
        }
    }
}

impl Point {
    /// Checks the exemplar in `field`.
    fn note_exemplar(&mut self, field: &Field<'_>) -> Result<(), Malformed> {
        check_exemplar(field.bytes()?)?;
        self.exemplars = true;
        Ok(())
    }
}

/// A message that may stand once.
#[derive(Default)]
struct Once<'a>(Option<&'a [u8]>);

impl<'a> Once<'a> {
    fn set(&mut self, field: &Field<'a>) -> Result<&'a [u8], Malformed> {
        if self.0.is_some() {
            return Err(field.fault(Fault::Split));
        }
        let bytes = field.bytes()?;
        self.0 = Some(bytes);
        Ok(bytes)
    }

    fn bytes(&self) -> &'a [u8] {
        self.0.unwrap_or_default()
    }
}

/// The key of a point's attributes. Senders write them one after another, so that one hash covers them all.
struct AttributesKey<'a> {
    key: u128,
    message: &'a [u8],
    run: &'a [u8],
    /// Bytes of the runs before it.
    described: usize,
}

impl<'a> AttributesKey<'a> {
    fn new(context: u128, message: &'a [u8]) -> Self {
        Self { key: context, message, run: &[], described: 0 }
    }

    #[inline]
    fn add(&mut self, field: &Field<'a>, keyer: &Keyer) -> Result<(), Malformed> {
        field.bytes()?;
        match field.extended(self.run, self.message) {
            Some(run) => self.run = run,
            None => {
                self.key = Keyer::join(self.key, keyer.key(self.run));
                self.described += self.run.len();
                self.run = field.raw();
            }
        }
        Ok(())
    }

    /// The point with its key.
    #[inline]
    fn finish(self, keyer: &Keyer, mut point: Point, series: usize) -> Found {
        point.key = Keyer::join(self.key, keyer.key(self.run));
        Found { point, described: self.described + self.run.len(), series }
    }
}

/// Temporality and monotonicity, which may stand behind the data points.
fn traits(kind: Kind, data: &[u8]) -> Result<(u8, bool), Malformed> {
    let (mut temporality, mut monotonic) = (0, false);
    let mut fields = Fields::of(data);
    while let Some(field) = fields.next()? {
        match (kind, field.number) {
            (Kind::Sum | Kind::Histogram | Kind::ExponentialHistogram, 2) => {
                temporality = match field.varint()? as u32 {
                    1 => DELTA,
                    2 => CUMULATIVE,
                    _ => 0,
                };
            }
            (Kind::Sum, 3) => monotonic = field.varint()? != 0,
            _ => {}
        }
    }
    Ok((temporality, monotonic))
}

pub fn check_resource(message: &[u8]) -> Result<(), Malformed> {
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => drop(attributes::read(field.bytes()?)?),
            2 => drop(field.varint()?),
            3 => check_entity(field.bytes()?)?,
            _ => {}
        }
    }
    Ok(())
}

fn check_entity(message: &[u8]) -> Result<(), Malformed> {
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        if let 1..=4 = field.number {
            field.text()?;
        }
    }
    Ok(())
}

pub fn check_scope(message: &[u8]) -> Result<(), Malformed> {
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 | 2 => drop(field.text()?),
            3 => drop(attributes::read(field.bytes()?)?),
            4 => drop(field.varint()?),
            _ => {}
        }
    }
    Ok(())
}

fn check_exemplar(message: &[u8]) -> Result<(), Malformed> {
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field.number {
            7 => drop(attributes::read(field.bytes()?)?),
            2 | 3 | 6 => drop(field.fixed64()?),
            4 | 5 => drop(field.bytes()?),
            _ => {}
        }
    }
    Ok(())
}

fn count_buckets(message: &[u8]) -> Result<usize, Malformed> {
    let mut buckets = 0;
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => drop(field.varint()?),
            2 => field.varints(|_| buckets += 1)?,
            _ => {}
        }
    }
    Ok(buckets)
}

fn check_quantile(message: &[u8]) -> Result<(), Malformed> {
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        if let 1 | 2 = field.number {
            field.fixed64()?;
        }
    }
    Ok(())
}
