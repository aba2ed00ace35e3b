//! Descriptions as they are written in a request.

use super::{Context, MetricTraits};
use otlp::attributes;
use otlp::points::{Point, Points};
use otlp::scan::DESCRIPTION_BYTES;
use otlp::wire::{Fields, Malformed};

/// A description as it is written in a request: the canonical identity is made from it.
#[derive(Debug, Clone, Copy)]
pub struct WireDescription<'a> {
    /// Where resource, scope and metric stand among those of the request.
    pub places: Places,
    /// The bytes of the `Resource` message.
    pub resource: &'a [u8],
    /// The bytes of the `InstrumentationScope` message.
    pub scope: &'a [u8],
    /// What the `Metric` message says beside its points.
    pub metric: MetricTexts<'a>,
    /// Its traits, which the scan has read.
    pub traits: MetricTraits,
    /// The bytes of the data point.
    pub point: &'a [u8],
}

/// Indexes into the tables of [`Points`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Places {
    /// Of its resource.
    pub resource: u32,
    /// Of its scope.
    pub scope: u32,
    /// Of its metric.
    pub metric: u32,
}

/// The texts of a metric. They have been found to be UTF-8.
#[derive(Debug, Clone, Copy, Default)]
pub struct MetricTexts<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// What it is, in words; no part of the identity.
    pub description: &'a [u8],
    /// Its unit.
    pub unit: &'a [u8],
}

impl<'a> MetricTexts<'a> {
    /// Reads a `Metric` message, all of it: not for those that senders fill with points.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut texts = Self::default();
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => texts.name = field.text()?.as_bytes(),
                2 => texts.description = field.text()?.as_bytes(),
                3 => texts.unit = field.text()?.as_bytes(),
                _ => {}
            }
        }
        Ok(texts)
    }
}

impl<'a> WireDescription<'a> {
    /// The description of a point of `request`.
    #[must_use]
    pub fn of(point: &Point, points: &Points, request: &'a [u8]) -> Self {
        let metric = points.metrics[point.metric as usize];
        let scope = points.scopes[metric.scope as usize];
        Self {
            places: Places { resource: scope.resource, scope: metric.scope, metric: point.metric },
            resource: points.resources[scope.resource as usize].message.bytes(request),
            scope: scope.message.bytes(request),
            metric: MetricTexts {
                name: metric.name.bytes(request),
                description: metric.description.bytes(request),
                unit: metric.unit.bytes(request),
            },
            traits: MetricTraits { kind: point.kind, temporality: metric.temporality, monotonic: metric.monotonic },
            point: point.place.bytes(request),
        }
    }

    /// Checks what the scan has left for later: the attributes of resource, scope and point.
    ///
    /// # Errors
    /// [`Malformed`]: the whole request is to be refused.
    pub fn check(&self, context: &mut Context) -> Result<(), Malformed> {
        context.check(self)?;
        let number = self.traits.kind.attributes_field();
        let mut fields = Fields::of(self.point);
        while let Some(field) = fields.next()? {
            if field.number == number {
                attributes::read(field.bytes()?)?;
            }
        }
        Ok(())
    }

    /// Whether all that describes the stream takes more than [`DESCRIPTION_BYTES`].
    ///
    /// # Errors
    /// [`Malformed`]: the whole request is to be refused.
    pub fn is_too_long(&self) -> Result<bool, Malformed> {
        let mut length = self.resource.len() + self.scope.len() + self.metric.name.len() + self.metric.unit.len();
        let number = self.traits.kind.attributes_field();
        let mut fields = Fields::of(self.point);
        while let Some(field) = fields.next()? {
            if field.number == number {
                length += field.raw().len();
            }
        }
        Ok(length > DESCRIPTION_BYTES)
    }
}
