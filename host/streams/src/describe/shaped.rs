//! Descriptions as processors have changed them.

use super::{Descriptions, HEAD, METRIC, MetricTexts, RESOURCE, SCOPE, number_at, numbers};
use model::Kind;
use model::MetricTraits;

/// A description that a processor has changed: messages of OTLP, each with what the identity is made of. Parts that stay as
/// they are are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Shaped {
    /// A `Resource` with its attributes.
    pub resource: Option<Box<[u8]>>,
    /// An `InstrumentationScope`.
    pub scope: Option<Box<[u8]>>,
    /// A `Metric` with its name and unit.
    pub metric: Box<[u8]>,
    /// A `NumberDataPoint` with its attributes.
    pub point: Option<Box<[u8]>>,
}

impl Shaped {
    /// What becomes of a description that was changed to `before`, and then to this.
    #[must_use]
    pub fn over(&self, before: &Self) -> Self {
        let part = |later: &Option<Box<[u8]>>, earlier: &Option<Box<[u8]>>| later.clone().or_else(|| earlier.clone());
        Self {
            resource: part(&self.resource, &before.resource),
            scope: part(&self.scope, &before.scope),
            metric: self.metric.clone(),
            point: part(&self.point, &before.point),
        }
    }

    /// Bytes of all parts that were given.
    #[must_use]
    pub fn length(&self) -> usize {
        let parts = [&self.resource, &self.scope, &self.point].into_iter().flatten();
        self.metric.len() + parts.map(|part| part.len()).sum::<usize>()
    }
}

impl Descriptions {
    /// The number of the identity that `base` becomes when it is described as `shaped`, with one more use. Its traits are
    /// those that the stream was sent with. A part that is not OTLP, which none is that comes from
    /// [`Shaped`]'s maker, stays as it is.
    pub fn take_shaped(&mut self, base: u32, shaped: &Shaped, sent: MetricTraits) -> u32 {
        let old = self.identities.get(base).to_vec();
        let resource = shaped.resource.as_deref().and_then(|resource| self.take_set(resource, 1).ok());
        let resource = resource.unwrap_or_else(|| {
            let set = number_at(&old, RESOURCE);
            self.sets.share(set);
            set
        });
        let scope = shaped.scope.as_deref().and_then(|scope| self.take_scope(scope).ok());
        let scope = scope.unwrap_or_else(|| {
            let scope = number_at(&old, SCOPE);
            self.scopes.share(scope);
            scope
        });
        let old_metric = number_at(&old, METRIC);
        let metric = match MetricTexts::read(&shaped.metric) {
            Ok(texts) => self.take_metric(texts, sent),
            Err(_) => {
                self.metrics.share(old_metric);
                old_metric
            }
        };
        if let Some(text) = self.texts.get(&old_metric).cloned() {
            self.keep_text(metric, &text);
        }
        let mut identity: Vec<u8> = [resource, scope, metric].into_iter().flat_map(u32::to_le_bytes).collect();
        let point = Kind::Gauge.attributes_field();
        match shaped.point.as_deref().filter(|message| self.scratch.collect(message, point).is_ok()) {
            Some(_) => self.scratch.number(&mut self.attributes, &mut identity),
            None => {
                let own = &old[HEAD * 4..];
                numbers(own).for_each(|attribute| self.attributes.share(attribute));
                identity.extend_from_slice(own);
            }
        }
        let (number, fresh) = self.identities.take(&identity);
        if !fresh {
            self.release_parts(&identity);
        }
        number
    }
}
