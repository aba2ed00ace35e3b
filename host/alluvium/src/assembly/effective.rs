//! A configuration as it is in effect: what `alluvium config print` shows.

use super::{id, telemetry};
use component::row::{SECTIONS, Section};
use config::node::{Key, Node, Value};
use config::place::Place;
use config::report::Report;
use config::schema::{Declared as _, Printer, Site, Written};
use processors::guest::settings::MODULE;

/// The configuration that a report is about, in YAML: every key of every component with its value, and where that comes
/// from. Empty if it could not be read.
#[must_use]
pub fn effective(report: &Report) -> String {
    let origin = |place: Place| format!("{}:{}", report.name_of(place), place.line);
    let mut printer = Printer::new(&origin);
    for (key, node) in report.root().map(entries).unwrap_or_default() {
        match SECTIONS.into_iter().find(|section| section.key() == key.text) {
            Some(section) => components(section, node, &mut printer),
            None if key.text == "service" => service(node, &mut printer),
            None => printer.as_written(0, &key.text, node),
        }
    }
    printer.finish()
}

fn components(section: Section, node: &Node, printer: &mut Printer<'_>) {
    printer.line(0, section.key(), "", "");
    for (key, node) in entries(node) {
        let row = id::parse(section, &key.text).ok().map(|(row, _)| row);
        // All keys of a guest from a file are its own.
        let is_foreign = Written::new(Site { node, path: "" }).has(MODULE);
        match row {
            Some(row) if !is_foreign => printer.block(2, &key.text, Some(node), row.schema()),
            _ => printer.as_written(2, &key.text, node),
        }
    }
}

/// The host's own metrics and logs have defaults also where nothing is written of them.
fn service(node: &Node, printer: &mut Printer<'_>) {
    const TELEMETRY: &str = "telemetry";
    printer.line(0, "service", "", "");
    let written = entries(node).iter().find(|(key, _)| key.text == TELEMETRY);
    printer.block(2, TELEMETRY, written.map(|(_, node)| node), telemetry::Keys::schema());
    for (key, node) in entries(node).iter().filter(|(key, _)| key.text != TELEMETRY) {
        printer.as_written(2, &key.text, node);
    }
}

fn entries(node: &Node) -> &[(Key, Node)] {
    if let Value::Map(entries) = &node.value { entries } else { &[] }
}
