//! From a configuration to settings as meant, which cannot hold an invalid value: the blocks of components
//! (`components`), put together to pipelines (`pipelines`). What only pipelines of other signals use may be left out
//! (`signals`).

mod authenticators;
mod components;
mod doubts;
pub mod effective;
mod id;
mod listeners;
mod pipelines;
mod signals;
pub mod telemetry;

use ::telemetry::settings::Telemetry;
use config::block::Block;
use config::node::{Node, Value};
use config::place::Place;
use config::report::Report;
use config::source::{self, Location, Lookup};
use wasm::compile::Compiler;

use listeners::Listeners;
use pipelines::Assembly;
pub use pipelines::{Fed, Running};
use signals::LeftOut;
pub use signals::Signals;

/// What runs where no file is given.
pub const DEFAULT: &str = include_str!("default.yaml");

/// The name under which [`DEFAULT`] appears in messages.
pub const DEFAULT_NAME: &str = "built-in default";

/// The sections of a file.
const SECTIONS: [&str; 6] = ["receivers", "processors", "exporters", "extensions", "connectors", "service"];

/// Everything that the host shall do, as meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Each pipeline with the receivers that feed it.
    pub pipelines: Vec<Fed>,
    /// What stands beside them, by id, in the order of their start.
    pub extensions: Vec<Running>,
    /// The host's own metrics and logs.
    pub telemetry: Telemetry,
    /// Where guests are compiled. It is no part of a configuration.
    pub compiler: Compiler,
}

/// Reads a configuration. The report holds warnings, or the errors for which nothing is returned.
#[must_use]
pub fn load(locations: &[Location], lookup: &dyn Lookup, signals: Signals) -> (Option<Settings>, Report) {
    let mut report = Report::default();
    let settings = source::load(locations, lookup, &mut report).and_then(|root| {
        let settings = settings(&root, signals, &mut report);
        report.keep(root);
        settings
    });
    let settings = settings.filter(|_| !report.has_errors());
    (settings, report)
}

/// Reads a configuration from one text, which refers to nothing outside.
#[must_use]
pub fn read(name: &str, text: &str) -> (Option<Settings>, Report) {
    let location = Location::Text { name: name.into(), text: text.into() };
    load(&[location], &source::Nothing, Signals::Metrics)
}

fn settings(root: &Node, signals: Signals, report: &mut Report) -> Option<Settings> {
    const START: &str = "alluvium run --print-default writes one to start from";
    match &root.value {
        Value::Reference => return None,
        empty if empty.is_empty() => {
            report.error(Place { line: 1, column: 1, ..root.place }, "", "empty configuration file", START);
            return None;
        }
        Value::Map(_) => {}
        other => {
            let message = format!("expected receivers, exporters and service, found {}", other.kind());
            let has_colon = matches!(other, Value::Plain(text) if text.contains(':'));
            let help = if has_colon { "write a blank behind the colon of a key" } else { START };
            report.error(root.place, "", message, help);
            return None;
        }
    }
    let mut block = Block::of(root, "", report);
    let left_out = LeftOut::find(root, signals, report);
    let components = components::read(&mut block, &left_out, report);
    if left_out.has_all_connectors() {
        block.get("connectors");
    } else {
        absent(&mut block, "connectors", report);
    }
    let help = "add service: {pipelines: {metrics: {receivers: [...], exporters: [...]}}}";
    block.demand("service", help, report);
    let service = block.main_block("service", &SECTIONS, report);
    block.finish(report);
    let mut service = service?;
    let (telemetry, own) = telemetry::read(service.get("telemetry"), report);
    let mut listeners = Listeners::default();
    own.into_iter().for_each(|own| listeners.add(own));
    let assembly = Assembly::new(root, &components, &left_out, listeners);
    let (pipelines, extensions) = assembly.read(&mut service, report);
    service.finish(report);
    Some(Settings { pipelines, extensions, telemetry, compiler: Compiler::default() })
}

/// A key whose block may only be empty.
fn absent(block: &mut Block<'_>, key: &'static str, report: &mut Report) {
    if block.get(key).is_some_and(|node| !node.value.is_empty()) {
        let place = block.has(key).unwrap_or(block.place());
        report.error(place, &block.path_of(key), format!("there are no {key} in this version"), "remove the key");
    }
}
