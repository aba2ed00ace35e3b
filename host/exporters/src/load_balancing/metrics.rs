//! What the exporter says of itself, by the names that the Collector's has.

use std::sync::atomic::Ordering;

use component::metrics::{COUNTER, GAUGE, read};
use forward::destination::{Attempts, LATENCY_BOUNDS};
use forward::forwarder::{Connect, Forwarder};
use prometheus::exposition::{Line, Page, series};
use resolvers::Counts;

const LATENCY: &str = "otelcol_loadbalancer_backend_latency";

/// Adds the metrics of the resolver and of the attempts at each worker.
pub fn add<C: Connect>(page: &mut Page, forwarder: &Forwarder<C>, resolver: &str, counts: &Counts) {
    let exporter = &*forwarder.settings().exporter;
    let own = [("exporter", exporter), ("resolver", resolver)];
    for (success, count) in [("true", &counts.resolved), ("false", &counts.failed)] {
        let labels = [own[0], own[1], ("success", success)];
        const HELP: &str = "Answers to the question which workers there are.";
        page.add("otelcol_loadbalancer_num_resolutions", COUNTER, HELP, &labels, read(count));
    }
    const BACKENDS: &str = "Workers as the resolver lists them.";
    page.add("otelcol_loadbalancer_num_backends", GAUGE, BACKENDS, &own, read(&counts.backends));
    const UPDATES: &str = "Lists of workers that differed from the one before.";
    page.add("otelcol_loadbalancer_num_backend_updates", COUNTER, UPDATES, &own, read(&counts.updates));
    for destination in forwarder.counters() {
        let labels = [("exporter", exporter), ("endpoint", &*destination.endpoint)];
        let attempts = &destination.more.attempts;
        for (success, count) in [("true", &attempts.succeeded), ("false", &attempts.failed)] {
            let labels = [labels[0], labels[1], ("success", success)];
            const HELP: &str = "Attempts at a worker.";
            page.add("otelcol_loadbalancer_backend_outcome", COUNTER, HELP, &labels, read(count));
        }
        add_latency(page, labels, attempts);
    }
}

fn add_latency(page: &mut Page, labels: [(&str, &str); 2], attempts: &Attempts) {
    let mut place = 0;
    let mut add = |suffix: &str, le: Option<&str>, value: u64| {
        let name = format!("{LATENCY}_{suffix}");
        let series = series(&name, labels.into_iter().chain(le.map(|le| ("le", le))));
        let line = Line::of_family(LATENCY, series.as_bytes(), value as f64, "histogram", place);
        page.add_line(&line, "How long attempts at a worker took, milliseconds.");
        place += 1;
    };
    let mut total = 0;
    for (index, bucket) in attempts.latency.iter().enumerate() {
        total += bucket.load(Ordering::Relaxed);
        let bound = LATENCY_BOUNDS.get(index).map_or("+Inf".to_owned(), u64::to_string);
        add("bucket", Some(&bound), total);
    }
    add("sum", None, attempts.milliseconds.load(Ordering::Relaxed));
    add("count", None, total);
}
