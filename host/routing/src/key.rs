//! What a stream is routed by: the Collector's `routing_key`.

/// What is hashed to a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoutingKey {
    /// `service`: the resource attribute `service.name`. What has none cannot be routed.
    Service,
    /// `resource`: `resource/` and a hash of the resource's attributes, in hexadecimal.
    Resource,
    /// `metric`: the metric's name.
    Metric,
    /// `streamID`: `stream/` and a hash of all that makes a stream, in hexadecimal.
    Stream,
    /// `attributes`: name and value of these, first of resource, then of scope, then of the point.
    Attributes(Vec<String>),
}
