//! Descriptions as processors have changed them.

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
    /// Bytes of all parts that were given.
    #[must_use]
    pub fn length(&self) -> usize {
        let parts = [&self.resource, &self.scope, &self.point].into_iter().flatten();
        self.metric.len() + parts.map(|part| part.len()).sum::<usize>()
    }
}
