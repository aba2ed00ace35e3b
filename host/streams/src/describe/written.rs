//! Descriptions as they are written in a request.

use super::MetricTraits;
use otlp::attributes;
use otlp::points::{Point, Points};
use otlp::walk::{self, DESCRIPTION_BYTES};
use otlp::wire::{Fields, Malformed};

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

    /// Whether all that describes the stream takes more than [`DESCRIPTION_BYTES`].
    ///
    /// # Errors
    /// [`Malformed`]: the whole request is to be refused.
    pub fn is_too_long(&self) -> Result<bool, Malformed> {
        Ok(self.length()? > DESCRIPTION_BYTES)
    }

    fn length(&self) -> Result<usize, Malformed> {
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
