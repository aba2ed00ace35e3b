//! What an endpoint says of itself on the page of own metrics.

use component::metrics::{COUNTER, GAUGE, read};
use prometheus::exposition::Page;

use super::receiver::Receiver;

/// Adds the metrics of an endpoint.
pub fn add(page: &mut Page, receiver: &Receiver) {
    let labels = [("receiver", &*receiver.id), ("transport", receiver.protocol.name())];
    let counts = receiver.counts();
    for (name, help, count) in [
        ("alluvium_receiver_accepted_points_total", "Points taken in and not dropped.", &counts.accepted),
        (
            "alluvium_receiver_dropped_points_total",
            "Points taken in and dropped; the sender was told.",
            &counts.dropped,
        ),
        ("alluvium_receiver_requests_total", "Requests taken in.", &counts.requests),
        ("alluvium_receiver_refused_requests_total", "Requests refused.", &counts.refused),
    ] {
        page.add(name, COUNTER, help, &labels, read(count));
    }
    let connections = receiver.connections();
    for (name, help, value) in [
        ("alluvium_receiver_connections", "Open connections.", connections.count()),
        (
            "alluvium_receiver_connections_limit_bytes",
            "Bytes that may be buffered for open connections before they are counted as requests in hand.",
            connections.bytes(),
        ),
    ] {
        page.add(name, GAUGE, help, &labels, value as f64);
    }
}
