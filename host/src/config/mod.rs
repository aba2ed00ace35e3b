//! Configuration: the Collector's YAML as written ([`yaml`]), read block by block ([`block`], [`components`]) into
//! settings as meant, which cannot hold an invalid value. All problems come at once, each with its place ([`report`]).

pub mod block;
mod components;
mod id;
pub mod report;
pub mod yaml;

use std::collections::BTreeMap;

use block::{Block, guess};
use id::{Section, Type};
use report::{Place, Report};
use yaml::Node;

use crate::otlp::receiver;
use crate::pipeline::build::{self as pipeline, Exporter, GuestSettings, IN_FLIGHT_BYTES};
use crate::processors::memory_limiter;
use crate::remote_write::settings::Batching;

/// What runs where no file is given.
pub const DEFAULT: &str = include_str!("default.yaml");

/// The name under which [`DEFAULT`] appears in messages.
pub const DEFAULT_NAME: &str = "built-in default";

/// Everything that the host shall do, as meant.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Each pipeline with the endpoints that feed it.
    pub pipelines: Vec<(pipeline::Settings, Vec<receiver::Settings>)>,
    /// The host's own metrics and logs.
    pub telemetry: Telemetry,
}

/// The host's own metrics and logs, as meant.
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// Where the host's own metrics are served; none if they are off.
    pub metrics: Option<String>,
    /// Which log lines are written.
    pub level: tracing::level_filters::LevelFilter,
    /// Their form.
    pub encoding: Encoding,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// For people.
    Console,
    /// One JSON object a line.
    Json,
}

/// The Collector's address for its own metrics.
const OWN_METRICS: &str = "localhost:8888";

/// Reads a configuration. The report holds warnings, or the errors for which nothing is returned.
#[must_use]
pub fn read(file: &str, text: &str) -> (Option<Settings>, Report) {
    let mut report = Report::new(file, text);
    let settings = yaml::parse(text, &mut report).map(|root| Reader::read(&root, &mut report));
    let settings = settings.filter(|_| !report.has_errors());
    (settings, report)
}

/// What the sections hold, by id.
#[derive(Default)]
struct Reader {
    receivers: BTreeMap<String, Vec<receiver::Settings>>,
    processors: BTreeMap<String, Processor>,
    exporters: BTreeMap<String, Option<Exporter>>,
}

enum Processor {
    MemoryLimiter(Option<memory_limiter::Settings>),
    Batch(Batching),
    Guest(GuestSettings),
}

impl Reader {
    fn read(root: &Node, report: &mut Report) -> Settings {
        let mut reader = Self::default();
        let mut block = Block::of(root, "", report);
        if block.entries().next().is_none() {
            report.error(root.place, "", "empty configuration file", "start from the example in the README");
        }
        for section in [Section::Receivers, Section::Processors, Section::Exporters] {
            reader.section(&mut block, section, report);
        }
        let service = block.block("service", report);
        for later in ["extensions", "connectors"] {
            if let Some(node) = block.get(later) {
                report.error(node.place, later, format!("{later} are not part of this version"), "remove the section");
            }
        }
        let mut settings = Settings { pipelines: Vec::new(), telemetry: Telemetry::default() };
        if let Some(service) = service {
            reader.service(service, &mut settings, report);
        } else {
            report.error(root.place, "service", "required: it says which pipelines run", "");
        }
        block.finish(report);
        settings
    }

    fn section(&mut self, root: &mut Block<'_>, section: Section, report: &mut Report) {
        let Some(block) = root.block(section.key(), report) else { return };
        for (key, node) in block.entries() {
            let path = block.path_of(&key.text);
            match section.parse(&key.text) {
                Ok(found) => self.component(found, &key.text, node, &path, report),
                Err((message, help)) => report.error(key.place, &path, message, help),
            }
        }
        block.leave();
    }

