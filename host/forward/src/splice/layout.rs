//! The fields of the messages around points, apart from what these messages are made of.

use otlp::points::{ByteRange, Points};
use otlp::wire::{Fields, Malformed};

/// Field numbers of what is divided: of resources in a request, scopes in resources, metrics in scopes, points in data.
const RESOURCE_METRICS: u32 = 1;
const SCOPE_METRICS: u32 = 2;
const METRICS: u32 = 2;
const DATA_POINTS: u32 = 1;

/// The own fields of all messages of a request.
#[derive(Debug, Default)]
pub(super) struct Layout {
    runs: Vec<ByteRange>,
    /// Of the request itself.
    pub request: Own,
    /// Of each `ResourceMetrics`.
    pub resources: Vec<Own>,
    /// Of each `ScopeMetrics`.
    pub scopes: Vec<Own>,
    /// Of the data message of each metric.
    pub data: Vec<Own>,
}

/// The own fields of a message: runs of bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Own {
    first: u32,
    end: u32,
    /// All of them together.
    pub bytes: u32,
}

impl Layout {
    /// Reads the tags of `request`; no point is looked into.
    pub fn read(request: &[u8], places: &Points) -> Result<Self, Malformed> {
        let mut layout = Self {
            resources: Vec::with_capacity(places.resources.len()),
            scopes: Vec::with_capacity(places.scopes.len()),
            data: Vec::with_capacity(places.metrics.len()),
            ..Self::default()
        };
        layout.request = layout.own(request, request, RESOURCE_METRICS)?;
        for place in &places.resources {
            let own = layout.own(place.whole.bytes(request), request, SCOPE_METRICS)?;
            layout.resources.push(own);
        }
        for place in &places.scopes {
            let own = layout.own(place.whole.bytes(request), request, METRICS)?;
            layout.scopes.push(own);
        }
        for place in &places.metrics {
            let own = layout.own(place.data.bytes(request), request, DATA_POINTS)?;
            layout.data.push(own);
        }
        Ok(layout)
    }

    fn own(&mut self, message: &[u8], request: &[u8], divided: u32) -> Result<Own, Malformed> {
        let first = self.runs.len() as u32;
        let mut bytes = 0;
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            if field.number != divided {
                let run = ByteRange::of(field.raw(), request);
                bytes += run.len() as u32;
                // So that there are no more runs than divided fields, and one.
                let last = self.runs[first as usize..].last_mut();
                match last.and_then(|last| Some((last.joined(run)?, last))) {
                    Some((both, last)) => *last = both,
                    None => self.runs.push(run),
                }
            }
        }
        Ok(Own { first, end: self.runs.len() as u32, bytes })
    }

    /// The runs of a message.
    pub fn runs(&self, own: Own) -> &[ByteRange] {
        &self.runs[own.first as usize..own.end as usize]
    }
}
