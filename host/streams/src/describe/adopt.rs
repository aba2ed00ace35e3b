//! Descriptions that come from another thread.

use std::sync::Arc;

use super::description::{Description, Metric, Scope, Set};
use super::{Descriptions, Identity};

/// The last description of its kind that was taken over, and its number, with a use of its own. Streams of one request share
/// them, and come one after another.
#[derive(Debug)]
pub(super) struct Adopted<T>(Option<(Arc<T>, u32)>);

impl<T> Default for Adopted<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Adopted<T> {
    fn get(&self, part: &Arc<T>) -> Option<u32> {
        self.0.as_ref().filter(|(known, _)| Arc::ptr_eq(known, part)).map(|(_, number)| *number)
    }

    fn replace(&mut self, part: &Arc<T>, number: u32) -> Option<u32> {
        self.0.replace((Arc::clone(part), number)).map(|(_, number)| number)
    }
}

impl Descriptions {
    /// The number of the identity of a description, with one more use.
    pub fn adopt(&mut self, description: &Description) -> Identity {
        let resource = self.adopt_resource(&description.of_metric.resource);
        let scope = self.adopt_scope(&description.of_metric.scope);
        let metric = self.adopt_metric(&description.of_metric.metric);
        let mut identity = std::mem::take(&mut self.scratch.identity);
        identity.clear();
        for number in [resource, scope, metric] {
            identity.extend_from_slice(&number.to_le_bytes());
        }
        for attribute in description.attributes.iter() {
            identity.extend_from_slice(&self.attributes.take(attribute).0.to_le_bytes());
        }
        let number = self.take_identity(&identity);
        self.scratch.identity = identity;
        number
    }

    fn adopt_resource(&mut self, resource: &Arc<Set>) -> u32 {
        if let Some(number) = self.adopted_resource.get(resource) {
            return number;
        }
        let number = self.adopt_set(resource);
        if let Some(old) = self.adopted_resource.replace(resource, number) {
            self.release_set(old);
        }
        number
    }

    fn adopt_set(&mut self, set: &Set) -> u32 {
        let mut numbers = Vec::new();
        for attribute in set.iter() {
            numbers.extend_from_slice(&self.attributes.take(attribute).0.to_le_bytes());
        }
        self.take_numbers(&numbers)
    }

    fn adopt_scope(&mut self, scope: &Arc<Scope>) -> u32 {
        if let Some(number) = self.adopted_scope.get(scope) {
            return number;
        }
        let set = self.adopt_set(&scope.attributes);
        let number = self.take_scope_bytes(set, &scope.texts);
        if let Some(old) = self.adopted_scope.replace(scope, number) {
            self.release_scope(old);
        }
        number
    }

    fn adopt_metric(&mut self, metric: &Arc<Metric>) -> u32 {
        if let Some(number) = self.adopted_metric.get(metric) {
            return number;
        }
        let number = self.take_metric_bytes(&metric.bytes, &metric.text);
        if let Some(old) = self.adopted_metric.replace(metric, number) {
            self.release_metric(old);
        }
        number
    }
}
