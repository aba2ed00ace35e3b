//! The host's own metrics. Their names are frozen; `docs/metrics.md` has the table, and a test holds it against this page.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::build::{Observed, Writes};
use model::Needs;
use pipeline::intake::leg::Leg;
use pipeline::population::Population;
use pipeline::shard::streams::IDLE_SECONDS;
use processors::guest::Processor;
use prometheus::exposition::Page;
use receivers::otlp::receiver::Receiver;

const COUNTER: &str = "counter";
const GAUGE: &str = "gauge";

/// Everything that is observed.
#[derive(Default)]
pub struct Sources {
    /// Listening endpoints.
    pub receivers: Vec<Arc<Receiver>>,
    /// Pipelines: what can be seen of them, and their way in.
    pub pipelines: Vec<(Arc<Observed>, Arc<Leg>)>,
    /// Streams of the whole host.
    pub population: Arc<Population>,
}

impl Sources {
    /// The page as it is now.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = Page::default();
        let version = env!("CARGO_PKG_VERSION");
        page.add("alluvium_build_info", GAUGE, "Always 1; the version is a label.", &[("version", version)], 1.0);
        page.add(
            "alluvium_host_streams_limit",
            GAUGE,
            "Streams that all pipelines together may hold.",
            &[],
            self.population.limit().map_or(f64::INFINITY, |limit| limit as f64),
        );
        self.receivers.iter().for_each(|receiver| add_receiver(&mut page, receiver));
        for (observed, intake) in &self.pipelines {
            add_intake(&mut page, &observed.id, intake);
            add_deciders(&mut page, observed);
            add_shards(&mut page, observed);
            add_drops(&mut page, observed);
            observed.processors.iter().for_each(|processor| add_processor(&mut page, processor));
            observed.writes.iter().for_each(|writes| add_writes(&mut page, writes));
            for print in &observed.prints {
                const HELP: &str = "Batches that were not shown because nobody read in time.";
                let labels = [("exporter", print.id.as_str())];
                page.add("alluvium_debug_lost_batches_total", COUNTER, HELP, &labels, read(&print.lost));
            }
        }
        page.render()
    }
}

fn read(counter: &AtomicU64) -> f64 {
    counter.load(Ordering::Relaxed) as f64
}