    fn component(&mut self, found: Type, id: &str, node: &Node, path: &str, report: &mut Report) {
        let name = id.to_owned();
        match found {
            Type::OtlpReceiver => {
                self.receivers.insert(name, components::otlp(id, node, path, report));
            }
            Type::MemoryLimiter => {
                let limiter = components::memory_limiter(node, path, report);
                self.processors.insert(name, Processor::MemoryLimiter(limiter));
            }
            Type::Batch => {
                self.processors.insert(name, Processor::Batch(components::batch(node, path, report)));
            }
            Type::DeltaToCumulative => {
                let guest = components::delta_to_cumulative(id, node, path, report);
                self.processors.insert(name, Processor::Guest(guest));
            }
            Type::PrometheusRemoteWrite => {
                let exporter = components::remote_write(id, node, path, report).map(Exporter::RemoteWrite);
                self.exporters.insert(name, exporter);
            }
            Type::Prometheus => {
                let exporter = components::prometheus(id, node, path, report).map(Exporter::Prometheus);
                self.exporters.insert(name, exporter);
            }
        }
    }

    fn service(&self, mut service: Block<'_>, settings: &mut Settings, report: &mut Report) {
        if let Some(node) = service.get("extensions") {
            report.error(node.place, "service.extensions", "extensions are not part of this version", "remove the key");
        }
        if let Some(telemetry) = service.block("telemetry", report) {
            settings.telemetry = Telemetry::read(telemetry, report);
        }
        let place = service.place();
        let pipelines = service.block("pipelines", report);
        service.finish(report);
        let mut taken = BTreeMap::new();
        for (key, node) in pipelines.iter().flat_map(Block::entries) {
            let path = format!("service.pipelines.{}", key.text);
            let signal = key.text.split('/').next().unwrap_or_default();
            if signal == "metrics" {
                let pipeline = self.pipeline(&key.text, node, &path, &mut taken, report);
                settings.pipelines.push(pipeline);
            } else if matches!(signal, "logs" | "traces" | "profiles") {
                report.error(key.place, &path, "this host processes metrics only", "remove the pipeline");
            } else {
                report.error(key.place, &path, format!("unknown signal {signal}"), guess(signal, &["metrics"]));
            }
        }
        if settings.pipelines.is_empty() && !report.has_errors() {
            report.error(place, "service.pipelines", "service must have at least one pipeline", "");
        }
    }

    fn pipeline(
        &self,
        id: &str,
        node: &Node,
        path: &str,
        taken: &mut BTreeMap<String, String>,
        report: &mut Report,
    ) -> (pipeline::Settings, Vec<receiver::Settings>) {
        let mut block = Block::of(node, path, report);
        let mut settings = pipeline::Settings {
            id: id.into(),
            limiter: None,
            guests: Vec::new(),
            exporters: Vec::new(),
            shards: 1,
            in_flight_bytes: IN_FLIGHT_BYTES,
        };
        let mut endpoints = Vec::new();
        for receiver in references(&mut block, Section::Receivers, &self.receivers, report) {
            if let Some(other) = taken.insert(receiver.to_owned(), id.to_owned()) {
                let message = format!("receiver {receiver} feeds pipeline {other} already");
                report.error(block.place(), path, message, "give this pipeline a receiver of its own");
            }
            endpoints.extend(self.receivers.get(receiver).into_iter().flatten().cloned());
        }
        let mut batching = None;
        for processor in references(&mut block, Section::Processors, &self.processors, report) {
            match self.processors.get(processor) {
                Some(Processor::MemoryLimiter(limiter)) => settings.limiter = *limiter,
                Some(Processor::Batch(batch)) => batching = Some(*batch),
                Some(Processor::Guest(guest)) => settings.guests.push(guest.clone()),
                None => {}
            }
        }
        for exporter in references(&mut block, Section::Exporters, &self.exporters, report) {
            settings.exporters.extend(self.exporters.get(exporter).cloned().flatten());
        }
        for exporter in &mut settings.exporters {
            if let (Exporter::RemoteWrite(exporter), Some(batch)) = (exporter, batching) {
                exporter.batch = Batching { bytes: exporter.batch.bytes, ..batch };
            }
        }
        block.finish(report);
        (settings, endpoints)
    }
}

