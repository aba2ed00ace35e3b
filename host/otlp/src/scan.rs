//! From the bytes of a request to its points: one scan, no copy of a string, every field checked.
//!
//! Each point comes out as numbers and one key that stands for everything that describes its stream. Where the
//! description is written in the request is kept as offsets, for the points whose key nobody knows yet. What a known key
//! stands for was checked when its bytes were first seen, so that resources, scopes and attributes of points are only
//! hashed here; `Written::check` looks at those of a key that is new, before anything else is done with its request.

use super::attributes;
use super::expansion;
use super::growth::{Growth, NoRoom};
use super::header::Header;
use super::key::{FormKey, Keyer};
use super::points::{ByteRange, MetricPlace, Point, Points, ResourcePlace, ScopePlace};
use super::unknown::Unknown;
use super::wire::{Fault, Field, Fields, Malformed};
use clock::UnixNanos;
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

/// Why a scan was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanError {
    /// The sender's fault: the whole request is to be refused.
    Malformed(Malformed),
    /// There is no room for the tables now.
    NoRoom,
}

impl From<Malformed> for ScanError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<NoRoom> for ScanError {
    fn from(NoRoom: NoRoom) -> Self {
        Self::NoRoom
    }
}

/// Scans an `ExportMetricsServiceRequest`. Before its tables grow `room` is asked for the bytes, and says whether they may
/// be used; what it has granted covers [`Points::memory`] at any time.
///
/// # Errors
/// [`ScanError`]. [`Fault::Split`] means that the request may be legal: a message that may stand once came in pieces, which
/// only a full decoder puts together. Points that come out may still turn out to be malformed: see the module's
/// description.
pub fn scan(request: &[u8], keyer: &Keyer, room: &mut dyn FnMut(usize) -> bool) -> Result<Points, ScanError> {
    let (found, unknown) = (Points::default(), Unknown::default());
    let mut scan = Scan { request, keyer, found, growth: Growth::within(room), parts: 0, unknown };
    let mut fields = Fields::of(request);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => scan.resource_metrics(field.bytes()?)?,
            _ => scan.unknown.add(&field)?,
        }
    }
    Ok(scan.found)
}

struct Scan<'a, 'r> {
    request: &'a [u8],
    keyer: &'a Keyer,
    found: Points,
    growth: Growth<'r>,
    parts: usize,
    unknown: Unknown,
}

/// A point that a scan has found.
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

/// What a scan knows of the metric in which it is.
#[derive(Clone, Copy)]
struct Context {
    /// Of resource, scope, and the metric's own part of the identity.
    key: u128,
    metric: u32,
    kind: Kind,
    /// Whether its points are deltas that can only make a total rise.
    rises: bool,
    /// Bytes of the description apart from the point's own.
    described: usize,
}

