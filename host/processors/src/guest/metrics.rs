//! What a guest says of itself on the page of own metrics.

use std::sync::atomic::Ordering;

use component::metrics::{COUNTER, GAUGE, read};
use model::Needs;
use pipeline::shard::streams::IDLE_SECONDS;
use prometheus::exposition::Page;
use wasm::GuestError;

use super::Processor;

/// Digits of a digest that tell guests apart.
const DIGITS: usize = 12;

/// Adds the metrics of a guest.
pub fn add(page: &mut Page, processor: &Processor) {
    let Processor { id, needs, stream_limit, health, .. } = processor;
    let Needs { name, version, .. } = &**needs;
    let mut digest = processor.module.digest().to_string();
    digest.truncate(DIGITS);
    let guest = [("processor", &**id), ("guest", name), ("version", version), ("sha256", &digest)];
    const INFO: &str = "Always 1; the guest, its version and the first digits of its digest are labels.";
    page.add("alluvium_processor_info", GAUGE, INFO, &guest, 1.0);
    let labels = [("processor", &**id)];
    let streams = stream_limit.count() as f64;
    page.add("alluvium_processor_streams", GAUGE, "Streams with state.", &labels, streams);
    let limit = stream_limit.limit().map_or(f64::INFINITY, |limit| limit as f64);
    page.add("alluvium_processor_streams_limit", GAUGE, "Streams with state that there may be.", &labels, limit);
    let idle = needs.max_idle.map_or(f64::from(IDLE_SECONDS), |idle| idle as f64 / 1e9);
    page.add("alluvium_processor_max_idle_seconds", GAUGE, "Idle streams are forgotten after this.", &labels, idle);
    for (metric, help, count) in [
        ("alluvium_processor_points_total", "Points that the guest saw.", &health.points),
        ("alluvium_processor_restarts_total", "Instances made in place of others.", &health.restarts),
        (
            "alluvium_processor_future_points_total",
            "Points that the guest set more than 5 minutes into the future; cut to that.",
            &health.future,
        ),
    ] {
        page.add(metric, COUNTER, help, &labels, read(count));
    }
    const LOST: &str = "Log lines of the guest, and about it, beyond its rate; they are lost.";
    page.add("alluvium_guest_lost_log_lines_total", COUNTER, LOST, &labels, processor.log.lost() as f64);
    for (kind, count) in GuestError::KINDS.iter().zip(&health.failures) {
        const FAILED: &str = "alluvium_processor_failed_calls_total";
        const HELP: &str = "Calls that came to nothing, by what the guest did.";
        page.add(FAILED, COUNTER, HELP, &[("processor", id), ("kind", kind)], read(count));
    }
    health.calls.show(page, "alluvium_processor_call_seconds", "How long calls of the guest took.", &labels);
    let memory = health.memory.load(Ordering::Relaxed) as f64;
    page.add("alluvium_processor_memory_bytes", GAUGE, "Linear memory of the guest's instances.", &labels, memory);
    const EVENTS: &str = "alluvium_guest_events_total";
    const HELP: &str = "What the guest counts, by its own names.";
    for (event, count) in needs.counters.iter().zip(health.events.read()) {
        page.add(EVENTS, COUNTER, HELP, &[("processor", &**id), ("event", event)], count as f64);
    }
}