/// The ids that a pipeline lists, each configured and listed once.
fn references<'a, T>(
    block: &mut Block<'_>,
    section: Section,
    configured: &'a BTreeMap<String, T>,
    report: &mut Report,
) -> Vec<&'a str> {
    let path = block.path_of(section.key());
    let listed = block.texts(section.key(), report);
    let mut found: Vec<&str> = Vec::new();
    for id in &listed {
        let Some((known, _)) = configured.get_key_value(&id.value) else {
            // One whose own block was wrong has been reported there.
            let known: Vec<&str> = configured.keys().map(String::as_str).collect();
            let help = alias(section, &id.value, &known).unwrap_or_else(|| guess(&id.value, &known));
            report.error(id.place, &path, format!("{} is not configured", id.value), help);
            continue;
        };
        if found.contains(&known.as_str()) {
            let help = format!("a second one needs a name of its own: {}/2", id.value);
            report.error(id.place, &path, format!("{} is listed twice", id.value), help);
        } else {
            found.push(known);
        }
    }
    if listed.is_empty() && section != Section::Processors {
        report.error(
            block.place(),
            &path,
            format!("must have at least one {}", section.key().trim_end_matches('s')),
            "",
        );
    }
    found
}

/// Help for an id whose component is configured under the other spelling of its type.
fn alias(section: Section, id: &str, known: &[&str]) -> Option<String> {
    let wanted = section.parse(id).ok()?;
    let other = known.iter().find(|known| section.parse(known).is_ok_and(|found| found == wanted))?;
    Some(format!("it is configured as {other}; both places must use one spelling"))
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            metrics: Some(OWN_METRICS.into()),
            level: tracing::level_filters::LevelFilter::INFO,
            encoding: Encoding::Console,
        }
    }
}

impl Telemetry {
    fn read(mut block: Block<'_>, report: &mut Report) -> Self {
        let mut telemetry = Self::default();
        if let Some(mut metrics) = block.block("metrics", report) {
            let level = metrics.text("level", report);
            if let Some(node) = metrics.get("address") {
                let help = "write readers: [{pull: {exporter: {prometheus: {host: localhost, port: 8888}}}}]";
                report.error(node.place, "service.telemetry.metrics.address", "this key no longer exists", help);
            }
            if let Some(reader) = metrics.get("readers").and_then(|node| own_metrics(node, report)) {
                telemetry.metrics = Some(reader);
            }
            match level.as_ref().map(|at| at.value.to_lowercase()).as_deref() {
                Some("none") => telemetry.metrics = None,
                None | Some("basic" | "normal" | "detailed") => {}
                Some(other) => {
                    let help = guess(other, &["none", "basic", "normal", "detailed"]);
                    let place = level.map_or(Place::default(), |at| at.place);
                    report.error(place, "service.telemetry.metrics.level", format!("unknown level {other}"), help);
                }
            }
            metrics.finish(report);
        }
        if let Some(mut logs) = block.block("logs", report) {
            if let Some(at) = logs.text("level", report) {
                match at.value.parse() {
                    Ok(level) => telemetry.level = level,
                    Err(_) => {
                        let help = guess(&at.value, &["debug", "info", "warn", "error"]);
                        report.error(at.place, "service.telemetry.logs.level", "unknown level", help);
                    }
                }
            }
            if let Some(at) = logs.text("encoding", report) {
                match at.value.as_str() {
                    "console" => telemetry.encoding = Encoding::Console,
                    "json" => telemetry.encoding = Encoding::Json,
                    other => {
                        let help = guess(other, &["console", "json"]);
                        report.error(at.place, "service.telemetry.logs.encoding", "unknown encoding", help);
                    }
                }
            }
            logs.finish(report);
        }
        block.finish(report);
        telemetry
    }
}

/// The one kind of reader that there is: `[{pull: {exporter: {prometheus: {host, port}}}}]`.
fn own_metrics(node: &Node, report: &mut Report) -> Option<String> {
    const PATH: &str = "service.telemetry.metrics.readers";
    let yaml::Value::List(readers) = &node.value else {
        report.error(node.place, PATH, "expected a list", "");
        return None;
    };
    let [reader] = readers.as_slice() else {
        report.error(node.place, PATH, "this version has exactly one reader", "");
        return None;
    };
    let mut reader = Block::of(reader, PATH, report);
    let mut pull = reader.block("pull", report)?;
    let mut exporter = pull.block("exporter", report)?;
    let mut prometheus = exporter.block("prometheus", report)?;
    let host = prometheus.text("host", report).map_or("localhost".into(), |at| at.value);
    let port = prometheus.integer("port", 0, report).map_or(8888, |at| at.value);
    prometheus.finish(report);
    exporter.finish(report);
    pull.finish(report);
    reader.finish(report);
    Some(format!("{host}:{port}"))
}