impl<'a> Scan<'a, '_> {
    /// Counts one more part, at `message`.
    fn part(&mut self, message: &[u8]) -> Result<(), Malformed> {
        self.parts += 1;
        if self.parts > PARTS { Err(Malformed::new(Fault::TooMany, message)) } else { Ok(()) }
    }

    /// What `ResourceMetrics` and `ScopeMetrics` say beside what they are of: a message and a schema URL.
    fn head(&mut self, message: &'a [u8]) -> Result<(SingularField<'a>, &'a str), Malformed> {
        let (mut described, mut schema_url) = (SingularField::default(), "");
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => drop(described.set(&field)?),
                2 => {}
                3 => schema_url = field.text()?,
                _ => self.unknown.add(&field)?,
            }
        }
        Ok((described, schema_url))
    }

    fn resource_metrics(&mut self, message: &'a [u8]) -> Result<(), ScanError> {
        self.part(message)?;
        let before = self.found.points.len();
        let (resource, schema_url) = self.head(message)?;
        let key = self.keyer.key(resource.bytes());
        let index = self.found.resources.len() as u32;
        let place = ResourcePlace {
            whole: self.span(message),
            message: self.span(resource.bytes()),
            schema_url: self.span(schema_url.as_bytes()),
        };
        self.growth.push(&mut self.found.resources, place)?;
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
    ) -> Result<(), ScanError> {
        self.part(message)?;
        let before = self.found.points.len();
        let (scope, schema_url) = self.head(message)?;
        let key = Keyer::join(resource, self.keyer.key(scope.bytes()));
        let index = self.found.scopes.len() as u32;
        let place = ScopePlace {
            whole: self.span(message),
            message: self.span(scope.bytes()),
            schema_url: self.span(schema_url.as_bytes()),
            resource: resource_index,
        };
        self.growth.push(&mut self.found.scopes, place)?;
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

    fn metric(&mut self, message: &'a [u8], scope: u128, scope_index: u32, described: usize) -> Result<(), ScanError> {
        self.part(message)?;
        let header = Header::read(message, &mut self.unknown)?;
        let (temporality, monotonic) = match header.data {
            Some((kind, data)) => traits(kind, data, &mut self.unknown)?,
            None => (0, false),
        };
        let metric = self.found.metrics.len() as u32;
        let place = MetricPlace {
            name: self.span(header.name.as_bytes()),
            description: self.span(header.description.as_bytes()),
            unit: self.span(header.unit.as_bytes()),
            before: self.span(header.around.0),
            behind: self.span(header.around.1),
            data: self.span(header.data.map_or(&[], |(_, data)| data)),
            scope: scope_index,
            kind: header.data.map(|(kind, _)| kind),
            temporality,
            monotonic,
        };
        self.growth.push(&mut self.found.metrics, place)?;
        let Some((kind, data)) = header.data else { return Ok(()) };
        let own = [kind as u8, temporality, u8::from(monotonic)];
        let key = [header.name.as_bytes(), header.unit.as_bytes(), &own]
            .into_iter()
            .fold(scope, |key, part| Keyer::join(key, self.keyer.key(part)));
        let described = described + header.name.len() + header.unit.len();
        let rises = temporality == DELTA && (monotonic || !kind.is_number());
        self.data_points(data, Context { key, metric, kind, rises, described })
    }

    fn data_points(&mut self, data: &'a [u8], context: Context) -> Result<(), ScanError> {
        let kind = context.kind;
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
                let described = (context.described + described).min(DESCRIPTION_BYTES);
                point.too_wide = !kind.is_number() && described * series > FAMILY_BYTES;
                if !point.too_wide {
                    self.found.expanded += expansion::compressed(described, series) + exemplars;
                    self.found.beginnings += if context.rises { series } else { 0 };
                }
                self.growth.push(&mut self.found.points, point)?;
            }
        }
        Ok(())
    }

    fn span(&self, part: &[u8]) -> ByteRange {
        ByteRange::of(part, self.request)
    }

    fn number_point(&mut self, message: &'a [u8], context: Context) -> Result<Found, Malformed> {
        let mut point = self.blank(message, context);
        let mut key = AttributesKey::new(context.key, message);
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                7 => key.add(&field, self.keyer)?,
                2 => point.start = UnixNanos(field.fixed64()?),
                3 => point.time = UnixNanos(field.fixed64()?),
                4 => (point.number, point.value) = (Number::Double, field.fixed64()?),
                6 => (point.number, point.value) = (Number::Int, field.fixed64()?),
                8 => point.flags = field.varint()? as u32,
                5 => point.note_exemplar(&field, &mut self.unknown)?,
                _ => self.unknown.add(&field)?,
            }
        }
        Ok(key.finish(self.keyer, point, 1))
    }

    fn histogram_point(&mut self, message: &'a [u8], context: Context) -> Result<Found, Malformed> {
        let mut point = self.blank(message, context);
        let mut key = AttributesKey::new(context.key, message);
        let (mut buckets, mut bounds) = (0, 0);
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                9 => key.add(&field, self.keyer)?,
                2 => point.start = UnixNanos(field.fixed64()?),
                3 => point.time = UnixNanos(field.fixed64()?),
                4 | 5 | 11 | 12 => drop(field.fixed64()?),
                6 => buckets += field.fixed64s()?.count(),
                7 => bounds += field.fixed64s()?.count(),
                8 => point.note_exemplar(&field, &mut self.unknown)?,
                10 => point.flags = field.varint()? as u32,
                _ => self.unknown.add(&field)?,
            }
        }
        Ok(key.finish(self.keyer, point, TOTALS + buckets.max(bounds)))
    }

    fn exponential_point(&mut self, message: &'a [u8], context: Context) -> Result<Found, Malformed> {
        let mut point = self.blank(message, context);
        let mut key = AttributesKey::new(context.key, message);
        let (mut positive, mut negative) = (SingularField::default(), SingularField::default());
        let mut buckets = MORE_BUCKETS;
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => key.add(&field, self.keyer)?,
                2 => point.start = UnixNanos(field.fixed64()?),
                3 => point.time = UnixNanos(field.fixed64()?),
                4 | 5 | 7 | 12 | 13 | 14 => drop(field.fixed64()?),
                6 => drop(field.varint()?),
                8 => buckets += count_buckets(positive.set(&field)?, &mut self.unknown)?,
                9 => buckets += count_buckets(negative.set(&field)?, &mut self.unknown)?,
                10 => point.flags = field.varint()? as u32,
                11 => point.note_exemplar(&field, &mut self.unknown)?,
                _ => self.unknown.add(&field)?,
            }
        }
        Ok(key.finish(self.keyer, point, TOTALS + buckets))
    }

    fn summary_point(&mut self, message: &'a [u8], context: Context) -> Result<Found, Malformed> {
        let mut point = self.blank(message, context);
        let mut key = AttributesKey::new(context.key, message);
        let mut series = TOTALS;
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                7 => key.add(&field, self.keyer)?,
                2 => point.start = UnixNanos(field.fixed64()?),
                3 => point.time = UnixNanos(field.fixed64()?),
                4 | 5 => drop(field.fixed64()?),
                6 => {
                    check_quantile(field.bytes()?, &mut self.unknown)?;
                    series += 1;
                }
                8 => point.flags = field.varint()? as u32,
                _ => self.unknown.add(&field)?,
            }
        }
        Ok(key.finish(self.keyer, point, series))
    }

    fn blank(&self, message: &'a [u8], context: Context) -> Point {
        Point {
            key: FormKey(context.key),
            start: UnixNanos::UNKNOWN,
            time: UnixNanos::UNKNOWN,
            value: 0,
            place: self.span(message),
            metric: context.metric,
            flags: 0,
            kind: context.kind,
            number: Number::None,
            exemplars: false,
            too_wide: false,
        }
    }
}

