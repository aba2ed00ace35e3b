//! The page of the host's own metrics: those of its pipelines, and what each component adds. Their names are frozen;
//! `docs/metrics.md` has the table, and a test holds it against this page.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::build::Observed;
use component::extension::Extension;
use component::metrics::{COUNTER, GAUGE, read};
use component::receiver::Receiver;
use pipeline::intake::leg::Leg;
use pipeline::stream_limit::StreamLimit;
use prometheus::exposition::Page;

/// Everything that is observed.
#[derive(Default)]
pub struct Sources {
    /// Receivers.
    pub receivers: Vec<Arc<dyn Receiver>>,
    /// Extensions.
    pub extensions: Vec<Arc<dyn Extension>>,
    /// Pipelines: what can be seen of them, and their way in.
    pub pipelines: Vec<(Arc<Observed>, Arc<Leg>)>,
    /// Streams of the whole host.
    pub stream_limit: Arc<StreamLimit>,
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
            self.stream_limit.limit().map_or(f64::INFINITY, |limit| limit as f64),
        );
        self.extensions.iter().for_each(|extension| extension.add_metrics(&mut page));
        self.receivers.iter().for_each(|receiver| receiver.add_metrics(&mut page));
        // Some processors are shared by several pipelines.
        let mut shown = BTreeSet::new();
        for (observed, intake) in &self.pipelines {
            add_intake(&mut page, &observed.id, intake);
            add_deciders(&mut page, observed);
            add_shards(&mut page, observed);
            add_drops(&mut page, observed);
            let processors = observed.processors.iter();
            let new = processors.filter(|processor| shown.insert(Arc::as_ptr(processor).cast::<()>()));
            new.for_each(|processor| processor.add_metrics(&mut page));
            observed.exporters.iter().for_each(|exporter| exporter.add_metrics(&mut page));
            observed.forwarders.iter().for_each(|forwarder| forwarder.add_metrics(&mut page));
        }
        page.render()
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
    const ROUTES: &str = "What the intake remembers of which shard has a stream.";
    let routes = intake.routes_memory() as f64;
    page.add("alluvium_pipeline_routes_memory_bytes", GAUGE, ROUTES, &labels, routes);
    let budget = intake.in_flight();
    page.add("alluvium_pipeline_in_flight_bytes", GAUGE, "Bytes of requests in hand.", &labels, budget.used() as f64);
    page.add(
        "alluvium_pipeline_in_flight_limit_bytes",
        GAUGE,
        "Bytes of requests that may be in hand.",
        &labels,
        budget.limit() as f64,
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
