//! A request as `prost` sees it, with everything that is not divided as opaque bytes, and the same request regrouped.

use prost::Message;

/// `ExportMetricsServiceRequest`. `unknown` here and below stands for a field of a newer version.
#[derive(Clone, PartialEq, Message)]
pub struct Request {
    #[prost(message, repeated, tag = "1")]
    pub resources: Vec<Resource>,
    #[prost(bytes = "vec", optional, tag = "99")]
    pub unknown: Option<Vec<u8>>,
}

/// `ResourceMetrics`.
#[derive(Clone, PartialEq, Message)]
pub struct Resource {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub resource: Option<Vec<u8>>,
    #[prost(message, repeated, tag = "2")]
    pub scopes: Vec<Scope>,
    #[prost(bytes = "vec", tag = "3")]
    pub schema_url: Vec<u8>,
    #[prost(bytes = "vec", optional, tag = "99")]
    pub unknown: Option<Vec<u8>>,
}

/// `ScopeMetrics`.
#[derive(Clone, PartialEq, Message)]
pub struct Scope {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub scope: Option<Vec<u8>>,
    #[prost(message, repeated, tag = "2")]
    pub metrics: Vec<Metric>,
    #[prost(bytes = "vec", tag = "3")]
    pub schema_url: Vec<u8>,
    #[prost(bytes = "vec", optional, tag = "99")]
    pub unknown: Option<Vec<u8>>,
}

/// `Metric`.
#[derive(Clone, PartialEq, Message)]
pub struct Metric {
    #[prost(bytes = "vec", tag = "1")]
    pub name: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub description: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    pub unit: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    pub gauge: Option<Data>,
    #[prost(message, optional, tag = "7")]
    pub sum: Option<Data>,
    #[prost(message, optional, tag = "9")]
    pub histogram: Option<Data>,
    #[prost(message, optional, tag = "10")]
    pub exponential: Option<Data>,
    #[prost(message, optional, tag = "11")]
    pub summary: Option<Data>,
    #[prost(bytes = "vec", repeated, tag = "12")]
    pub metadata: Vec<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "99")]
    pub unknown: Option<Vec<u8>>,
}

/// `Gauge`, `Sum` and so on.
#[derive(Clone, PartialEq, Message)]
pub struct Data {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub points: Vec<Vec<u8>>,
    #[prost(int32, tag = "2")]
    pub temporality: i32,
    #[prost(bool, tag = "3")]
    pub monotonic: bool,
    #[prost(bytes = "vec", optional, tag = "99")]
    pub unknown: Option<Vec<u8>>,
}

impl Metric {
    /// Its data message, of whatever kind.
    pub fn data(&mut self) -> Option<&mut Data> {
        let Self { gauge, sum, histogram, exponential, summary, .. } = self;
        [gauge, sum, histogram, exponential, summary].into_iter().find_map(Option::as_mut)
    }
}

impl Request {
    /// What of it belongs to one slot: points by `slots`, and what has no points if `takes_empty`. Messages of which nothing is
    /// left are left out.
    pub fn regrouped(&self, slot: u32, slots: &[u32], takes_empty: bool) -> Self {
        let mut next = slots.iter();
        let mut keep = |metric: &Metric| {
            let mut metric = metric.clone();
            let Some(data) = metric.data() else { return takes_empty.then_some(metric) };
            let was_empty = data.points.is_empty();
            data.points.retain(|_| next.next() == Some(&slot));
            let stays = if was_empty { takes_empty } else { !data.points.is_empty() };
            stays.then_some(metric)
        };
        let mut keep_scope = |scope: &Scope| {
            let metrics: Vec<Metric> = scope.metrics.iter().filter_map(&mut keep).collect();
            let stays = if scope.metrics.is_empty() { takes_empty } else { !metrics.is_empty() };
            stays.then(|| Scope { metrics, ..scope.clone() })
        };
        let mut keep_resource = |resource: &Resource| {
            let scopes: Vec<Scope> = resource.scopes.iter().filter_map(&mut keep_scope).collect();
            let stays = if resource.scopes.is_empty() { takes_empty } else { !scopes.is_empty() };
            stays.then(|| Resource { scopes, ..resource.clone() })
        };
        let resources = self.resources.iter().filter_map(&mut keep_resource).collect();
        Self { resources, unknown: self.unknown.clone() }
    }

    /// Its points and empty messages one by one, each with all that is around it.
    pub fn flat(&self) -> Vec<Self> {
        let around = |resources| Self { resources, ..self.clone() };
        let mut flat = Vec::new();
        for resource in &self.resources {
            let around = |scopes| around(vec![Resource { scopes, ..resource.clone() }]);
            for scope in &resource.scopes {
                let around = |metrics| around(vec![Scope { metrics, ..scope.clone() }]);
                for metric in &scope.metrics {
                    let points = metric.clone().data().map(|data| data.points.clone()).unwrap_or_default();
                    for point in &points {
                        let mut alone = metric.clone();
                        alone.data().into_iter().for_each(|data| data.points = vec![point.clone()]);
                        flat.push(around(vec![alone]));
                    }
                    if points.is_empty() {
                        flat.push(around(vec![metric.clone()]));
                    }
                }
                if scope.metrics.is_empty() {
                    flat.push(around(Vec::new()));
                }
            }
            if resource.scopes.is_empty() {
                flat.push(around(Vec::new()));
            }
        }
        flat
    }
}