impl Point {
    /// Checks the exemplar in `field`.
    fn note_exemplar(&mut self, field: &Field<'_>, unknown: &mut Unknown) -> Result<(), Malformed> {
        check_exemplar(field.bytes()?, unknown)?;
        self.exemplars = true;
        Ok(())
    }
}

/// A message that may stand once.
#[derive(Default)]
struct SingularField<'a>(Option<&'a [u8]>);

impl<'a> SingularField<'a> {
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
        point.key = FormKey(Keyer::join(self.key, keyer.key(self.run)));
        Found { point, described: self.described + self.run.len(), series }
    }
}

/// Temporality and monotonicity, which may stand behind the data points.
fn traits(kind: Kind, data: &[u8], unknown: &mut Unknown) -> Result<(u8, bool), Malformed> {
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
            (_, 1) => {}
            _ => unknown.add(&field)?,
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

fn check_exemplar(message: &[u8], unknown: &mut Unknown) -> Result<(), Malformed> {
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field.number {
            7 => drop(attributes::read(field.bytes()?)?),
            2 | 3 | 6 => drop(field.fixed64()?),
            4 | 5 => drop(field.bytes()?),
            _ => unknown.add(&field)?,
        }
    }
    Ok(())
}

fn count_buckets(message: &[u8], unknown: &mut Unknown) -> Result<usize, Malformed> {
    let mut buckets = 0;
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => drop(field.varint()?),
            2 => field.varints(|_| buckets += 1)?,
            _ => unknown.add(&field)?,
        }
    }
    Ok(buckets)
}

fn check_quantile(message: &[u8], unknown: &mut Unknown) -> Result<(), Malformed> {
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 | 2 => drop(field.fixed64()?),
            _ => unknown.add(&field)?,
        }
    }
    Ok(())
}
