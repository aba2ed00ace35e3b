//! `service.telemetry`: the host's own metrics and logs.

use ::telemetry::settings::{Encoding, Telemetry};
use tracing::level_filters::LevelFilter;

use super::listeners::Address;
use config::address::Listen;
use config::block::Block;
use config::node::{Node, Value};
use config::report::{Place, Report};

/// The Collector's port for its own metrics.
const PORT: u16 = 8888;

/// Where a list of readers stands.
const READERS: &str = "service.telemetry.metrics.readers";

/// The Collector has words for what is louder than an error; here nothing is.
const LEVELS: [(&str, LevelFilter); 7] = [
    ("debug", LevelFilter::DEBUG),
    ("info", LevelFilter::INFO),
    ("warn", LevelFilter::WARN),
    ("error", LevelFilter::ERROR),
    ("dpanic", LevelFilter::ERROR),
    ("panic", LevelFilter::ERROR),
    ("fatal", LevelFilter::ERROR),
];

/// Reads the block, which may be missing; the address is that of the host's own metrics.
pub fn read(block: Option<Block<'_>>, report: &mut Report) -> (Telemetry, Option<Address>) {
    let mut own = Some(Address {
        path: "service.telemetry.metrics".into(),
        place: Place::default(),
        listen: Listen::localhost(PORT),
    });
    let mut telemetry = Telemetry { metrics: None, level: LevelFilter::INFO, encoding: Encoding::Console };
    if let Some(mut block) = block {
        if let Some(metrics) = block.block("metrics", report) {
            own = self::metrics(metrics, own, report);
        }
        if let Some(logs) = block.block("logs", report) {
            self::logs(logs, &mut telemetry, report);
        }
        block.ignore(&["traces", "resource"], report);
        block.finish(report);
    }
    telemetry.metrics = own.as_ref().map(|own| own.listen.to_string());
    (telemetry, own)
}

fn metrics(mut block: Block<'_>, default: Option<Address>, report: &mut Report) -> Option<Address> {
    let levels = [("none", false), ("basic", true), ("normal", true), ("detailed", true)];
    let is_on = block.choice("level", &levels, report).unwrap_or(true);
    let help = "write readers: [{pull: {exporter: {prometheus: {host: localhost, port: 8888}}}}]";
    block.refuse(&[("address", help), ("views", "remove it")], report);
    let own = match block.get("readers") {
        Some(node) if is_on || !node.value.is_empty() => reader(node, report),
        _ => default,
    };
    block.finish(report);
    own.filter(|_| is_on)
}

/// The one kind of reader that there is: `[{pull: {exporter: {prometheus: {host, port}}}}]`.
fn reader(node: &Node, report: &mut Report) -> Option<Address> {
    const HELP: &str = "write readers: [{pull: {exporter: {prometheus: {host: localhost, port: 8888}}}}]";
    let readers: &[Node] = if let Value::List(readers) = &node.value { readers } else { &[] };
    let [reader] = readers else {
        report.error(node.place, READERS, "this version has exactly one reader", HELP);
        return None;
    };
    let mut block = Block::of(reader, &format!("{READERS}.0"), report);
    block.refuse(&[("periodic", HELP)], report);
    let mut listen = None;
    if block.has("periodic").is_some() || block.demand("pull", HELP, report) {
        let pull = block.block("pull", report);
        listen = pull.and_then(|pull| exporter(pull, report));
    }
    block.finish(report);
    listen
}

fn exporter(mut pull: Block<'_>, report: &mut Report) -> Option<Address> {
    let mut exporter = pull.block("exporter", report)?;
    let prometheus = exporter.block("prometheus", report).map(|mut prometheus| {
        let place = prometheus.has("port").unwrap_or(prometheus.place());
        let host = prometheus.text("host", report).map_or("localhost".into(), |at| at.value);
        let port = prometheus.integer("port", 0..=u64::from(u16::MAX), report).map_or(u64::from(PORT), |at| at.value);
        let host = if host.contains(':') { format!("[{}]", host.trim_matches(['[', ']'])) } else { host };
        let names = ["without_units", "without_type_suffix", "without_scope_info", "with_resource_constant_labels"];
        prometheus.ignore(&names, report);
        let path = prometheus.path_of("port");
        prometheus.finish(report);
        let listen = Listen::parse(&format!("{host}:{port}"), PORT).ok()?.with_host();
        Some(Address { path, place, listen })
    });
    exporter.finish(report);
    pull.finish(report);
    prometheus.flatten()
}

fn logs(mut block: Block<'_>, telemetry: &mut Telemetry, report: &mut Report) {
    telemetry.level = block.choice("level", &LEVELS, report).unwrap_or(telemetry.level);
    let encodings = [("console", Encoding::Console), ("json", Encoding::Json)];
    telemetry.encoding = block.choice("encoding", &encodings, report).unwrap_or(telemetry.encoding);
    block.refuse(&[("processors", "remove it; logs go to standard error")], report);
    let tuning = [
        "sampling",
        "output_paths",
        "error_output_paths",
        "disable_caller",
        "disable_stacktrace",
        "disable_zap_resource",
        "initial_fields",
        "development",
    ];
    block.ignore(&tuning, report);
    block.finish(report);
}
