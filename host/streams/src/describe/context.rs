//! What the points of a request share: resource, scope and metric, each looked at once and not once a stream.

use super::{Descriptions, Identity, WireDescription};
use otlp::scan;
use otlp::wire::Malformed;

/// Resource, scope and metric of the point before. Points of a request come in its order, so that one of each is enough.
/// A context is for one request only, and owns uses of descriptions: [`Descriptions::release_context`].
#[derive(Debug, Default)]
#[must_use]
pub struct Context {
    /// The resource and the scope that were checked last.
    checked_resource: Option<u32>,
    checked_scope: Option<u32>,
    resource: Held<u32>,
    scope: Held<u32>,
    metric: Held<u32>,
}

/// What was made of a message, by its place among those of its kind in the request. A number: this owns one use of it.
#[derive(Debug)]
pub(super) struct Held<T>(Option<(u32, T)>);

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Clone> Held<T> {
    /// What was made of the message at `place`, if it is the one that is held.
    pub fn get(&self, place: u32) -> Option<T> {
        self.0.as_ref().filter(|(held, _)| *held == place).map(|(_, made)| made.clone())
    }

    /// Holds another. A number of the one before is to be released.
    pub fn replace(&mut self, place: u32, made: T) -> Option<T> {
        self.0.replace((place, made)).map(|(_, old)| old)
    }
}

impl Context {
    /// Whether it owns nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.resource, &self.scope, &self.metric].into_iter().all(|held| held.0.is_none())
    }

    /// Checks resource and scope of `written`, unless they were checked for the point before.
    pub(super) fn check(&mut self, written: &WireDescription<'_>) -> Result<(), Malformed> {
        let places = written.places;
        if self.checked_resource != Some(places.resource) {
            scan::check_resource(written.resource)?;
            self.checked_resource = Some(places.resource);
        }
        if self.checked_scope != Some(places.scope) {
            scan::check_scope(written.scope)?;
            self.checked_scope = Some(places.scope);
        }
        Ok(())
    }
}

impl Descriptions {
    /// The number of the identity of `written`, with one more use, to be given back with [`Self::release`]; none if the
    /// description is longer than [`DESCRIPTION_BYTES`](scan::DESCRIPTION_BYTES). What the scan has left for later is
    /// checked: the attributes of resource, scope and point.
    ///
    /// # Errors
    /// [`Malformed`]: the whole request is to be refused.
    pub fn identify(
        &mut self,
        written: &WireDescription<'_>,
        context: &mut Context,
    ) -> Result<Option<Identity>, Malformed> {
        if written.is_too_long()? {
            written.check(context)?;
            return Ok(None);
        }
        self.take_within(context, written).map(Some)
    }

    /// The numbers of resource, scope and metric of `written`; the context owns a use of each.
    pub(super) fn hold(&mut self, context: &mut Context, written: &WireDescription<'_>) -> Result<[u32; 3], Malformed> {
        let Context { resource, scope, metric, .. } = context;
        let places = written.places;
        let resource = match resource.get(places.resource) {
            Some(set) => set,
            None => {
                let set = self.take_resource(written.resource)?;
                if let Some(old) = resource.replace(places.resource, set) {
                    self.release_set(old);
                }
                set
            }
        };
        let scope = match scope.get(places.scope) {
            Some(number) => number,
            None => {
                let number = self.take_scope(written.scope)?;
                if let Some(old) = scope.replace(places.scope, number) {
                    self.release_scope(old);
                }
                number
            }
        };
        let metric = match metric.get(places.metric) {
            Some(number) => number,
            None => {
                let number = self.take_metric(written.metric, written.traits);
                if let Some(old) = metric.replace(places.metric, number) {
                    self.release_metric(old);
                }
                number
            }
        };
        Ok([resource, scope, metric])
    }

    /// Gives back what a context holds.
    pub fn release_context(&mut self, context: Context) {
        let Context { resource, scope, metric, .. } = context;
        if let Held(Some((_, set))) = resource {
            self.release_set(set);
        }
        if let Held(Some((_, number))) = scope {
            self.release_scope(number);
        }
        if let Held(Some((_, number))) = metric {
            self.release_metric(number);
        }
    }
}
