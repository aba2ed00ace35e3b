//! Over the points of one request, each to its position. What is known is looked up; of the rest each resource, scope and
//! metric is read once, so that the work is linear in the request's bytes.

use model::MetricTraits;
use otlp::points::{Point, Points};
use otlp::wire::Malformed;

use crate::level::{Level, Levels};
use crate::position::Position;
use crate::router::Router;

/// Where something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// To the member of the ring that has this position.
    To(Position),
    /// Nowhere: the key is `service`, and the resource has no `service.name`. The Collector drops it as well.
    NoServiceName,
    /// Nowhere: what the key is made of takes more than
    /// [`DESCRIPTION_BYTES`](otlp::scan::DESCRIPTION_BYTES), and a worker would drop it.
    TooLong,
}

/// A walk over a request. Points are to be asked for in their order.
#[derive(Debug)]
pub struct Walk<'a> {
    router: &'a Router,
    request: &'a [u8],
    points: &'a Points,
    age: u64,
    levels: Levels<'a>,
    resource: Option<(u32, Level<'a>)>,
    scope: Option<(u32, Level<'a>)>,
    metric: Option<(u32, Level<'a>)>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(router: &'a Router, request: &'a [u8], points: &'a Points, age: u64) -> Self {
        let levels = Levels::new(&router.key, router.generation);
        Self { router, request, points, age, levels, resource: None, scope: None, metric: None }
    }

    /// Of a point. Nothing is allocated for one whose byte form is known.
    ///
    /// # Errors
    /// [`Malformed`]: the attributes of its resource, of its scope or its own, which the scan has left unchecked. The whole
    /// request is to be refused.
    #[inline]
    pub fn point(&mut self, point: &Point) -> Result<Route, Malformed> {
        match self.router.get(point.key, self.age) {
            Some(position) => Ok(Route::To(position)),
            None => self.unknown(point),
        }
    }

    /// Of a metric without points: that of a point without attributes.
    ///
    /// # Errors
    /// As [`Self::point`].
    pub fn metric(&mut self, metric: u32) -> Result<Route, Malformed> {
        self.enter_metric(metric)?;
        let level = self.metric.as_ref().map_or(&Level::Open, |(_, level)| level);
        self.levels.point(level, &[], 0)
    }

    /// Of a scope without metrics: that of a metric without anything.
    ///
    /// # Errors
    /// As [`Self::point`].
    pub fn scope(&mut self, scope: u32) -> Result<Route, Malformed> {
        self.enter_scope(scope)?;
        let level = self.scope.as_ref().map_or(&Level::Open, |(_, level)| level);
        let metric = self.levels.metric(level, &[], &[], None);
        self.levels.point(&metric, &[], 0)
    }

    /// Of a resource without scopes: that of a scope without anything.
    ///
    /// # Errors
    /// As [`Self::point`].
    pub fn resource(&mut self, resource: u32) -> Result<Route, Malformed> {
        self.enter_resource(resource)?;
        let level = self.resource.as_ref().map_or(&Level::Open, |(_, level)| level);
        let scope = self.levels.scope(level, &[])?;
        let metric = self.levels.metric(&scope, &[], &[], None);
        self.levels.point(&metric, &[], 0)
    }

    #[cold]
    fn unknown(&mut self, point: &Point) -> Result<Route, Malformed> {
        self.enter_metric(point.metric)?;
        let level = self.metric.as_ref().map_or(&Level::Open, |(_, level)| level);
        let route = self.levels.point(level, point.place.bytes(self.request), point.kind.attributes_field())?;
        if let Route::To(position) = route {
            self.router.insert(point.key, position, self.age);
        }
        Ok(route)
    }

    fn enter_resource(&mut self, index: u32) -> Result<(), Malformed> {
        if !is(&self.resource, index) {
            let place = &self.points.resources[index as usize];
            self.resource = Some((index, self.levels.resource(place.message.bytes(self.request))?));
        }
        Ok(())
    }

    fn enter_scope(&mut self, index: u32) -> Result<(), Malformed> {
        if !is(&self.scope, index) {
            let place = &self.points.scopes[index as usize];
            self.enter_resource(place.resource)?;
            let above = self.resource.as_ref().map_or(&Level::Open, |(_, level)| level);
            self.scope = Some((index, self.levels.scope(above, place.message.bytes(self.request))?));
        }
        Ok(())
    }

    fn enter_metric(&mut self, index: u32) -> Result<(), Malformed> {
        if !is(&self.metric, index) {
            let place = &self.points.metrics[index as usize];
            self.enter_scope(place.scope)?;
            let above = self.scope.as_ref().map_or(&Level::Open, |(_, level)| level);
            let (temporality, monotonic) = (place.temporality, place.monotonic);
            let traits = place.kind.map(|kind| MetricTraits { kind, temporality, monotonic });
            let (name, unit) = (place.name.bytes(self.request), place.unit.bytes(self.request));
            self.metric = Some((index, self.levels.metric(above, name, unit, traits)));
        }
        Ok(())
    }
}

/// Whether that is the one that was read last.
fn is(held: &Option<(u32, Level<'_>)>, index: u32) -> bool {
    held.as_ref().is_some_and(|(held, _)| *held == index)
}
