//! How long the messages around the points of a part become; they stand in front of what is in them.

use std::ops::Range;

use otlp::points::{Point, Points};

use super::field_length;
use super::layout::Layout;
use super::leaf::Leaf;
use super::plan::Part;

/// The most that a tag and a length take, bytes.
const LONGEST_HEAD: u32 = 6;

/// No message of that kind is open.
const NONE: u32 = u32::MAX;

/// Measures parts, one after another.
pub(super) struct Measure<'a> {
    places: &'a Points,
    points: &'a [Point],
    layout: &'a Layout,
    most: usize,
    parts: Vec<Part>,
    lengths: Vec<u32>,
    part: Part,
    /// No less than the part will have.
    estimate: usize,
    resource: Open,
    scope: Open,
    metric: Open,
    data: Open,
}

/// A message that is being measured: its index, where its length is kept, and its length so far.
#[derive(Clone, Copy)]
struct Open {
    index: u32,
    kept: usize,
    length: u32,
}

const CLOSED: Open = Open { index: NONE, kept: 0, length: 0 };

impl<'a> Measure<'a> {
    pub fn new(places: &'a Points, points: &'a [Point], layout: &'a Layout, most: usize) -> Self {
        let part = Part { slot: 0, bytes: 0, points: 0, leaves: 0..0, lengths: 0..0 };
        let (parts, lengths) = (Vec::new(), Vec::new());
        let (resource, scope, metric, data) = (CLOSED, CLOSED, CLOSED, CLOSED);
        Self { places, points, layout, most, parts, lengths, part, estimate: 0, resource, scope, metric, data }
    }

    /// Measures the leaves of a slot, which stand in `range`.
    pub fn slot(&mut self, slot: u32, leaves: &[Leaf], range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        self.begin(slot, range.start);
        for index in range.clone() {
            let leaf = leaves[index];
            let cost = self.cost(leaf);
            if self.estimate + cost > self.most && self.part.leaves.start < index {
                self.end(index);
                self.begin(slot, index);
                self.estimate += self.cost(leaf);
            } else {
                self.estimate += cost;
            }
            self.add(leaf);
        }
        self.end(range.end);
    }

    /// The parts, and all lengths.
    pub fn finish(self) -> (Vec<Part>, Vec<u32>) {
        (self.parts, self.lengths)
    }

    fn begin(&mut self, slot: u32, leaf: usize) {
        let lengths = self.lengths.len();
        let bytes = self.layout.request.bytes as usize;
        self.part = Part { slot, bytes, points: 0, leaves: leaf..leaf, lengths: lengths..lengths };
        self.estimate = bytes;
    }

    fn end(&mut self, leaf: usize) {
        self.close_resource();
        self.part.leaves.end = leaf;
        self.part.lengths.end = self.lengths.len();
        self.parts.push(self.part.clone());
    }

    /// The most bytes that `leaf` adds.
    fn cost(&self, leaf: Leaf) -> usize {
        let (resource, scope, metric, point) = self.around(leaf);
        let mut cost = point.map_or(0, |point| LONGEST_HEAD + point.place.len() as u32);
        if let Some(metric) = metric.filter(|metric| *metric != self.metric.index) {
            cost += 2 * LONGEST_HEAD + self.header(metric) + self.layout.data[metric as usize].bytes;
        }
        if let Some(scope) = scope.filter(|scope| *scope != self.scope.index) {
            cost += LONGEST_HEAD + self.layout.scopes[scope as usize].bytes;
        }
        if resource != self.resource.index {
            cost += LONGEST_HEAD + self.layout.resources[resource as usize].bytes;
        }
        cost as usize
    }

    /// Resource, scope, metric and point of a leaf.
    fn around(&self, leaf: Leaf) -> (u32, Option<u32>, Option<u32>, Option<&'a Point>) {
        let (scope, metric, point) = match leaf {
            Leaf::Resource(resource) => return (resource, None, None, None),
            Leaf::Scope(scope) => (scope, None, None),
            Leaf::Metric(metric) => (self.places.metrics[metric as usize].scope, Some(metric), None),
            Leaf::Point(point) => {
                let point = &self.points[point as usize];
                (self.places.metrics[point.metric as usize].scope, Some(point.metric), Some(point))
            }
        };
        (self.places.scopes[scope as usize].resource, Some(scope), metric, point)
    }

    fn add(&mut self, leaf: Leaf) {
        let (resource, scope, metric, point) = self.around(leaf);
        if metric.is_none() || metric != Some(self.metric.index) {
            self.open(resource, scope, metric);
        }
        if let Some(point) = point {
            self.data.length += field_length(point.place.len() as u32);
            self.part.points += 1;
        }
    }

    fn open(&mut self, resource: u32, scope: Option<u32>, metric: Option<u32>) {
        self.close_metric();
        if resource != self.resource.index {
            self.close_resource();
            self.resource = self.opened(resource, self.layout.resources[resource as usize].bytes);
        }
        let Some(scope) = scope else { return };
        if scope != self.scope.index {
            self.close_scope();
            self.scope = self.opened(scope, self.layout.scopes[scope as usize].bytes);
        }
        let Some(metric) = metric else { return };
        self.metric = self.opened(metric, self.header(metric));
        if self.places.metrics[metric as usize].kind.is_some() {
            self.data = self.opened(metric, self.layout.data[metric as usize].bytes);
        }
    }

    /// Bytes of a metric apart from its data.
    fn header(&self, metric: u32) -> u32 {
        let place = &self.places.metrics[metric as usize];
        (place.before.len() + place.behind.len()) as u32
    }

    fn opened(&mut self, index: u32, length: u32) -> Open {
        self.lengths.push(0);
        Open { index, kept: self.lengths.len() - 1, length }
    }

    /// Ends a message, if it is open; says what it takes in the one around it.
    fn closed(&mut self, open: Open) -> u32 {
        if open.index == NONE {
            return 0;
        }
        self.lengths[open.kept] = open.length;
        field_length(open.length)
    }

    fn close_metric(&mut self) {
        self.metric.length += self.closed(self.data);
        self.data = CLOSED;
        self.scope.length += self.closed(self.metric);
        self.metric = CLOSED;
    }

    fn close_scope(&mut self) {
        self.close_metric();
        self.resource.length += self.closed(self.scope);
        self.scope = CLOSED;
    }

    fn close_resource(&mut self) {
        self.close_scope();
        self.part.bytes += self.closed(self.resource) as usize;
        self.resource = CLOSED;
    }
}
