//! The new requests: raw bytes of the old one, with new lengths in front.

use bytes::BufMut as _;
use model::Kind;
use otlp::points::{Point, Points};

use super::layout::{Layout, Own};
use super::leaf::Leaf;
use super::plan::{Division, Part, Plan};

/// Tags of messages: their field numbers and the wire type of what has a length.
const RESOURCE_METRICS: u8 = 1 << 3 | 2;
const SCOPE_METRICS: u8 = 2 << 3 | 2;
const METRICS: u8 = 2 << 3 | 2;
const DATA_POINTS: u8 = 1 << 3 | 2;

impl Plan {
    /// Appends one of its parts to `out`: as many bytes as [`Part::bytes`] says. `request`, `places` and `points` must be those
    /// that the plan was made from.
    pub fn write(&self, part: &Part, request: &[u8], places: &Points, points: &[Point], out: &mut Vec<u8>) {
        let Some(Division { layout, leaves, lengths }) = &self.division else {
            out.extend_from_slice(request);
            return;
        };
        let lengths = lengths[part.lengths.clone()].iter();
        let mut writer = Writer { request, places, layout, lengths, out, resource: None, scope: None, metric: None };
        writer.own(layout.request);
        for leaf in &leaves[part.leaves.clone()] {
            writer.leaf(*leaf, points);
        }
    }
}

/// Writes a part.
struct Writer<'a> {
    request: &'a [u8],
    places: &'a Points,
    layout: &'a Layout,
    lengths: std::slice::Iter<'a, u32>,
    out: &'a mut Vec<u8>,
    /// The messages that are open.
    resource: Option<u32>,
    scope: Option<u32>,
    metric: Option<u32>,
}

impl Writer<'_> {
    #[inline]
    fn leaf(&mut self, leaf: Leaf, points: &[Point]) {
        match leaf {
            Leaf::Point(point) => {
                let point = &points[point as usize];
                self.open_metric(point.metric);
                self.head(DATA_POINTS, point.place.len() as u32);
                self.out.extend_from_slice(point.place.bytes(self.request));
            }
            Leaf::Metric(metric) => self.open_metric(metric),
            Leaf::Scope(scope) => self.open_scope(scope),
            Leaf::Resource(resource) => self.open_resource(resource),
        }
    }

    #[inline]
    fn open_metric(&mut self, metric: u32) {
        if self.metric == Some(metric) {
            return;
        }
        let place = &self.places.metrics[metric as usize];
        self.open_scope(place.scope);
        self.metric = Some(metric);
        self.opened(METRICS);
        self.out.extend_from_slice(place.before.bytes(self.request));
        self.out.extend_from_slice(place.behind.bytes(self.request));
        if let Some(kind) = place.kind {
            self.opened(data_tag(kind));
            self.own(self.layout.data[metric as usize]);
        }
    }

    fn open_scope(&mut self, scope: u32) {
        if self.scope == Some(scope) {
            return;
        }
        self.open_resource(self.places.scopes[scope as usize].resource);
        (self.scope, self.metric) = (Some(scope), None);
        self.opened(SCOPE_METRICS);
        self.own(self.layout.scopes[scope as usize]);
    }

    fn open_resource(&mut self, resource: u32) {
        if self.resource == Some(resource) {
            return;
        }
        (self.resource, self.scope, self.metric) = (Some(resource), None, None);
        self.opened(RESOURCE_METRICS);
        self.own(self.layout.resources[resource as usize]);
    }

    /// Begins the next message, whose length is known.
    fn opened(&mut self, tag: u8) {
        let length = self.lengths.next().copied().unwrap_or_default();
        self.head(tag, length);
    }

    #[inline]
    fn head(&mut self, tag: u8, mut length: u32) {
        self.out.put_u8(tag);
        while length >= 0x80 {
            self.out.put_u8(length as u8 | 0x80);
            length >>= 7;
        }
        self.out.put_u8(length as u8);
    }

    fn own(&mut self, own: Own) {
        for run in self.layout.runs(own) {
            self.out.extend_from_slice(run.bytes(self.request));
        }
    }
}

/// The tag of the data message of a metric.
fn data_tag(kind: Kind) -> u8 {
    let number = match kind {
        Kind::Gauge => 5,
        Kind::Sum => 7,
        Kind::Histogram => 9,
        Kind::ExponentialHistogram => 10,
        Kind::Summary => 11,
    };
    number << 3 | 2
}