fn add_receiver(page: &mut Page, receiver: &Receiver) {
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

fn add_intake(page: &mut Page, pipeline: &str, intake: &Leg) {
    let counts = intake.counts();
    const REFUSED: &str = "alluvium_pipeline_refused_requests_total";
    const HELP: &str = "Requests refused, by reason. Malformed and too large ones must not be sent again.";
    for (reason, count) in [
        ("full", &counts.refused_full),
        ("malformed", &counts.refused_malformed),
        ("too_large", &counts.refused_too_large),
        ("undecided", &counts.refused_undecided),
        ("failed", &counts.failed),
    ] {
        page.add(REFUSED, COUNTER, HELP, &[("pipeline", pipeline), ("reason", reason)], read(count));
    }
    let labels = [("pipeline", pipeline)];
    page.add(
        "alluvium_pipeline_reassembled_requests_total",
        COUNTER,
        "Requests whose messages came in pieces and took the slow path.",
        &labels,
        read(&counts.reassembled),
    );
    let room = intake.in_flight();
    page.add("alluvium_pipeline_in_flight_bytes", GAUGE, "Bytes of requests in hand.", &labels, room.used() as f64);
    page.add(
        "alluvium_pipeline_in_flight_limit_bytes",
        GAUGE,
        "Bytes of requests that may be in hand.",
        &labels,
        room.limit() as f64,
    );
}

fn add_shards(page: &mut Page, observed: &Observed) {
    for (number, shard) in observed.shards.iter().enumerate() {
        let number = number.to_string();
        let labels = [("pipeline", &*observed.id), ("shard", &*number)];
        let streams = shard.streams.load(Ordering::Relaxed) as f64;
        page.add("alluvium_shard_streams", GAUGE, "Living streams.", &labels, streams);
        let memory = shard.memory.load(Ordering::Relaxed) as f64;
        page.add("alluvium_shard_memory_bytes", GAUGE, "Tables, state, labels and guests.", &labels, memory);
        for (name, help, count) in [
            ("alluvium_shard_points_total", "Points that came in.", &shard.points),
            (
                "alluvium_shard_unknown_points_total",
                "Points whose stream was looked up by its description: new streams, and what is not remembered.",
                &shard.unknown,
            ),
            ("alluvium_shard_resent_points_total", "Points that had been here before; nothing changed.", &shard.resent),
            (
                "alluvium_shard_unjudged_points_total",
                "Points older than their stream's window of re-sends; taken for new.",
                &shard.unjudged,
            ),
            (
                "alluvium_shard_future_points_total",
                "Points whose time was too far in the future; it was set to the time of arrival.",
                &shard.future,
            ),
            ("alluvium_shard_batches_total", "Batches run through the stages.", &shard.batches),
        ] {
            page.add(name, COUNTER, help, &labels, read(count));
        }
    }
}

fn add_deciders(page: &mut Page, observed: &Observed) {
    let labels = [("pipeline", &*observed.id)];
    let decided: f64 = observed.deciders.iter().map(|decider| read(&decider.decided)).sum();
    const DECIDED: &str = "Streams that the processors have decided about: each once while it lives.";
    page.add("alluvium_pipeline_decided_streams_total", COUNTER, DECIDED, &labels, decided);
    let memory: usize = observed.deciders.iter().map(|decider| decider.memory.load(Ordering::Relaxed)).sum();
    const MEMORY: &str = "What is remembered of decisions, and the guests that make them.";
    page.add("alluvium_pipeline_decisions_memory_bytes", GAUGE, MEMORY, &labels, memory as f64);
}

fn add_drops(page: &mut Page, observed: &Observed) {
    const NAME: &str = "alluvium_dropped_points_total";
    const HELP: &str = "Points dropped on purpose, by who did it and why; senders were told.";
    for (component, reason, count) in observed.drops.read() {
        let labels = [("pipeline", &*observed.id), ("component", component), ("reason", reason)];
        page.add(NAME, COUNTER, HELP, &labels, count as f64);
    }
}

fn add_processor(page: &mut Page, processor: &Processor) {
    let Processor { id, needs, population, health, .. } = processor;
    let Needs { name, version, .. } = &**needs;
    let guest = [("processor", &**id), ("guest", name.as_str()), ("version", version.as_str())];
    page.add("alluvium_processor_info", GAUGE, "Always 1; the guest and its version are labels.", &guest, 1.0);
    let labels = [("processor", &**id)];
    let streams = population.count() as f64;
    page.add("alluvium_processor_streams", GAUGE, "Streams with state.", &labels, streams);
    let limit = population.limit().map_or(f64::INFINITY, |limit| limit as f64);
    page.add("alluvium_processor_streams_limit", GAUGE, "Streams with state that there may be.", &labels, limit);
    let idle = needs.max_idle.map_or(f64::from(IDLE_SECONDS), |idle| idle as f64 / 1e9);
    page.add("alluvium_processor_max_idle_seconds", GAUGE, "Idle streams are forgotten after this.", &labels, idle);
    for (metric, help, count) in [
        ("alluvium_processor_points_total", "Points that the guest saw.", &health.points),
        ("alluvium_processor_failed_calls_total", "Calls that came to nothing.", &health.failures),
        ("alluvium_processor_restarts_total", "Instances made in place of others.", &health.restarts),
        (
            "alluvium_processor_future_points_total",
            "Points that the guest set more than 5 minutes into the future; cut to that.",
            &health.future,
        ),
        (
            "alluvium_guest_lost_log_lines_total",
            "Log lines that the guest wrote beyond its rate; they are lost.",
            &health.lost_log_lines,
        ),
    ] {
        page.add(metric, COUNTER, help, &labels, read(count));
    }
    const EVENTS: &str = "alluvium_guest_events_total";
    const HELP: &str = "What the guest counts, by its own names.";
    for (event, count) in needs.counters.iter().zip(health.events.read()) {
        page.add(EVENTS, COUNTER, HELP, &[("processor", &**id), ("event", event)], count as f64);
    }
}

fn add_writes(page: &mut Page, writes: &Writes) {
    let Writes { id, written, sent, room } = writes;
    let labels = [("exporter", id.as_str())];
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
        ("alluvium_remote_write_rejected_samples_total", "Samples that the back-end refused for good.", &sent.refused),
        ("alluvium_remote_write_given_up_samples_total", "Samples given up after the last retry.", &sent.given_up),
    ] {
        page.add(name, COUNTER, help, &labels, read(count));
    }
    const DROPPED: &str = "alluvium_remote_write_dropped_samples_total";
    const HELP: &str = "Samples that a back-end would refuse for their time, by reason; not sent.";
    for (reason, count) in [("too_old", &written.too_old), ("too_far_ahead", &written.too_far_ahead)] {
        page.add(DROPPED, COUNTER, HELP, &[("exporter", id.as_str()), ("reason", reason)], read(count));
    }
    let waiting = sent.waiting.load(Ordering::Relaxed) as f64;
    page.add("alluvium_remote_write_queue_requests", GAUGE, "Requests waiting or in flight.", &labels, waiting);
    page.add(
        "alluvium_remote_write_queue_bytes",
        GAUGE,
        "Bytes that they and open requests take.",
        &labels,
        room.used() as f64,
    );
    page.add(
        "alluvium_remote_write_queue_limit_bytes",
        GAUGE,
        "Bytes that they may take.",
        &labels,
        room.limit() as f64,
    );
}
