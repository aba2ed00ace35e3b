//! What the exporter says of itself on the page of own metrics.

use std::sync::atomic::Ordering;

use component::metrics::{COUNTER, GAUGE, read};
use prometheus::exposition::Page;

use super::RemoteWrite;
use super::verdict::Reason;

/// Adds the metrics of an exporter.
pub fn add(page: &mut Page, exporter: &RemoteWrite) {
    let RemoteWrite { settings, written, sent, budget } = exporter;
    let labels = [("exporter", settings.id.as_str())];
    for (name, help, count) in [
        ("alluvium_remote_write_encoded_samples_total", "Samples put into requests.", &written.samples),
        (
            "alluvium_remote_write_out_of_order_samples_total",
            "Samples older than their series; not sent.",
            &written.out_of_order,
        ),
        (
            "alluvium_remote_write_late_samples_total",
            "Samples whose time a back-end would refuse; written with the time of arrival.",
            &written.late,
        ),
        (
            "alluvium_remote_write_shared_series_total",
            "Streams that share a series with another.",
            &written.shared_series,
        ),
        ("alluvium_remote_write_sent_samples_total", "Samples that the back-end took.", &sent.delivered),
        ("alluvium_remote_write_sent_requests_total", "Requests that the back-end took.", &sent.requests),
        ("alluvium_remote_write_retries_total", "Attempts that failed and were followed by another.", &sent.retries),
        (
            "alluvium_remote_write_divided_requests_total",
            "Requests that the back-end refused, and that were sent again in parts.",
            &sent.divided,
        ),
        (
            "alluvium_remote_write_discarded_samples_total",
            "Samples of target_info that had waited until the next were due; not sent.",
            &sent.discarded,
        ),
        (
            "alluvium_remote_write_rejected_target_info_total",
            "Samples of target_info that the back-end refused.",
            &written.rejected_targets,
        ),
        ("alluvium_remote_write_given_up_samples_total", "Samples given up after the last retry.", &sent.given_up),
    ] {
        page.add(name, COUNTER, help, &labels, read(count));
    }
    const DROPPED: &str = "alluvium_remote_write_dropped_samples_total";
    const HELP: &str = "Samples that a back-end would refuse for their time, by reason; not sent.";
    for (reason, count) in [("too_old", &written.too_old), ("too_far_ahead", &written.too_far_ahead)] {
        page.add(DROPPED, COUNTER, HELP, &[("exporter", settings.id.as_str()), ("reason", reason)], read(count));
    }
    const ADDED: &str = "alluvium_remote_write_added_samples_total";
    const HELP_ADDED: &str = "Samples in requests that are of no point, by kind.";
    const SKIPPED: &str = "alluvium_remote_write_skipped_samples_total";
    const HELP_SKIPPED: &str = "Samples of no point that were left out, by kind.";
    for (kind, added, skipped) in [
        ("zero", &written.zeros, &written.skipped_zeros),
        ("repeat", &written.repeats, &written.skipped_repeats),
        ("stale_marker", &written.stale_markers, &written.skipped_stale_markers),
    ] {
        let labels = [("exporter", settings.id.as_str()), ("kind", kind)];
        page.add(ADDED, COUNTER, HELP_ADDED, &labels, read(added));
        page.add(SKIPPED, COUNTER, HELP_SKIPPED, &labels, read(skipped));
    }
    const REJECTED: &str = "alluvium_remote_write_rejected_samples_total";
    const PARTIAL: &str = "alluvium_remote_write_partial_samples_total";
    for reason in Reason::ALL {
        let labels = [("exporter", settings.id.as_str()), ("reason", reason.name())];
        let help = "Samples that the back-end refused for good, by reason.";
        page.add(REJECTED, COUNTER, help, &labels, read(&written.rejected[reason as usize]));
    }
    let unsent = [("exporter", settings.id.as_str()), ("reason", "unsent")];
    page.add(REJECTED, COUNTER, "", &unsent, read(&sent.unsent));
    for reason in Reason::ALL {
        let labels = [("exporter", settings.id.as_str()), ("reason", reason.name())];
        let help = "Samples of requests that the back-end took in part, by the reason that it gives.";
        page.add(PARTIAL, COUNTER, help, &labels, read(&written.partial[reason as usize]));
    }
    let apart = sent.apart.load(Ordering::Relaxed) as f64;
    page.add(
        "alluvium_remote_write_apart_samples",
        GAUGE,
        "Samples that are sent apart, as others of their series were refused, and wait.",
        &labels,
        apart,
    );
    let waiting = sent.waiting.load(Ordering::Relaxed) as f64;
    page.add("alluvium_remote_write_queue_requests", GAUGE, "Requests waiting or in flight.", &labels, waiting);
    page.add(
        "alluvium_remote_write_queue_bytes",
        GAUGE,
        "Bytes that they and open requests take.",
        &labels,
        budget.used() as f64,
    );
    page.add(
        "alluvium_remote_write_queue_limit_bytes",
        GAUGE,
        "Bytes that they may take.",
        &labels,
        budget.limit() as f64,
    );
}
