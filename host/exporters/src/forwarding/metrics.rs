//! What a forwarding exporter says of itself on the page of own metrics.

use std::sync::atomic::Ordering;

use component::metrics::{COUNTER, GAUGE, read};
use forward::forwarder::{Connect, Forwarder};
use prometheus::exposition::Page;

/// Adds the metrics of an exporter, for each of its destinations.
pub fn add<C: Connect>(page: &mut Page, forwarder: &Forwarder<C>) {
    let exporter = &*forwarder.settings().exporter;
    for destination in forwarder.counters() {
        let labels = [("exporter", exporter), ("endpoint", &*destination.endpoint)];
        let (counts, more) = (&destination.counts, &destination.more);
        let elsewhere = read(&more.rerouted) + read(&more.rejected);
        const SENT: &str = "Points that the receiver took.";
        page.add("alluvium_forward_sent_points_total", COUNTER, SENT, &labels, read(&counts.delivered) - elsewhere);
        for (name, help, count) in [
            ("alluvium_forward_sent_requests_total", "Requests that the receiver took.", &counts.requests),
            ("alluvium_forward_retries_total", "Attempts that failed and were followed by another.", &counts.retries),
            ("alluvium_forward_refused_points_total", "Points that the receiver refused for good.", &counts.refused),
            (
                "alluvium_forward_rejected_points_total",
                "Points without which the receiver took a request, as its partial success says.",
                &more.rejected,
            ),
            ("alluvium_forward_given_up_points_total", "Points given up after the last retry.", &counts.given_up),
            (
                "alluvium_forward_rerouted_points_total",
                "Points that went to other destinations, as this one had left.",
                &more.rerouted,
            ),
        ] {
            page.add(name, COUNTER, help, &labels, read(count));
        }
        let waiting = counts.waiting.load(Ordering::Relaxed) as f64;
        page.add("alluvium_forward_queue_requests", GAUGE, "Requests waiting or in flight.", &labels, waiting);
        let (used, limit) = (destination.budget.used() as f64, destination.budget.limit() as f64);
        const BYTES: &str = "Bytes that they and open requests have, uncompressed.";
        page.add("alluvium_forward_queue_bytes", GAUGE, BYTES, &labels, used);
        page.add("alluvium_forward_queue_limit_bytes", GAUGE, "Bytes that they may have.", &labels, limit);
    }
}
